"""Mailings by the day: what went out, what waits, what will come again, and drafts on the day they are meant for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import takewhile

import sqlalchemy as sa

from app.compose import recurrence, series
from app.compose.times import NoSuchTime, local_time, moment
from app.core.db import db
from app.core.tenancy import current_tenant_id

WEEK = timedelta(days=7)
DAY = timedelta(days=1)
DRAFT = "draft"
MOVABLE = ("scheduled", "held", DRAFT)
# A page for one person, not an archive: more than this in a month is what the list of mailings is for.
MOST_ENTRIES = 2_000


class Span(StrEnum):
    MONTH = "month"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Entry:
    """A mailing on its day. `at` is on the workspace's clock; what is `coming` is a series' time without a mailing."""

    at: datetime
    mailing_id: int
    subject: str
    state: str
    coming: bool = False

    @property
    def movable(self) -> bool:
        return not self.coming and self.state in MOVABLE


@dataclass(frozen=True, slots=True)
class Square:
    """A day of the calendar; `inside` tells whether it belongs to the month that is shown."""

    day: date
    inside: bool
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is shown at once: whole weeks, and where the sheets before and after it begin."""

    span: Span
    first: date
    weeks: Sequence[Sequence[Square]]
    before: date
    after: date

    @property
    def days(self) -> list[Square]:
        return [square for week in self.weeks for square in week]

    @property
    def count(self) -> int:
        return sum(len(square.entries) for square in self.days if square.inside)


def sheet(span: Span, day: date, now: datetime, zone: str, first_weekday: int) -> Sheet:
    """Return the month or week of a day, with all that falls in its weeks. `first_weekday`: 0 is Monday."""
    first, after = _bounds(span, day, first_weekday)
    begin, end = _week_of(first, first_weekday), _week_of(after - DAY, first_weekday) + WEEK
    entries = [*_launched(begin, end, zone), *_drafts(begin, end, zone), *_coming(begin, end, now, zone)]
    found = sorted(entries, key=lambda entry: entry.at)
    squares = [
        Square(each, first <= each < after, [entry for entry in found if entry.at.date() == each])
        for each in (begin + DAY * n for n in range((end - begin).days))
    ]
    weeks = [squares[n : n + 7] for n in range(0, len(squares), 7)]
    before = first - WEEK if span is Span.WEEK else (first - DAY).replace(day=1)
    return Sheet(span, first, weeks, before, after)


def _bounds(span: Span, day: date, first_weekday: int) -> tuple[date, date]:
    if span is Span.WEEK:
        first = _week_of(day, first_weekday)
        return first, first + WEEK
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


def _week_of(day: date, first_weekday: int) -> date:
    return day - timedelta(days=(day.weekday() - first_weekday) % 7)


_LAUNCHED = sa.text(
    """
    SELECT mailing_id, subject, state, coalesce(started_at, planned_at) AS at FROM launches
    WHERE tenant_id = :tenant AND coalesce(started_at, planned_at) >= :begin AND coalesce(started_at, planned_at) < :end
    ORDER BY 4 LIMIT :most
    """
)


def _launched(begin: date, end: date, zone: str) -> Iterator[Entry]:
    """What was sent or waits. Plan: one pass over the workspace's launches, thousands at the most."""
    bounds = {"begin": _midnight(begin, zone), "end": _midnight(end, zone)}
    for row in db.session.execute(_LAUNCHED, {"tenant": current_tenant_id(), "most": MOST_ENTRIES, **bounds}):
        yield Entry(local_time(row.at, zone), row.mailing_id, row.subject, row.state)


_DRAFTS = sa.text(
    """
    SELECT m.id, m.subject, m.wished_at FROM mailings m
    WHERE m.tenant_id = :tenant AND m.wished_at >= :begin AND m.wished_at < :end
    AND NOT EXISTS (SELECT FROM launches l WHERE l.tenant_id = :tenant AND l.mailing_id = m.id)
    ORDER BY m.wished_at LIMIT :most
    """
)


def _drafts(begin: date, end: date, zone: str) -> Iterator[Entry]:
    """What is meant for a day and not handed over. Plan: the index of wishes."""
    bounds = {"begin": _midnight(begin, zone), "end": _midnight(end, zone)}
    for row in db.session.execute(_DRAFTS, {"tenant": current_tenant_id(), "most": MOST_ENTRIES, **bounds}):
        yield Entry(local_time(row.wished_at, zone), row.id, row.subject, DRAFT)


def _midnight(day: date, zone: str) -> datetime:
    """Return when a day begins; where clocks are set forward over midnight, the hour after."""
    try:
        return moment(datetime.combine(day, time()), zone)
    except NoSuchTime:
        return moment(datetime.combine(day, time(1)), zone)


def _coming(begin: date, end: date, now: datetime, zone: str) -> Iterator[Entry]:
    after = max(local_time(now, zone), datetime.combine(begin, time()) - timedelta(seconds=1))
    for row, pattern in series.all_series():
        if not row.active:
            continue
        times = recurrence.local_times(series.rhythm_of(row), after)
        for at in takewhile(lambda at: at < datetime.combine(end, time()), times):
            yield Entry(at, pattern.id, pattern.subject, "scheduled", coming=True)
