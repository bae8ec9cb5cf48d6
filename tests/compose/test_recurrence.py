"""When a series comes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.compose.recurrence import BadRule, LeapDay, Rhythm, days_of, local_times, moments, read_rule

MORNING = time(9)


def days(rule: str, start: date, count: int, **more: object) -> list[str]:
    rhythm = Rhythm(read_rule(rule), MORNING, start, **more)  # type: ignore[arg-type]
    before = datetime.combine(start, time())
    return [f"{found:%m-%d}" for found in islice(local_times(rhythm, before), count)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=DAILY", ["11-23", "11-24", "11-25"]),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", ["11-23", "11-24", "11-25"]),
        ("freq=weekly;byday=SA", ["11-28", "12-05", "12-12"]),
        ("RRULE:FREQ=MONTHLY;BYMONTHDAY=-1", ["11-30", "12-31", "01-31"]),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1", ["12-07", "01-04", "02-01"]),
        ("FREQ=MONTHLY;BYDAY=-1FR", ["11-27", "12-25", "01-29"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31", ["12-31", "01-31", "03-31"]),
    ],
    ids=str,
)
def test_rules_give_their_days(rule: str, expected: list[str]) -> None:
    assert days(rule, date(2026, 11, 23), 3) == expected


def test_days_off_are_left_out_and_the_end_is_the_last_day() -> None:
    start = date(2026, 12, 24)
    assert days("FREQ=DAILY", start, 9, skipped={date(2026, 12, 25)}, ends_on=date(2026, 12, 27)) == [
        "12-24", "12-26", "12-27",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "rule",
    [
        "", "every day", "FREQ=HOURLY", "FREQ=SECONDLY", "FREQ=DAILY;COUNT=3", "FREQ=DAILY;UNTIL=20270101T000000Z",
        "FREQ=DAILY;FREQ=WEEKLY", "FREQ=DAILY;BYDAY=XX", "FREQ=DAILY;BYHOUR=1", "FREQ=DAILY\r\nDTSTART:20260101",
        "FREQ=DAILY;INTERVAL=0x9", "FREQ=MONTHLY;BYDAY=", "INTERVAL=2",
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(BadRule):
        read_rule(rule)


def test_a_day_that_never_comes_ends_the_search() -> None:
    assert days("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", date(2026, 1, 1), 1) == []


def test_a_time_that_the_clocks_skip_comes_an_hour_later() -> None:
    rhythm = Rhythm("FREQ=DAILY", time(2, 30), date(2027, 3, 27))
    found = list(islice(moments(rhythm, datetime.combine(date(2027, 3, 27), MORNING), "Europe/Berlin"), 1))
    assert found == [datetime(2027, 3, 28, 1, 30, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("day", "offset", "leap", "expected"),
    [
        (date(2026, 11, 23), 0, LeapDay.BEFORE, ["11-23"]),
        (date(2026, 11, 23), 3, LeapDay.BEFORE, ["11-20"]),
        (date(2026, 12, 30), -3, LeapDay.BEFORE, ["01-02"]),
        (date(2027, 2, 28), 0, LeapDay.BEFORE, ["02-28", "02-29"]),
        (date(2027, 3, 1), 0, LeapDay.AFTER, ["03-01", "02-29"]),
        (date(2027, 2, 28), 0, LeapDay.AFTER, ["02-28"]),
        (date(2028, 2, 28), 0, LeapDay.BEFORE, ["02-28"]),
        (date(2028, 2, 29), 0, LeapDay.BEFORE, ["02-29"]),
    ],
    ids=str,
)
def test_whose_turn_it_is(day: date, offset: int, leap: LeapDay, expected: list[str]) -> None:
    assert days_of(day, offset, leap) == expected


@given(year=st.integers(1990, 2090), offset=st.integers(-366, 366), leap=st.sampled_from(LeapDay))
def test_everybody_has_their_turn_once_a_year(year: int, offset: int, leap: LeapDay) -> None:
    first = date(year, 1, 1).toordinal() + offset
    count = date(year + 1, 1, 1).toordinal() - date(year, 1, 1).toordinal()
    turns = [day for n in range(count) for day in days_of(date.fromordinal(first + n), offset, leap)]
    assert len(turns) == len(set(turns)) == 366
