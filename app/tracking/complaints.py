"""Somebody called a mail spam: recorded once, never written to again, and counted against the workspace."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from app.conduct import service as conduct
from app.core import queue
from app.core.db import db
from app.core.errors import NotFound
from app.core.tokens import RecipientRef
from app.lists import service as lists
from app.tracking import tallies
from app.tracking.queries import recipient
from app.tracking.stream import TrackEvent, new_key
from app.tracking.terms import EventKind

# The first report of a recipient decides: a row that says so already is left as it is, and nothing is counted.
_FIRST = sa.text(
    """
    WITH told AS (
        INSERT INTO reactions AS r (mailing_id, seq, complained_at) VALUES (:mailing, :seq, :at)
        ON CONFLICT (tenant_id, mailing_id, seq) DO UPDATE SET complained_at = excluded.complained_at
        WHERE r.complained_at IS NULL RETURNING mailing_id
    )
    INSERT INTO mailing_reactions AS m (mailing_id, complainers) SELECT mailing_id, 1 FROM told
    ON CONFLICT (tenant_id, mailing_id) DO UPDATE SET complainers = m.complainers + 1
    RETURNING mailing_id
    """
)


def take(ref: RecipientRef, kind: str, now: datetime) -> bool:
    """Record a complaint about a mail of the present workspace; False where this one was told before, or is about
    somebody whose data is gone.

    A workspace that too many complain about is braked, and what runs is paused.
    """
    try:
        person = recipient(ref)
    except NotFound:
        return False
    tallies.lock(ref.tenant_id)
    at = now.astimezone(UTC)
    values = {"mailing": ref.mailing_id, "seq": ref.seq, "at": at}
    if db.session.scalar(_FIRST, values) is None:
        return False
    tallies.insert(tallies.written([_event(ref, kind, at)]))
    lists.suppress_complained(person.contact_id)
    if conduct.note(now, complaints=1):
        queue.enqueue("sending.halt", queue="breaking")
    return True


def _event(ref: RecipientRef, kind: str, at: datetime) -> TrackEvent:
    moment = at.timestamp()
    return TrackEvent(
        tenant_id=ref.tenant_id,
        mailing_id=ref.mailing_id,
        seq=ref.seq,
        kind=EventKind.COMPLAINT.value,
        at=moment,
        key=new_key(moment),
        reason=kind,
    )
