"""When a series comes: days by a rule of RFC 5545, a time on the workspace's clock, some days left out. Pure."""

from __future__ import annotations

import re
from calendar import isleap
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from dateutil.rrule import rrulestr

from app.compose.times import NoSuchTime, moment
from app.core.errors import N_, Invalid

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LONGEST = timedelta(days=366 * 10)
_PART = re.compile(r"(?P<name>[A-Z]+)=(?P<value>[A-Z0-9,+-]+)")
_ALLOWED = frozenset(
    {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYYEARDAY", "BYWEEKNO", "BYSETPOS", "WKST"}
)
_DAILY_OR_RARER = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})


class BadRule(Invalid):
    message = N_("This rule cannot be read. It looks like FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1.")


class LeapDay(StrEnum):
    """Which day stands for 29 February in years without one."""

    BEFORE = "02-28"
    AFTER = "03-01"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The days and the time of a series. `rule` has neither COUNT nor UNTIL: `ends_on` says when it is over."""

    rule: str
    at_time: time
    starts_on: date
    ends_on: date | None = None
    skipped: Collection[date] = field(default_factory=frozenset)


def read_rule(text: str) -> str:
    """Return a rule in its plain form.

    Raises:
        BadRule: it is none, comes more often than daily, or says how often it comes (which has a place of its own).
    """
    parts = [_PART.fullmatch(part.strip().upper()) for part in text.removeprefix("RRULE:").split(";") if part.strip()]
    names = [part["name"] for part in parts if part]
    if None in parts or not set(names) <= _ALLOWED or len(set(names)) != len(names) or "FREQ" not in names:
        raise BadRule
    said = {part["name"]: part["value"] for part in parts if part}
    if said["FREQ"] not in _DAILY_OR_RARER or not said.get("INTERVAL", "1").isdecimal():
        raise BadRule
    plain = ";".join(f"{name}={value}" for name, value in said.items())
    try:
        rrulestr(plain, dtstart=datetime.combine(date(2026, 1, 1), time()))
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise BadRule from error
    return plain


def local_times(rhythm: Rhythm, after: datetime) -> Iterator[datetime]:
    """Yield the times after `after`, on the workspace's clock and without a zone, for ten years at most."""
    first = datetime.combine(rhythm.starts_on, rhythm.at_time)
    last = max(after, first) + LONGEST
    if rhythm.ends_on is not None:
        last = min(last, datetime.combine(rhythm.ends_on, time.max))
    days = rrulestr(f"{rhythm.rule};UNTIL={last:%Y%m%dT%H%M%S}", dtstart=first)
    for found in days.xafter(after):
        if found.date() not in rhythm.skipped:
            yield found


def moments(rhythm: Rhythm, after: datetime, zone: str) -> Iterator[datetime]:
    """Yield the moments (aware, UTC) after `after`, which is on the workspace's clock.

    A time that a clock skips comes an hour later: an edition is not left out because the clocks change.
    """
    for found in local_times(rhythm, after):
        try:
            yield moment(found, zone)
        except NoSuchTime:
            yield moment(found + timedelta(hours=1), zone)


def days_of(day: date, offset: int, leap_day: LeapDay) -> list[str]:
    """Return the days of the year (``MM-DD``) whose people it is the turn of: their date was `offset` days before.

    A negative offset writes to people before their day. People of 29 February have theirs on `leap_day` otherwise.
    """
    target = day - timedelta(days=offset)
    days = [f"{target:%m-%d}"]
    if not isleap(target.year) and days[0] == leap_day:
        days.append("02-29")
    return days
