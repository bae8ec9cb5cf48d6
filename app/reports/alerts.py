"""Warnings: too much bounces, too many complain, or a mailing stands still. Each incident is told once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.core.tenancy import control_plane
from app.reports.models import Alert

# A rate of fewer answers says nothing.
FEWEST_ANSWERS = 100
RECENT = "24 hours"
COMPLAINTS_OVER = "7 days"


class AlertKind(StrEnum):
    BOUNCES = "bounces"
    COMPLAINTS = "complaints"
    STALL = "stall"


@dataclass(frozen=True, slots=True)
class Incident:
    """What is beyond its limit: `number` of `whole`, or for how many minutes it has stood still."""

    kind: AlertKind
    mailing_id: int
    number: int
    whole: int


# A running mailing stands still when something that was due has had no answer: neither fed after its wave's time, nor
# answered after it was fed. What a pace or a trial still holds back, and what servers put off, is no stall.
_UNTOLD = sa.text(
    """
    WITH limits AS (
        SELECT t.id AS tenant_id, coalesce(c.bounce_limit, 5) AS bounce_limit,
               coalesce(c.complaint_limit, 0.3) AS complaint_limit, coalesce(c.stall_minutes, 15) AS stall_minutes
        FROM tenants t LEFT JOIN report_choices c ON c.tenant_id = t.id
    ), running AS (
        SELECT l.*, l.accepted + l.bounced + l.cancelled + l.expired AS final,
               coalesce((SELECT max(m.minute) FROM minute_counts m
                         WHERE m.tenant_id = l.tenant_id AND m.mailing_id = l.mailing_id), l.started_at) AS answered_at,
               (SELECT max(w.due_at) FROM launch_waves w WHERE w.tenant_id = l.tenant_id
                AND w.mailing_id = l.mailing_id AND w.due_at <= :now) AS due_at,
               (SELECT max(w.through) FROM launch_waves w WHERE w.tenant_id = l.tenant_id
                AND w.mailing_id = l.mailing_id AND w.due_at <= :now) AS due_through
        FROM launches l WHERE l.state IN ('launching', 'running') AND l.started_at IS NOT NULL
    ), incidents AS (
        SELECT l.tenant_id, 'bounces' AS kind, l.mailing_id, l.bounced AS number, l.accepted + l.bounced AS whole
        FROM launches l JOIN limits USING (tenant_id)
        WHERE (l.state = 'running' OR l.finished_at > :now - CAST(:recent AS interval))
          AND l.accepted + l.bounced >= :fewest AND l.bounced * 100 > limits.bounce_limit * (l.accepted + l.bounced)
        UNION ALL
        SELECT r.tenant_id, 'stall', r.mailing_id,
               (extract(epoch FROM :now - greatest(r.answered_at, r.due_at, r.paced_from)) / 60)::bigint,
               r.total - r.final
        FROM running r JOIN limits USING (tenant_id)
        WHERE greatest(r.answered_at, r.due_at, r.paced_from, r.started_at)
              < :now - make_interval(mins => limits.stall_minutes)
          AND (r.state = 'launching' OR r.fed_through - r.final - r.deferred > 0
               OR (r.per_hour IS NULL AND r.due_through > r.fed_through))
        UNION ALL
        SELECT s.tenant_id, 'complaints', 0, s.people, d.accepted
        FROM (SELECT tenant_id, count(*) AS people FROM suppressions
              WHERE reason = 'complaint' AND created_at > :now - CAST(:over AS interval) GROUP BY 1) s
        JOIN (SELECT tenant_id, sum(accepted)::bigint AS accepted FROM day_counts
              WHERE day > (:now - CAST(:over AS interval))::date GROUP BY 1) d USING (tenant_id)
        JOIN limits USING (tenant_id)
        WHERE d.accepted >= :fewest AND s.people * 100 > limits.complaint_limit * d.accepted
    ), cleared AS (
        UPDATE alerts a SET cleared_at = :now WHERE a.cleared_at IS NULL AND a.kind <> 'bounces'
          AND NOT EXISTS (SELECT FROM incidents i WHERE i.tenant_id = a.tenant_id AND i.kind = a.kind
                          AND i.mailing_id = a.mailing_id)
    )
    SELECT i.* FROM incidents i
    WHERE NOT EXISTS (SELECT FROM alerts a WHERE a.tenant_id = i.tenant_id AND a.kind = i.kind
                      AND a.mailing_id = i.mailing_id AND a.cleared_at IS NULL)
    """
).bindparams(sa.bindparam("now", type_=sa.DateTime(timezone=True)))


def untold(now: datetime) -> list[tuple[int, Incident]]:
    """Close what is over, and return (tenant, incident) of what nobody was told yet. Control plane.

    A stall and complaints are over when they are; a mailing's bounces stay what they are. Plan: the open launches, the
    launches of a day, a week of suppressions.
    """
    values = {"now": now, "recent": RECENT, "over": COMPLAINTS_OVER, "fewest": FEWEST_ANSWERS}
    with control_plane():
        rows = db.session.execute(_UNTOLD, values).all()
    return [(row.tenant_id, Incident(AlertKind(row.kind), row.mailing_id, row.number, row.whole)) for row in rows]


def first_told(incident: Incident) -> bool:
    """Write down that the workspace is told; False if it was told before."""
    statement = insert(Alert).values(kind=incident.kind.value, mailing_id=incident.mailing_id).on_conflict_do_nothing()
    return db.session.scalar(statement.returning(Alert.kind)) is not None
