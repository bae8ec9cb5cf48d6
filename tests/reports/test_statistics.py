"""Day, month and year, and the reading week: recounted from the ledger and the raw events."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import clock
from app.core.db import db
from app.reports import statistics
from app.reports.statistics import Period, ReadingWeek, Unit
from app.sending.models import Delivery, Launch
from app.tracking.models import Event
from tests.reports.sample import Fate, mailing
from tests.support.workspaces import Place

SEOUL = ZoneInfo("Asia/Seoul")
TODAY = date(2026, 3, 31)


def begun(place: Place, mailing_id: int, at: datetime) -> None:
    with place.inside():
        db.session.execute(sa.update(Launch).where(Launch.mailing_id == mailing_id).values(started_at=at))


@pytest.fixture
def sent(workspace: Place) -> Place:
    """Two mailings: one in the first minutes of March in Seoul (still February in UTC), one in the year before."""
    begun(workspace, mailing(workspace), datetime(2026, 3, 1, 0, 10, tzinfo=SEOUL))
    begun(workspace, mailing(workspace, Fate(7, 6, 1, 3, 1), code="b"), datetime(2025, 12, 31, 23, tzinfo=SEOUL))
    return workspace


def busy(place: Place, unit: Unit) -> dict[date, Period]:
    with place.inside():
        return {p.first: p for p in statistics.periods(unit, TODAY, "Asia/Seoul") if p.mailings}


def test_mailings_count_in_the_workspaces_own_months_and_years(sent: Place) -> None:
    assert set(busy(sent, Unit.MONTH)) == {date(2026, 3, 1), date(2025, 12, 1)}
    assert set(busy(sent, Unit.YEAR)) == {date(2026, 1, 1), date(2025, 1, 1)}
    assert set(busy(sent, Unit.DAY)) == {date(2026, 3, 1)}


def test_the_numbers_of_a_period_are_those_of_the_ledger_and_the_events(sent: Place) -> None:
    period = busy(sent, Unit.MONTH)[date(2026, 3, 1)]
    with sent.inside():
        first = db.session.scalar(sa.select(sa.func.min(Launch.mailing_id)))
        states = list(db.session.scalars(sa.select(Delivery.state).where(Delivery.mailing_id == first)))
        query = sa.select(Event.seq, Event.kind).where(Event.mailing_id == first, Event.human)
        events = db.session.execute(query).all()
    assert (period.mailings, period.recipients) == (1, len(states))
    assert (period.accepted, period.bounced) == (states.count(2), states.count(3))
    assert period.openers == len({e.seq for e in events})
    assert period.clickers == len({e.seq for e in events if e.kind == "click"})


def test_empty_periods_are_there_too(sent: Place) -> None:
    with sent.inside():
        assert [len(statistics.periods(unit, TODAY, "Asia/Seoul")) for unit in Unit] == [31, 12, 2]
        months = statistics.periods(Unit.MONTH, TODAY, "Asia/Seoul")
        assert (months[0].first, months[-1].first) == (date(2025, 4, 1), date(2026, 3, 1))
        assert statistics.day_before(months) == date(2025, 3, 31)


def test_the_reading_week_is_that_of_the_events(workspace: Place) -> None:
    mailing(workspace)
    with workspace.inside():
        week = statistics.reading_week(clock.now(), "Asia/Seoul")
        events = list(db.session.scalars(sa.select(Event).where(Event.human, Event.kind == "open")))
        opens = [[0] * 24 for _ in range(7)]
        for event in events:
            local = event.at.astimezone(SEOUL)
            opens[local.weekday()][local.hour] += 1
        assert week.opens == opens
        assert week.total == len(events) == 5


def test_open_rates_by_weekday_are_those_of_the_events(workspace: Place, other_workspace: Place) -> None:
    monday = datetime(2026, 3, 2, 6, tzinfo=SEOUL)
    for number, opened in enumerate((1, 2, 4, 5)):
        begun(workspace, mailing(workspace, Fate(6, 5, 1, opened, 0), code=f"m{number}"), monday)
    begun(workspace, mailing(workspace, Fate(4, 4, 0, 4, 0), code="old"), monday - timedelta(days=371))
    with workspace.inside():
        (rates,) = statistics.open_rates(monday + timedelta(days=5), "Asia/Seoul")
        query = sa.select(sa.func.count(Event.seq.distinct())).where(Event.human, Event.kind == "open")
        openers = sorted(db.session.scalars(query.group_by(Event.mailing_id)))
    assert openers == [1, 2, 4, 4, 5]
    assert (rates.weekday, rates.mailings) == (0, 4)
    assert rates.rates == pytest.approx((0.2, 0.35, 0.6, 0.85, 1.0))
    with other_workspace.inside():
        assert statistics.open_rates(monday, "Asia/Seoul") == []


def test_the_best_time_is_the_cell_with_the_most() -> None:
    opens = [[0] * 24 for _ in range(7)]
    opens[1][3], opens[4][21], opens[5][3] = 9, 4, 2
    assert (ReadingWeek(opens).best, ReadingWeek(opens).slots) == ((1, 3), [0, 11, 0, 0, 0, 0, 0, 4])


@pytest.mark.parametrize("query", ["", "?by=day", "?by=year", "?by=nonsense&to=nonsense", "?by=month&to=0001-01-01"])
def test_the_page_answers_whatever_is_asked(query: str, client: FlaskClient, workspace: Place) -> None:
    mailing(workspace)
    assert client.get(f"/statistics{query}").status_code == 200


def test_another_workspace_counts_nothing_of_ours(client: FlaskClient, sent: Place, other_client: FlaskClient) -> None:
    to = (TODAY + timedelta(days=1)).isoformat()
    assert "Nothing was sent in this time" not in client.get(f"/statistics?by=month&to={to}").text
    assert "Nothing was sent in this time" in other_client.get(f"/statistics?by=month&to={to}").text
