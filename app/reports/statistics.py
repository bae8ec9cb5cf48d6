"""Day, month and year, over all mailings; and the hours of the week in which mail is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id

DAYS, MONTHS = 31, 12
WEEK, HOURS = 7, 24
# Around the clock, so many hours are one: 24 spokes of a wheel are too many to read.
SLOT_HOURS = 3
READING_OVER = timedelta(days=90)
RATES_OVER = timedelta(days=365)


class Unit(StrEnum):
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Period:
    """What was sent in mailings that began in a day, month or year (by its first day), and what came of it."""

    first: date
    mailings: int = 0
    recipients: int = 0
    accepted: int = 0
    bounced: int = 0
    openers: int = 0
    clickers: int = 0
    unsubscribers: int = 0


_PERIODS = sa.text(
    """
    SELECT date_trunc(:unit, l.started_at AT TIME ZONE :zone)::date AS first, count(*) AS mailings,
           sum(l.total)::bigint AS recipients, sum(l.accepted)::bigint AS accepted, sum(l.bounced)::bigint AS bounced,
           coalesce(sum(r.openers), 0)::bigint AS openers, coalesce(sum(r.clickers), 0)::bigint AS clickers,
           coalesce(sum(r.unsubscribers), 0)::bigint AS unsubscribers
    FROM launches l LEFT JOIN mailing_reactions r ON r.tenant_id = l.tenant_id AND r.mailing_id = l.mailing_id
    WHERE l.tenant_id = :tenant AND (l.started_at AT TIME ZONE :zone)::date BETWEEN :first AND :last
    GROUP BY 1
    """
)


def periods(unit: Unit, last: date, zone: str) -> list[Period]:
    """Return the 31 days, 12 months, or all years up to `last`, empty ones included, the earliest first.

    Plan: one pass over the workspace's launches, of which there are thousands, not millions.
    """
    first = _first_day(unit, last, zone)
    values = {"unit": unit.value, "zone": zone, "tenant": current_tenant_id(), "first": first, "last": last}
    known = {row["first"]: Period(**row) for row in db.session.execute(_PERIODS, values).mappings()}
    return [known.get(day, Period(day)) for day in _starts(unit, first, last)]


def _first_day(unit: Unit, last: date, zone: str) -> date:
    if unit is Unit.DAY:
        return last - timedelta(days=DAYS - 1)
    if unit is Unit.MONTH:
        months = last.year * 12 + last.month - MONTHS
        return date(months // 12, months % 12 + 1, 1)
    query = sa.text("SELECT min(started_at AT TIME ZONE :zone)::date FROM launches WHERE tenant_id = :tenant")
    begun: date | None = db.session.scalar(query, {"zone": zone, "tenant": current_tenant_id()})
    return min(begun or last, last).replace(month=1, day=1)


def _starts(unit: Unit, first: date, last: date) -> list[date]:
    if unit is Unit.DAY:
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]
    if unit is Unit.MONTH:
        months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
        return [date(month // 12, month % 12 + 1, 1) for month in months]
    return [date(year, 1, 1) for year in range(first.year, last.year + 1)]


def day_before(periods: Sequence[Period]) -> date:
    """Return the last day before these periods, where the earlier ones end."""
    return periods[0].first - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReadingWeek:
    """Opens by weekday (Monday is 0) and hour of the day, in the workspace's zone."""

    opens: Sequence[Sequence[int]]

    @property
    def total(self) -> int:
        return sum(map(sum, self.opens))

    @property
    def most(self) -> int:
        return max(map(max, self.opens))

    @property
    def slots(self) -> list[int]:
        """Opens by three hours, all days together."""
        return [sum(sum(day[at : at + SLOT_HOURS]) for day in self.opens) for at in range(0, HOURS, SLOT_HOURS)]

    @property
    def best(self) -> tuple[int, int]:
        """The weekday and hour with the most opens, the earliest of equals."""
        cells = [(day, hour) for day in range(WEEK) for hour in range(HOURS)]
        return max(cells, key=lambda cell: self.opens[cell[0]][cell[1]])


_WEEK = sa.text(
    """
    SELECT extract(isodow FROM hour AT TIME ZONE :zone)::int - 1 AS day,
           extract(hour FROM hour AT TIME ZONE :zone)::int AS of_day, sum(opens)::bigint AS opens
    FROM hour_reactions WHERE tenant_id = :tenant AND hour >= :since GROUP BY 1, 2
    """
)


def reading_week(now: datetime, zone: str) -> ReadingWeek:
    """Return when people opened mail over the last 90 days."""
    opens = [[0] * HOURS for _ in range(WEEK)]
    values = {"zone": zone, "tenant": current_tenant_id(), "since": now - READING_OVER}
    for row in db.session.execute(_WEEK, values):
        opens[row.day][row.of_day] = row.opens
    return ReadingWeek(opens)


@dataclass(frozen=True, slots=True)
class OpenRates:
    """How the open rates of mailings that began on a weekday (Monday is 0) are spread: least, quartiles, most."""

    weekday: int
    mailings: int
    rates: tuple[float, float, float, float, float]

    @property
    def median(self) -> float:
        return self.rates[2]


_RATES = sa.text(
    """
    SELECT extract(isodow FROM l.started_at AT TIME ZONE :zone)::int - 1 AS weekday, count(*) AS mailings,
           percentile_cont(ARRAY[0, 0.25, 0.5, 0.75, 1]) WITHIN GROUP (
               ORDER BY coalesce(r.openers, 0)::float8 / l.accepted
           ) AS rates
    FROM launches l LEFT JOIN mailing_reactions r ON r.tenant_id = l.tenant_id AND r.mailing_id = l.mailing_id
    WHERE l.tenant_id = :tenant AND l.started_at >= :since AND l.accepted > 0 AND l.state = 'finished'
    GROUP BY 1 ORDER BY 1
    """
)


def open_rates(now: datetime, zone: str) -> list[OpenRates]:
    """Return how well the mailings of the last year were opened, by the weekday on which they began."""
    values = {"zone": zone, "tenant": current_tenant_id(), "since": now - RATES_OVER}
    return [OpenRates(row.weekday, row.mailings, tuple(row.rates)) for row in db.session.execute(_RATES, values)]
