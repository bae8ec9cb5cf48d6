"""How the month will end, by the pattern of the weeks before: one forecast for pages, letters and files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.billing import queries, service
from app.billing.forecast import ahead, forecast, weekday_means
from app.billing.service import Cause
from app.core import clock
from app.core.notices import Notice
from app.tenants.plans import plan
from tests.reports.sample import Fate, mailing
from tests.support.letters import letters_to
from tests.support.workspaces import HostClient, Place

TODAY = date(2026, 11, 23)  # a Monday
NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)  # noon in Seoul


def sent(**days: int) -> dict[date, int]:
    return {date(2026, 11, int(name[1:])): mails for name, mails in days.items()}


def weeks(mails: Callable[[date], int]) -> dict[date, int]:
    """What went on each of the eight weeks' days before today."""
    return {day: mails(day) for day in (TODAY - timedelta(days=n) for n in range(1, 57))}


def test_each_weekday_to_come_brings_what_it_usually_brings() -> None:
    past = weeks(lambda day: 100 if day.weekday() == 1 else 0)
    month = ahead(sent(d3=100, d10=100, d17=100), past, today=TODAY, limit=1000)
    assert {day.day.day: day.expected for day in month.days if day.expected} == {24: 100}
    assert (month.sent, month.end, month.full_on) == (300, 400, None)


def test_of_today_only_what_is_missing_is_still_expected() -> None:
    past = weeks(lambda _day: 70)
    month = ahead(sent(d23=50), past, today=TODAY, limit=0)
    assert (month.days[22].sent, month.days[22].expected) == (50, 20)
    assert ahead(sent(d23=90), past, today=TODAY, limit=0).days[22].expected == 0


@pytest.mark.parametrize(("limit", "day"), [(200, 23), (300, 24), (100, 1), (5000, None)])
def test_the_day_on_which_the_plan_is_used_up(limit: int, day: int | None) -> None:
    found = ahead(sent(d1=150), weeks(lambda _day: 100), today=TODAY, limit=limit).full_on
    assert (found.day if found else None) == day


def test_less_than_a_week_is_no_pattern() -> None:
    """A first mailing yesterday is what goes in a week, not what goes on every day."""
    month = ahead(sent(d22=70), {date(2026, 11, 22): 70}, today=TODAY, limit=0)
    assert month.end == 70 + 8 * 10


@settings(max_examples=25)
@given(st.lists(st.integers(0, 10**7), min_size=56, max_size=56))
def test_it_is_the_sum_of_the_means_where_every_weekday_was_seen(mails: list[int]) -> None:
    past = weeks(lambda day: mails[(TODAY - day).days - 1])
    means = weekday_means(past)
    assert sum(means) * 8 == pytest.approx(sum(mails))
    month = ahead({}, past, today=TODAY, limit=0)
    assert month.end == sum(round(means[n % 7]) for n in range(8))


# --- of a workspace ---------------------------------------------------------------------------------------------


def send(place: Place, number: int, count: int, at: datetime) -> None:
    with place.inside():
        month = service.reserve(count, at, Cause(number, f"Letter {number}", None))
        service.settle(month, reserved=count, sent=count, mailing_id=number)


def test_it_begins_with_what_the_plan_counts(new_workspace: Callable[..., Place]) -> None:
    place = new_workspace(plan="starter")
    for number in range(1, 5):
        send(place, number, 100, NOW - timedelta(weeks=number))
    send(place, 9, 40, NOW)
    with place.inside():
        found = forecast(NOW)
        assert found.sent == queries.usage(NOW).used
        assert found.limit == plan("starter").mails_a_month
        assert {day.day.day: day.expected for day in found.days if day.expected} == {23: 60, 30: 100}


def test_without_mails_there_is_none(place: Place, client: HostClient) -> None:
    with place.inside():
        assert forecast(NOW).end == 0
    assert "by the end of the month" not in place.client().get("/settings/usage").text


def test_the_usage_page_the_main_page_and_the_file_say_the_same(new_workspace: Callable[..., Place]) -> None:
    place, now = new_workspace(plan="starter"), clock.now()
    for number in range(1, 15):
        send(place, number, 300, now - timedelta(days=number))
    with place.inside():
        end = f"{forecast(now).end:,}"
    client = place.client()
    assert f"About {end} mails by the end of the month" in client.get("/settings/usage").text
    assert f"about {end} by the end of the month" in client.get("/").text
    assert f"About {end} mails by the end of the month" in client.get("/statistics/usage").text
    assert client.get("/statistics/usage?as=csv").text.splitlines()[-1].endswith(f",{end.replace(',', '')}")


def test_the_letter_says_when_the_plan_will_be_used_up(new_workspace: Callable[..., Place]) -> None:
    place = new_workspace(plan="free")
    for number in range(1, 17):
        send(place, number, 100, NOW - timedelta(days=17 - number))
    told: Notice = letters_to(place, place.email)[-1]
    assert told.subject == "80 percent of the month's mails are used"
    assert "The month's 2,000 mails will be used up about 26 November." in told.text


def test_the_page_says_what_the_usage_says(client: HostClient, workspace: Place) -> None:
    mailing(workspace, Fate(12, 9, 3, 1, 0))
    page = client.get("/statistics/usage")
    assert page.status_code == 200
    assert "Today, {{name|reader}}" in page.text
    rows = client.get("/statistics/usage?as=csv&table=1").text.splitlines()
    assert rows[1].endswith(",9,1.0000")
    assert client.get("/statistics/usage?as=xlsx").data.startswith(b"PK")


def test_another_workspace_sees_nothing(other_client: HostClient, workspace: Place) -> None:
    mailing(workspace)
    assert "Today, {{name|reader}}" not in other_client.get("/statistics/usage").text
