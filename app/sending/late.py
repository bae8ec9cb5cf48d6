"""Bounces that come back after a server had taken the mail: the one way out of `DeliveryState.ACCEPTED`."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import sqlalchemy as sa

from app.core import queue
from app.core.db import db
from app.core.errors import Conflict
from app.lists import service as lists
from app.sending import counters, gate, ledger
from app.sending.ledger import Answer, Group, Moves
from app.sending.models import Delivery, Launch
from app.sending.terms import WAIT_BOUNDS, BounceClass, DeliveryState


class NotYetAccepted(Conflict):
    """The answer that the mail was taken is still on its way to the ledger: try again."""

    retry = True


@dataclass(frozen=True, slots=True)
class Late:
    """A row that moved back: when the mail had been accepted, and when it was told that it bounced."""

    accepted_at: datetime
    bounced_at: datetime


def record(mailing_id: int, answer: Answer, *, address: str) -> Late | None:
    """Move a row from accepted to bounced, with all counts; None where it is told already, or where nobody is there.

    `address`: who could not be reached. Where that is not who the mail went to, they had let it be forwarded, and
    their own address is not dead.

    Raises:
        NotYetAccepted: the ledger still waits for the mail's first answer.
    """
    launch = db.session.scalar(sa.select(Launch).where(Launch.mailing_id == mailing_id).with_for_update(key_share=True))
    row = db.session.scalar(sa.select(Delivery).where(Delivery.mailing_id == mailing_id, Delivery.seq == answer.seq))
    if launch is None or row is None or row.state > DeliveryState.ACCEPTED:
        return None
    if row.state < DeliveryState.ACCEPTED or row.answered_at is None:
        raise NotYetAccepted
    before, now_so = _groups(launch, row, answer)
    hard = answer.hard and address in ("", row.address.lower())
    late = Late(row.answered_at, answer.at)
    _move(row, answer)
    ledger.count_moves(mailing_id, Moves(accepted=-1, bounced=1))
    counters.count_groups(mailing_id, [before, now_so])
    if hard and answer.bounce == BounceClass.USER_UNKNOWN:
        lists.suppress_bounced([row.contact_id])
    if gate.note(Moves(bounced=1, groups=[now_so])):
        queue.enqueue("sending.halt", queue="breaking")
    return late


def _groups(launch: Launch, row: Delivery, answer: Answer) -> tuple[Group, Group]:
    """Return what is taken off the counts, and what is added to them."""
    assert row.answered_at is not None
    domain = row.address.rpartition("@")[2].lower()
    before = Group(
        state=DeliveryState.ACCEPTED, domain=domain, bounce="", minute=_minute(row.answered_at),
        wait=_wait(launch, row.answered_at), put_off=False, count=-1, reply="", at=row.answered_at,
    )  # fmt: skip
    now_so = replace(
        before, state=DeliveryState.BOUNCED, bounce=answer.bounce, minute=_minute(answer.at),
        wait=_wait(launch, answer.at), count=1, reply=answer.reply, at=answer.at,
    )  # fmt: skip
    return before, now_so


def _minute(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def _wait(launch: Launch, at: datetime) -> int:
    seconds = (at - launch.started_at).total_seconds() if launch.started_at else 0.0
    return bisect_right(WAIT_BOUNDS, seconds)


def _move(row: Delivery, answer: Answer) -> None:
    row.state, row.code, row.bounce = DeliveryState.BOUNCED, answer.code, answer.bounce
    row.reply, row.answered_at = answer.reply, answer.at
    db.session.flush()
