"""What makes a series come: the registry of triggers.

A rhythm says when a series is looked at (`app.compose.recurrence`); its trigger says who is written to then, or that
nobody is. There are two, the calendar and a date of each person. A third, such as a feed that has something new, is one
more class here with its entry in `TRIGGERS`, its columns in `Series` and its choice in `SeriesForm`; nothing else of a
series knows which trigger it has.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from app.compose import queries
from app.compose.models import Mailing, Series
from app.compose.recurrence import LeapDay, days_of
from app.compose.times import local_time
from app.lists import queries as lists
from app.lists.recipients import Audience, DayOfYear
from app.tenants.queries import current_workspace


class Trigger(Protocol):
    """One way to decide. `is_of` tells whether a series has it."""

    def is_of(self, series: Series) -> bool: ...

    def audience(self, series: Series, pattern: Mailing, at: datetime) -> Audience | None:
        """Return who gets the copy of this moment; None where there is to be none."""
        ...


class DateOfPerson:
    """Those whose date in a field was so many days before; nobody's day makes no mail."""

    def is_of(self, series: Series) -> bool:
        return bool(series.field_key)

    def audience(self, series: Series, pattern: Mailing, at: datetime) -> Audience | None:
        day = local_time(at, current_workspace().timezone).date()
        turn = DayOfYear(series.field_key, days_of(day, series.offset, LeapDay(series.leap_day)))
        who = replace(queries.audience_of(pattern), day=turn)
        return who if lists.audience_count(who).total else None


class Calendar:
    """Everybody of the pattern's audience, each time."""

    def is_of(self, series: Series) -> bool:
        return True

    def audience(self, series: Series, pattern: Mailing, at: datetime) -> Audience | None:
        return queries.audience_of(pattern)


# The first that a series has is its own; the calendar takes what no other claims.
TRIGGERS: tuple[Trigger, ...] = (DateOfPerson(), Calendar())


def trigger_of(series: Series) -> Trigger:
    return next(trigger for trigger in TRIGGERS if trigger.is_of(series))
