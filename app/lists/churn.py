"""Who came and went: how lists grew and shrank, by what people left, in which month they came, and why they left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id

MOST = 500
JOINED = "joined"


class Way(StrEnum):
    """How somebody left."""

    ONE_CLICK = "one_click"
    LINK = "link"
    PREFERENCES = "preferences"
    COMPLAINED = "complained"
    BOUNCED = "bounced"
    REMOVED = "removed"
    US = "us"


@dataclass(frozen=True, slots=True)
class Span:
    """Days of a workspace's calendar, the last one among them, on one list or (0) on all."""

    first: date
    last: date
    zone: str
    list_id: int = 0

    @property
    def moments(self) -> tuple[datetime, datetime]:
        zone = ZoneInfo(self.zone)
        begin, end = (datetime.combine(day, time(), zone) for day in (self.first, self.last + timedelta(days=1)))
        return begin, end


@dataclass(frozen=True, slots=True)
class Move:
    """How many places on lists were taken, or left by one way, on a day."""

    day: date
    way: Way | None
    people: int


def way_of(word: str) -> Way | None:
    """Return how somebody left by the word that is stored; None for joining. What members and jobs did was us."""
    if word == JOINED:
        return None
    return Way(word) if word in list(Way) else Way.US


_MOVES = """
    SELECT (hour AT TIME ZONE :zone)::date AS day, way, sum(people)::bigint AS people FROM list_moves
    WHERE tenant_id = :tenant AND hour >= :since AND hour < :until {of_list} GROUP BY 1, 2 ORDER BY 1, 2
"""


def moves(span: Span) -> list[Move]:
    """Return the days on which anybody joined or left. Plan: the index on hours; some rows a day and list."""
    statement = sa.text(_MOVES.format(of_list="AND list_id = :list" if span.list_id else ""))
    return [Move(day, way_of(word), people) for day, word, people in db.session.execute(statement, _values(span))]


def _values(span: Span) -> dict[str, object]:
    since, until = span.moments
    return {"tenant": current_tenant_id(), "zone": span.zone, "list": span.list_id, "since": since, "until": until}


def subscribed(list_id: int = 0) -> int:
    """Return how many places on lists (or on one) are taken now. Plan: the lists' own counters."""
    query = "SELECT coalesce(sum(subscribed), 0) FROM lists WHERE tenant_id = :tenant"
    query += " AND id = :list" if list_id else ""
    return int(db.session.scalar(sa.text(query), {"tenant": current_tenant_id(), "list": list_id}) or 0)


@dataclass(frozen=True, slots=True)
class Mover:
    """Somebody who joined (`way` is None) or left a list."""

    contact_id: int
    address: str
    list_title: str
    way: Way | None
    at: datetime


# Each thing that a subscription came to say within the span, beside what it said before that.
_MOVERS = """
    WITH said AS (
        SELECT list_id, contact_id, state, changed_by, changed_at, 9223372036854775807 AS id FROM subscriptions
        WHERE tenant_id = :tenant AND changed_at >= :since AND changed_at < :until {of_list}
        UNION ALL
        SELECT list_id, contact_id, state, changed_by, changed_at, id FROM subscription_past
        WHERE tenant_id = :tenant AND changed_at >= :since AND changed_at < :until {of_list}
    ), told AS (
        SELECT s.*, coalesce((SELECT p.state FROM subscription_past p
                              WHERE p.tenant_id = :tenant AND p.contact_id = s.contact_id AND p.list_id = s.list_id
                                AND p.id < s.id ORDER BY p.id DESC LIMIT 1), '') AS before
        FROM said s
    )
    SELECT * FROM (
    SELECT t.contact_id, c.address, l.title, CASE t.state WHEN 'subscribed' THEN 'joined' WHEN 'unsubscribed'
           THEN coalesce(nullif(t.changed_by, ''), 'member') ELSE t.state END AS word, t.changed_at AS at
    FROM told t JOIN contacts c ON c.tenant_id = :tenant AND c.id = t.contact_id
         JOIN lists l ON l.tenant_id = :tenant AND l.id = t.list_id
    WHERE (t.state = 'subscribed') <> (t.before = 'subscribed')) AS moved
    WHERE {by_way} ORDER BY at DESC, contact_id DESC LIMIT :count
"""


def movers(span: Span, way: Way | None, *, count: int = MOST) -> list[Mover]:
    """Return who joined, or left by one way, the latest first; who was removed since is not there any more.

    Plan: one pass over the subscriptions; the past by person.
    """
    by_way = "word <> ALL(:named)" if way is Way.US else "word = :word"
    statement = _MOVERS.format(of_list="AND list_id = :list" if span.list_id else "", by_way=by_way)
    word, named = way.value if way else JOINED, [JOINED, *(each.value for each in Way)]
    rows = db.session.execute(sa.text(statement), {**_values(span), "word": word, "named": named, "count": count})
    return [Mover(row[0], row[1], row[2], way_of(row[3]), row[4]) for row in rows]


@dataclass(frozen=True, slots=True)
class Cohort:
    """Who became known in a month (by its first day): how many are still there, and of those how many opened a mail in
    that month and in each one after it."""

    month: date
    people: int
    active: Sequence[int]


_COHORTS = sa.text(
    """
    SELECT date_trunc('month', created_at AT TIME ZONE :zone)::date AS month, count(*) AS people
    FROM contacts WHERE tenant_id = :tenant AND created_at >= :since GROUP BY 1
    """
)
# What a person opened is known to this domain by a view's name only (see `segments.views`).
_ACTIVE = sa.text(
    """
    SELECT date_trunc('month', c.created_at AT TIME ZONE :zone)::date AS month,
           date_trunc('month', d.opened_at AT TIME ZONE :zone)::date AS then, count(DISTINCT c.id) AS people
    FROM contacts c JOIN delivery_summary d ON d.contact_id = c.id
    WHERE c.tenant_id = :tenant AND c.created_at >= :since AND d.opened_at >= c.created_at GROUP BY 1, 2
    """
)


def cohorts(first: date, last: date, zone: str) -> list[Cohort]:
    """Return the months from `first` through `last` (first days) in which anybody came, and who stayed awake.

    Plan: one pass over the reactions with their ledger rows and people, hashed.
    """
    since = datetime.combine(first, time(), ZoneInfo(zone))
    values = {"tenant": current_tenant_id(), "zone": zone, "since": since}
    people = {month: count for month, count in db.session.execute(_COHORTS, values) if month <= last}
    active = {(month, then): count for month, then, count in db.session.execute(_ACTIVE, values)}
    return [
        Cohort(month, people[month], [active.get((month, then), 0) for then in months(month, last)])
        for month in sorted(people)
    ]


def months(first: date, last: date) -> list[date]:
    """Return the first days of the months from one to another."""
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wrote on leaving. `contact_id` is still theirs; they may be gone."""

    contact_id: int
    mailing_id: int
    reason: str
    note: str
    at: datetime
    address: str | None


_SAID = """
    SELECT d.contact_id, d.mailing_id, d.reason, d.note, d.at, c.address FROM departures d
    LEFT JOIN contacts c ON c.tenant_id = d.tenant_id AND c.id = d.contact_id
    WHERE d.tenant_id = :tenant AND d.at >= :since AND d.at < :until {of_reason}
    ORDER BY d.at DESC, d.contact_id LIMIT :count
"""


def reasons(span: Span) -> dict[str, int]:
    """Count the reasons that readers gave within a span, the most frequent first."""
    query = sa.text(
        "SELECT reason, count(*) FROM departures WHERE tenant_id = :tenant AND at >= :since AND at < :until "
        "GROUP BY reason ORDER BY count(*) DESC, reason"
    )
    return {row[0]: row[1] for row in db.session.execute(query, _values(span))}


def said(span: Span, reason: str = "", *, count: int = MOST) -> list[Said]:
    """Return who gave a reason (or any), and in which words, the latest first."""
    statement = sa.text(_SAID.format(of_reason="AND d.reason = :reason" if reason else ""))
    rows = db.session.execute(statement, {**_values(span), "reason": reason, "count": count})
    return [Said(*row) for row in rows]
