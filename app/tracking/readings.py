"""How long people read: the longest reading of each, and how many glanced at a mail, skimmed it, read it.

A reading is an event whose `link` is its length in tenths of a second.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.sending import queries as sending
from app.tracking.stream import TrackEvent
from app.tracking.terms import EventKind

# Tenths of a second from which on somebody skimmed a mail, and from which on they read it.
SKIMMED_FROM, STUDIED_FROM = 20, 80

# The longest decides, so that a reading told twice changes nothing. Whoever comes into another group leaves theirs.
# Plan: from the batch into reactions by primary key, once.
_COUNT = sa.text(
    """
    WITH longest AS MATERIALIZED (
        SELECT mailing_id, seq, max(length) AS length
        FROM unnest(CAST(:mailings AS bigint[]), CAST(:seqs AS int[]), CAST(:lengths AS int[]))
             AS told (mailing_id, seq, length)
        GROUP BY mailing_id, seq
    ), met AS MATERIALIZED (
        SELECT l.*, r.read_for AS before FROM longest l
        LEFT JOIN reactions r ON r.tenant_id = :tenant AND r.mailing_id = l.mailing_id AND r.seq = l.seq
    ), kept AS (
        INSERT INTO reactions AS r (mailing_id, seq, read_for) SELECT mailing_id, seq, length FROM longest
        ON CONFLICT (tenant_id, mailing_id, seq) DO UPDATE
        SET read_for = greatest(r.read_for, excluded.read_for)
    ), moved AS (
        SELECT mailing_id, v.sign, v.length FROM met
        CROSS JOIN LATERAL (VALUES (1, length), (-1, before)) AS v (sign, length)
        WHERE v.length IS NOT NULL AND (before IS NULL OR met.length > before)
    )
    INSERT INTO mailing_reactions AS m (mailing_id, glanced, skimmed, studied)
    SELECT mailing_id, coalesce(sum(sign) FILTER (WHERE length < :skimmed), 0),
           coalesce(sum(sign) FILTER (WHERE length >= :skimmed AND length < :studied), 0),
           coalesce(sum(sign) FILTER (WHERE length >= :studied), 0)
    FROM moved GROUP BY mailing_id
    ON CONFLICT (tenant_id, mailing_id) DO UPDATE SET glanced = m.glanced + excluded.glanced,
        skimmed = m.skimmed + excluded.skimmed, studied = m.studied + excluded.studied
    """
)


def wanted(events: Sequence[TrackEvent]) -> Sequence[TrackEvent]:
    """Drop readings of mailings that do not ask for them: nobody but a person of ours makes such a mail ask."""
    mailings = {event.mailing_id for event in events if event.kind == EventKind.READ}
    if not mailings:
        return events
    asking = sending.asking_how_long(mailings)
    return [event for event in events if event.kind != EventKind.READ or event.mailing_id in asking]


def count(events: Sequence[TrackEvent]) -> None:
    """Count the readings among events that were written in this transaction, under the lock of the counts."""
    readings = [event for event in events if event.kind == EventKind.READ and event.human]
    if not readings:
        return
    values = {
        "tenant": current_tenant_id(), "skimmed": SKIMMED_FROM, "studied": STUDIED_FROM,
        "mailings": [each.mailing_id for each in readings], "seqs": [each.seq for each in readings],
        "lengths": [each.link for each in readings],
    }  # fmt: skip
    db.session.execute(_COUNT, values)
