"""The month's use, and how it will end by the pattern of the weeks before: weekdays are not alike."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.billing.accounting import Account, account_of

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


def past_days(today: date) -> dict[date, int]:
    """Return what was sent on each of the last eight weeks' days before today, from the first one on which anything
    was."""
    first = today - timedelta(weeks=WEEKS)
    months = dict.fromkeys((first + timedelta(days=n)).replace(day=1) for n in range((today - first).days + 1))
    used = {each.day: each.mails for month in months for each in account_of(month, today=today).days}
    begun = min((day for day, mails in used.items() if mails and day >= first), default=today)
    return {day: mails for day, mails in used.items() if begun <= day < today}


def weekday_means(past: Mapping[date, int]) -> list[float]:
    """Return how many mails go on each weekday (Monday first); of one not seen yet, the mean of all days. Pure."""
    every = sum(past.values()) / len(past) if past else 0.0
    of_day = [[mails for day, mails in past.items() if day.weekday() == weekday] for weekday in range(7)]
    return [sum(each) / len(each) if each else every for each in of_day]


def ahead(account: Account, past: Mapping[date, int], *, today: date, limit: int) -> Month:
    """Return the month of an account to its end. Of today, what is missing to what is usual is still expected. Pure."""
    means = weekday_means(past)
    sent = {each.day: each.mails for each in account.days}
    length = calendar.monthrange(account.month.year, account.month.month)[1]
    days = []
    for day in (account.month + timedelta(days=n) for n in range(length)):
        usual = round(means[day.weekday()])
        expected = max(0, usual - sent.get(day, 0)) if day == today else usual if day > today else 0
        days.append(Day(day, sent.get(day) if day <= today else None, expected))
    return Month(days, limit, _full_on(days, limit))


def _full_on(days: Sequence[Day], limit: int) -> date | None:
    total = 0
    for each in days:
        total += (each.sent or 0) + each.expected
        if limit and total >= limit:
            return each.day
    return None
