"""What the receiving servers answered: over time, and by destination domain. From counters kept with the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.sending.terms import WAIT_BOUNDS

MINUTE = timedelta(minutes=1)
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440)
MOST_POINTS = 60
DOMAINS_SHOWN = 30
REPLIES_SHOWN = 3
OVER_A_DAY = -1
# Retries go on for days: the chart ends where all but one in a hundred had been answered.
NEARLY_ALL = 0.99


@dataclass(frozen=True, slots=True)
class Minute:
    """Final answers in the time that begins `at`."""

    at: datetime
    accepted: int
    bounced: int

    @property
    def answers(self) -> int:
        return self.accepted + self.bounced


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """Points of equal distance, in the workspace's zone; `later` answers came after the last of them."""

    points: Sequence[Minute]
    minutes_a_point: int = 1
    later: int = 0


_MINUTES = sa.text(
    "SELECT minute, accepted, bounced FROM minute_counts WHERE tenant_id = :tenant AND mailing_id = :mailing "
    "ORDER BY minute"
)


def minutes(mailing_id: int) -> list[Minute]:
    """Return the minutes (UTC) with answers. Plan: range of the primary key."""
    rows = db.session.execute(_MINUTES, {"tenant": current_tenant_id(), "mailing": mailing_id})
    return [Minute(*row) for row in rows]


def delivery_line(found: Sequence[Minute], zone: str) -> DeliveryLine:
    """Lay minutes out in at most 60 points, up to where nearly all had been answered. Pure."""
    if not found:
        return DeliveryLine([])
    last = _nearly_done(found)
    count = (last - found[0].at) // MINUTE + 1
    step = next((step for step in STEPS if count <= step * MOST_POINTS), -(-count // MOST_POINTS))
    first = found[0].at.astimezone(ZoneInfo(zone))
    points = [[0, 0] for _ in range(-(-count // step))]
    for minute in found:
        place = (minute.at - first) // (MINUTE * step)
        if place < len(points):
            points[place][0] += minute.accepted
            points[place][1] += minute.bounced
    shown = [Minute(first + MINUTE * step * n, *counts) for n, counts in enumerate(points)]
    later = sum(minute.answers for minute in found) - sum(point.answers for point in shown)
    return DeliveryLine(shown, step, later)


def _nearly_done(found: Sequence[Minute]) -> datetime:
    wanted, so_far = sum(minute.answers for minute in found) * NEARLY_ALL, 0
    for minute in found:
        so_far += minute.answers
        if so_far >= wanted:
            return minute.at
    return found[-1].at


@dataclass(frozen=True, slots=True)
class Domain:
    """A destination. `deferred` people were put off at least once; half of the final answers came `half_within` seconds
    of the start (a bound, -1 for over a day); `replies` are the latest that did not accept."""

    name: str
    accepted: int
    bounced: int
    expired: int
    deferred: int
    half_within: int | None
    replies: Sequence[str]

    @property
    def unreached(self) -> int:
        return self.bounced + self.expired

    @property
    def answered(self) -> int:
        return self.accepted + self.unreached

    @property
    def trouble(self) -> float:
        return self.unreached / self.answered if self.answered else 0.0


@dataclass(frozen=True, slots=True)
class Domains:
    """The domains with the most mail, and how many others there are."""

    shown: Sequence[Domain]
    others: int


_DOMAINS = sa.text(
    """
    SELECT domain, sum(accepted)::bigint AS accepted, sum(bounced)::bigint AS bounced, sum(expired)::bigint AS expired,
           sum(deferred)::bigint AS deferred, array_agg(wait ORDER BY wait) AS waits,
           array_agg(accepted + bounced + expired ORDER BY wait) AS answers,
           array_agg(reply ORDER BY replied_at DESC) FILTER (WHERE reply <> '') AS replies,
           count(*) OVER () AS domains
    FROM domain_counts WHERE tenant_id = :tenant AND mailing_id = :mailing
    GROUP BY domain ORDER BY sum(accepted + bounced + expired) DESC, sum(deferred) DESC, domain LIMIT :count
    """
)


def domains(mailing_id: int, count: int = DOMAINS_SHOWN) -> Domains:
    """Return the destinations of a mailing. Plan: range of the primary key; some rows a domain, never the ledger."""
    values = {"tenant": current_tenant_id(), "mailing": mailing_id, "count": count}
    rows = db.session.execute(_DOMAINS, values).all()
    shown = [
        Domain(
            row.domain, row.accepted, row.bounced, row.expired, row.deferred, half_within(row.waits, row.answers),
            list(dict.fromkeys(row.replies or []))[:REPLIES_SHOWN],
        )
        for row in rows
    ]  # fmt: skip
    return Domains(shown, rows[0].domains - len(rows) if rows else 0)


def half_within(waits: Sequence[int], answers: Sequence[int]) -> int | None:
    """Return the bound (seconds) within which half of the answers came, by counts between bounds. Pure."""
    total, so_far = sum(answers), 0
    for wait, number in zip(waits, answers, strict=True):
        so_far += number
        if total and so_far * 2 >= total:
            return WAIT_BOUNDS[wait] if wait < len(WAIT_BOUNDS) else OVER_A_DAY
    return None
