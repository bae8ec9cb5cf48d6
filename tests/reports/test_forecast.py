"""The month's use and its end by the pattern of the weeks before."""

from __future__ import annotations

from datetime import date, timedelta

from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from app.billing.accounting import Account, DayUse, account_of
from app.core import clock
from app.reports import forecast
from app.reports.forecast import ahead, weekday_means
from tests.reports.sample import Fate, mailing
from tests.support.workspaces import Place

TODAY = date(2026, 11, 23)  # a Monday


def account(**days: int) -> Account:
    used = {int(name[1:]): mails for name, mails in days.items()}
    return Account(date(2026, 11, 1), [DayUse(date(2026, 11, n), used.get(n, 0)) for n in range(1, 24)], [])


def test_each_weekday_to_come_brings_what_it_usually_brings() -> None:
    past = {TODAY - timedelta(days=n): 100 if (TODAY - timedelta(days=n)).weekday() == 1 else 0 for n in range(1, 57)}
    month = ahead(account(d3=100, d10=100, d17=100), past, today=TODAY, limit=1000)
    assert {day.day.day: day.expected for day in month.days if day.expected} == {24: 100}
    assert (month.sent, month.end, month.full_on) == (300, 400, None)


def test_of_today_only_what_is_missing_is_still_expected() -> None:
    past = {TODAY - timedelta(days=n): 70 for n in range(1, 57)}
    month = ahead(account(d23=50), past, today=TODAY, limit=0)
    assert month.days[22].sent == 50
    assert month.days[22].expected == 20
    assert ahead(account(d23=90), past, today=TODAY, limit=0).days[22].expected == 0


def test_the_day_on_which_the_plan_is_used_up() -> None:
    past = {TODAY - timedelta(days=n): 100 for n in range(1, 57)}
    assert ahead(account(d1=150), past, today=TODAY, limit=200).full_on == TODAY
    assert ahead(account(d1=150), past, today=TODAY, limit=300).full_on == date(2026, 11, 24)
    assert ahead(account(d1=150), past, today=TODAY, limit=100).full_on == date(2026, 11, 1)


@given(st.dictionaries(st.dates(date(2026, 9, 28), date(2026, 11, 22)), st.integers(0, 10**7), max_size=56))
def test_the_forecast_is_the_sum_of_the_means(past: dict[date, int]) -> None:
    means = weekday_means(past)
    month = ahead(account(), past, today=TODAY, limit=0)
    assert month.end == sum(round(means[(23 + n - 23) % 7]) for n in range(8))


def test_the_page_says_what_the_usage_says(client: FlaskClient, workspace: Place) -> None:
    mailing(workspace, Fate(12, 9, 3, 1, 0))
    today = clock.now().date()
    with workspace.inside():
        used = account_of(today.replace(day=1), today=today).total
        assert forecast.past_days(today) == {}
    page = client.get("/statistics/usage")
    assert page.status_code == 200
    assert used == 9
    assert "Today, {{name|reader}}" in page.text
    rows = client.get("/statistics/usage?as=csv&table=1").text.splitlines()
    assert rows[1].endswith(",9,1.0000")
    assert client.get("/statistics/usage?as=xlsx").data.startswith(b"PK")


def test_another_workspace_sees_nothing(other_client: FlaskClient, workspace: Place) -> None:
    mailing(workspace)
    assert "Today, {{name|reader}}" not in other_client.get("/statistics/usage").text
