"""The calendar: what is sent, what waits, what comes again, each on its day in the workspace's zone; and moving it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.compose import queries as compose
from app.compose import series
from app.compose.models import Mailing
from app.compose.recurrence import Rhythm
from app.core import clock
from app.core.db import db
from app.reports import calendar
from app.reports.calendar import Sheet, Span
from app.sending import queries as sending
from app.sending.models import Launch
from tests.reports.sample import mailing
from tests.support.mailings import make_list, people, schedule
from tests.support.workspaces import Place

SEOUL = ZoneInfo("Asia/Seoul")
MONDAY, SUNDAY = 0, 6


def waiting(place: Place, at: datetime, code: str = "w") -> int:
    return schedule(place, [make_list(place, people(3, f"{code}.example.com"), code=code)], at=at)


def sheet(place: Place, span: Span, day: date, first_weekday: int = MONDAY) -> Sheet:
    with place.inside():
        return calendar.sheet(span, day, clock.now(), "Asia/Seoul", first_weekday)


def days_of(shown: Sheet) -> dict[date, list[int]]:
    return {square.day: [one.mailing_id for one in square.entries] for square in shown.days if square.entries}


def later(days: int, hour: int = 9) -> datetime:
    day = clock.now().astimezone(SEOUL).date() + timedelta(days=days)
    return datetime.combine(day, time(hour), SEOUL)


def test_a_month_is_whole_weeks_and_knows_its_neighbours(workspace: Place) -> None:
    shown = sheet(workspace, Span.MONTH, date(2026, 2, 14))
    assert (shown.days[0].day, shown.days[-1].day) == (date(2026, 1, 26), date(2026, 3, 1))
    assert (shown.before, shown.after) == (date(2026, 1, 1), date(2026, 3, 1))
    assert [square.day for square in shown.days if square.inside] == [date(2026, 2, n) for n in range(1, 29)]
    korean = sheet(workspace, Span.MONTH, date(2026, 2, 14), SUNDAY)
    assert (korean.days[0].day, len(korean.weeks)) == (date(2026, 2, 1), 4)


def test_a_week_begins_where_the_language_begins_it(workspace: Place) -> None:
    assert sheet(workspace, Span.WEEK, date(2026, 2, 14)).first == date(2026, 2, 9)
    korean = sheet(workspace, Span.WEEK, date(2026, 2, 14), SUNDAY)
    assert (korean.first, korean.before, korean.after) == (date(2026, 2, 8), date(2026, 2, 1), date(2026, 2, 15))


def test_a_mailing_stands_on_its_day_in_the_workspaces_zone(workspace: Place) -> None:
    sent = mailing(workspace)
    with workspace.inside():
        at = datetime(2026, 3, 1, 0, 10, tzinfo=SEOUL)
        db.session.execute(sa.update(Launch).where(Launch.mailing_id == sent).values(started_at=at))
    assert days_of(sheet(workspace, Span.MONTH, date(2026, 3, 9))) == {date(2026, 3, 1): [sent]}
    assert days_of(sheet(workspace, Span.MONTH, date(2026, 2, 1), SUNDAY)) == {}


def test_what_waits_can_be_moved_and_what_was_sent_cannot(workspace: Place) -> None:
    mailing(workspace)
    waiting(workspace, later(0, 23) + timedelta(minutes=59))
    found = [one for square in sheet(workspace, Span.WEEK, later(0).date()).days for one in square.entries]
    assert {(one.state, one.movable) for one in found} == {("finished", False), ("scheduled", True)}


def test_a_series_shows_the_times_it_will_come_and_not_those_left_out(workspace: Place) -> None:
    with workspace.inside():
        pattern = compose.mailing(waiting(workspace, later(400)))
        first = later(2).date()
        skipped = first + timedelta(days=2)
        series.keep(
            pattern,
            Rhythm("FREQ=DAILY", time(6, 30), first, first + timedelta(days=4), frozenset({skipped})),
            None,
            report_to="",
            author_id=1,
        )
    shown = [
        one
        for n in range(2)
        for square in sheet(workspace, Span.WEEK, first + timedelta(days=7 * n)).days
        for one in square.entries
    ]
    assert [one.at for one in shown] == [datetime.combine(first + timedelta(days=n), time(6, 30)) for n in (0, 1, 3, 4)]
    assert all(one.coming and not one.movable for one in shown)


def moved(client: FlaskClient, mailing_id: int, at: str) -> int:
    return client.post(f"/calendar/{mailing_id}/moves?by=month", data={"at": at}).status_code


def planned(place: Place, mailing_id: int) -> datetime:
    with place.inside():
        launch = sending.launch(mailing_id)
        assert launch is not None
        return launch.planned_at.astimezone(SEOUL)


def test_dropping_it_on_a_day_gives_it_that_day_on_the_workspaces_clock(client: FlaskClient, workspace: Place) -> None:
    mailing_id = waiting(workspace, later(3))
    page = client.get(f"/calendar?day={later(3).date()}").text
    assert f'data-move="/calendar/{mailing_id}/moves' in page
    assert f'href="/mailings/{mailing_id}/schedule"' in page
    answer = client.post(f"/calendar/{mailing_id}/moves", data={"at": f"{later(5):%Y-%m-%dT%H:%M}"})
    assert answer.status_code == 303
    assert answer.location.endswith(f"#m{mailing_id}")
    assert planned(workspace, mailing_id) == later(5)


def test_a_time_that_has_passed_or_is_none_leaves_it_where_it_was(client: FlaskClient, workspace: Place) -> None:
    mailing_id = waiting(workspace, later(3))
    for at in (f"{later(-2):%Y-%m-%dT%H:%M}", "tomorrow", ""):
        answer = client.post(f"/calendar/{mailing_id}/moves", data={"at": at})
        assert answer.status_code == 422
        assert "The time was not changed" in answer.text
    assert planned(workspace, mailing_id) == later(3)


def test_what_has_begun_stays(client: FlaskClient, workspace: Place) -> None:
    assert moved(client, mailing(workspace), f"{later(5):%Y-%m-%dT%H:%M}") == 409


def test_an_analyst_looks_and_does_not_move(workspace: Place) -> None:
    mailing_id = waiting(workspace, later(3))
    with workspace.inside():
        db.session.execute(sa.text("UPDATE members SET role = 'analyst'"))
    client = workspace.client()
    page = client.get(f"/calendar?day={later(3).date()}").text
    assert f"/reports/{mailing_id}" in page
    assert "data-move" not in page
    assert moved(client, mailing_id, f"{later(5):%Y-%m-%dT%H:%M}") == 403


def test_another_workspace_neither_sees_nor_moves_it(
    client: FlaskClient, workspace: Place, other_client: FlaskClient
) -> None:
    mailing_id = waiting(workspace, later(3))
    address = f"/calendar?day={later(3).date()}"
    assert f"/reports/{mailing_id}" in client.get(address).text
    assert f'id="m{mailing_id}"' not in other_client.get(address).text
    assert moved(other_client, mailing_id, f"{later(5):%Y-%m-%dT%H:%M}") in (404, 409)
    assert planned(workspace, mailing_id) == later(3)


@pytest.mark.parametrize("query", ["", "?by=week", "?by=decade&day=soon", "?day=0001-01-01", "?day=9999-12-31&by=week"])
def test_the_page_answers_whatever_is_asked(client: FlaskClient, query: str) -> None:
    assert client.get(f"/calendar{query}").status_code == 200


def test_the_status_page_leads_there_and_draws_the_first_day(client: FlaskClient, workspace: Place) -> None:
    mailing(workspace)
    page = client.get("/status").text
    assert 'href="/calendar"' in page
    points = page.split('class="spark"')[1].partition('points="')[2].partition('"')[0].split()
    assert len(points) == 24
    heights = [point.partition(",")[2] for point in points]
    assert heights.count("22.0") == 23
    assert "2.0" in heights[:2]


def draft(client: FlaskClient, place: Place, at: datetime) -> int:
    """A draft that is meant for a time."""
    with place.inside():
        made = Mailing(subject="Not ready")
        db.session.add(made)
        db.session.flush()
        mailing_id = made.id
    assert client.post(f"/mailings/{mailing_id}/wishes", data={"at": f"{at:%Y-%m-%dT%H:%M}"}).status_code == 303
    return mailing_id


def wished(place: Place, mailing_id: int) -> datetime | None:
    with place.inside():
        found = compose.mailing(mailing_id).wished_at
        return found.astimezone(SEOUL) if found else None


def test_a_draft_stands_on_the_day_it_is_meant_for_and_can_be_moved(client: FlaskClient, workspace: Place) -> None:
    mailing_id = draft(client, workspace, later(3))
    assert days_of(sheet(workspace, Span.WEEK, later(3).date())) == {later(3).date(): [mailing_id]}
    page = client.get(f"/calendar?day={later(3).date()}").text
    assert "slip-draft" in page
    assert f'href="/mailings/{mailing_id}/send?when=later"' in page
    assert moved(client, mailing_id, f"{later(5):%Y-%m-%dT%H:%M}") == 303
    assert wished(workspace, mailing_id) == later(5)
    assert sending_of(workspace, mailing_id) is None
    told = client.get(f"/mailings/{mailing_id}/send?when=later").text
    assert "it is meant for" in told
    assert f'value="{later(5):%Y-%m-%dT%H:%M}"' in told


def sending_of(place: Place, mailing_id: int) -> Launch | None:
    with place.inside():
        return sending.launch(mailing_id)


def test_a_wish_is_forgotten_and_one_that_is_no_time_changes_nothing(client: FlaskClient, workspace: Place) -> None:
    mailing_id = draft(client, workspace, later(3))
    client.post(f"/mailings/{mailing_id}/wishes", data={"at": "someday"})
    assert wished(workspace, mailing_id) == later(3)
    client.post(f"/mailings/{mailing_id}/wishes")
    assert wished(workspace, mailing_id) is None


def test_what_is_scheduled_stands_there_once_and_takes_no_wish(client: FlaskClient, workspace: Place) -> None:
    mailing_id = waiting(workspace, later(3))
    client.post(f"/mailings/{mailing_id}/wishes", data={"at": f"{later(4):%Y-%m-%dT%H:%M}"})
    assert wished(workspace, mailing_id) is None


def test_another_workspace_sees_and_moves_no_draft(
    client: FlaskClient, workspace: Place, other_workspace: Place
) -> None:
    mailing_id, stranger = draft(client, workspace, later(3)), other_workspace.client()
    assert "Not ready" not in stranger.get(f"/calendar?day={later(3).date()}").text
    assert moved(stranger, mailing_id, f"{later(5):%Y-%m-%dT%H:%M}") == 404
    assert stranger.post(f"/mailings/{mailing_id}/wishes").status_code == 404
    assert wished(workspace, mailing_id) == later(3)
