"""How the month will end, by the pattern of the weeks before: weekdays are not alike."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.billing.accounting import COUNTED
from app.billing.models import UsageEntry
from app.billing.queries import bought
from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.tenants.queries import current_workspace

WEEKS = 8


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the month: what was sent (None: it is still to come), and what is expected of it beyond that."""

    day: date
    sent: int | None
    expected: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month to its end; of `limit` mails. `full_on`: the day on which the plan will be used up, or was."""

    days: Sequence[Day]
    limit: int
    full_on: date | None

    @property
    def sent(self) -> int:
        return sum(day.sent or 0 for day in self.days)

    @property
    def end(self) -> int:
        return self.sent + sum(day.expected for day in self.days)


def forecast(now: datetime) -> Month:
    """Return the present workspace's month to its end."""
    workspace = current_workspace()
    today = now.astimezone(ZoneInfo(workspace.timezone)).date()
    sent, past = _used(today, workspace.timezone)
    return ahead(sent, past, today=today, limit=bought().mails_a_month)


def _used(today: date, zone: str) -> tuple[dict[date, int], dict[date, int]]:
    """Return what was used on the days of this month, and on those of the weeks before today, from the first one on
    which anything was. Plan: the index on the months, two or three of them.
    """
    first, month = today - timedelta(weeks=WEEKS), today.replace(day=1)
    day = sa.cast(sa.func.timezone(zone, UsageEntry.at), sa.Date)
    query = (
        sa.select(UsageEntry.month, day, sa.func.sum(COUNTED))
        .where(UsageEntry.tenant_id == current_tenant_id(), UsageEntry.month >= first.replace(day=1))
        .group_by(UsageEntry.month, day)
    )
    rows = [(of_month, on, int(mails)) for of_month, on, mails in db.session.execute(query)]
    used = {on: mails for _month, on, mails in rows if mails and first <= on < today}
    begun = min(used, default=today)
    past = {begun + timedelta(days=n): 0 for n in range((today - begun).days)} | used
    return {on: mails for of_month, on, mails in rows if of_month == month}, past


def weekday_means(past: Mapping[date, int]) -> list[float]:
    """Return how many mails go on each weekday (Monday first). Less than a week shows no pattern: its mails are those
    of a week, whichever days they come on. Pure.
    """
    if len(past) < 7:
        return [sum(past.values()) / 7] * 7
    of_day = [[mails for day, mails in past.items() if day.weekday() == weekday] for weekday in range(7)]
    return [sum(each) / len(each) for each in of_day]


def ahead(sent: Mapping[date, int], past: Mapping[date, int], *, today: date, limit: int) -> Month:
    """Return the month of today to its end. Of today, what is missing to what is usual is still expected. Pure."""
    means = weekday_means(past)
    length = calendar.monthrange(today.year, today.month)[1]
    days = []
    for day in (today.replace(day=n) for n in range(1, length + 1)):
        usual = round(means[day.weekday()])
        expected = max(0, usual - sent.get(day, 0)) if day == today else usual if day > today else 0
        days.append(Day(day, sent.get(day, 0) if day <= today else None, expected))
    return Month(days, limit, _full_on(days, limit))


def _full_on(days: Sequence[Day], limit: int) -> date | None:
    total = 0
    for each in days:
        total += (each.sent or 0) + each.expected
        if limit and total >= limit:
            return each.day
    return None
