from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from app.core import clock
from app.core.db import db
from app.core.tenancy import control_plane
from app.lists.models import Suppression
from app.sending.models import Launch
from app.sending.terms import Lane, LaunchState
from tests.compose.conftest import Desk, hidden
from tests.support.workspaces import Place

SEOUL = ZoneInfo("Asia/Seoul")


def in_hours(hours: float) -> datetime:
    return (clock.now() + timedelta(hours=hours)).astimezone(SEOUL).replace(tzinfo=None, second=0, microsecond=0)


def typed(local: datetime) -> str:
    return local.strftime("%Y-%m-%dT%H:%M")


def test_button_says_how_many_people(desk: Desk) -> None:
    assert "Send to 3 people now" in desk.client.get(f"/mailings/{desk.draft()}/send").text


def test_mail_is_sent_now(desk: Desk) -> None:
    mailing_id = desk.draft()
    assert desk.send(mailing_id, report_recipients="boss@example.com, b@example.com").status_code == 303
    launch = desk.launch(mailing_id)
    assert launch is not None
    assert (launch.state, launch.lane, launch.list_ids) == (LaunchState.SCHEDULED, Lane.NORMAL, [desk.list_id])
    assert launch.planned_at <= clock.now()
    assert launch.report_to == [desk.place.email, "boss@example.com", "b@example.com"]
    assert "Today" not in desk.client.get("/mailings").text


def test_breaking_news_takes_the_fast_lane(desk: Desk) -> None:
    mailing_id = desk.draft(kind="breaking")
    desk.send(mailing_id)
    assert desk.launch(mailing_id).lane == Lane.BREAKING  # type: ignore[union-attr]


def test_mail_is_scheduled_on_the_clock_of_the_workspace(desk: Desk) -> None:
    mailing_id = desk.draft()
    local = in_hours(30)
    page = desk.client.get(f"/mailings/{mailing_id}/send?at={typed(local)}").text
    assert "Send to 3 people on " in page
    assert desk.send(mailing_id, at=typed(local)).status_code == 303
    assert desk.launch(mailing_id).planned_at == local.replace(tzinfo=SEOUL)  # type: ignore[union-attr]


@pytest.mark.parametrize("at", ["2001-09-11T08:00", "rubbish", "2027-13-40T99:99"])
def test_time_in_the_past_or_none_at_all_sends_nothing(desk: Desk, at: str) -> None:
    mailing_id = desk.draft()
    assert desk.client.get(f"/mailings/{mailing_id}/send?at={at}").status_code == 200
    data = {"version": "1", "count": "3", "at": at}
    answer = desk.client.post(f"/mailings/{mailing_id}/launches", data=data)
    assert answer.status_code == 422
    assert desk.launch(mailing_id) is None


def test_time_that_the_clocks_skip_is_refused(
    new_workspace: Callable[..., Place], desk_of: Callable[..., Desk]
) -> None:
    place = new_workspace()
    with place.inside(), control_plane():
        zone = {"id": place.id, "zone": "Europe/Berlin"}
        db.session.execute(sa.text("UPDATE tenants SET timezone = :zone, version = version + 1 WHERE id = :id"), zone)
    desk = desk_of(place)
    mailing_id = desk.draft()
    page = desk.client.get(f"/mailings/{mailing_id}/send?at=2027-03-28T02:30")
    assert "this time does not exist" in page.text
    answer = desk.client.post(
        f"/mailings/{mailing_id}/launches", data={"version": "1", "count": "3", "at": "2027-03-28T02:30"}
    )
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"subject": " "}, "The subject is missing"),
        ({"sender_name": ""}, "name or address is missing"),
        ({"sender_address": ""}, "name or address is missing"),
        ({"list_ids": []}, "No list and no segment is chosen"),
        ({"html": "<p> </p>"}, "The body is empty"),
        ({"html": "<p>{{nmae}}</p>"}, "{{nmae}}"),
        ({"subject": "Hi {{na me}}"}, "not complete"),
        ({"html": '<p><a href="www.example.org">x</a></p>'}, "www.example.org"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_sent(desk: Desk, broken: dict[str, object], words: str) -> None:
    mailing_id = desk.draft(**broken)
    page = desk.client.get(f"/mailings/{mailing_id}/send").text
    assert words in page
    assert 'type="submit" disabled' in page
    assert desk.send(mailing_id).status_code == 422
    assert desk.launch(mailing_id) is None


def test_link_of_a_starter_is_pointed_at_and_does_not_stop(desk: Desk) -> None:
    mailing_id = desk.draft(html='<p><a href="https://example.com/">x</a></p>')
    assert "example.com, as the template had it" in desk.client.get(f"/mailings/{mailing_id}/send").text
    assert desk.send(mailing_id).status_code == 303


def test_list_of_people_who_cannot_be_written_to_is_no_audience(desk: Desk) -> None:
    with desk.place.inside():
        db.session.add_all(Suppression(address_key=f"reader{n}@example.com", reason="manual") for n in (1, 2, 3))
    mailing_id = desk.draft()
    page = desk.client.get(f"/mailings/{mailing_id}/send").text
    assert "Nobody of those chosen" in page
    assert "3 more are left out" in page


def test_quota_is_looked_at(new_workspace: Callable[..., Place], desk_of: Callable[..., Desk]) -> None:
    desk = desk_of(new_workspace(plan="free"))
    with desk.place.inside():
        month = clock.now().astimezone(SEOUL).date().replace(day=1)
        db.session.execute(sa.text("INSERT INTO usage_months (month, sent) VALUES (:m, 100000000)"), {"m": month})
    mailing_id = desk.draft()
    assert "Only 0 mails are left" in desk.client.get(f"/mailings/{mailing_id}/send").text
    assert desk.send(mailing_id).status_code == 422


def test_unverified_workspace_sends_nothing(new_workspace: Callable[..., Place], desk_of: Callable[..., Desk]) -> None:
    place = new_workspace()
    with place.inside(), control_plane():
        db.session.execute(sa.text("UPDATE tenants SET state = 'unverified' WHERE id = :id"), {"id": place.id})
    desk = desk_of(place)
    mailing_id = desk.draft()
    assert desk.send(mailing_id).status_code == 422
    assert desk.launch(mailing_id) is None


def test_yes_to_another_number_of_people_is_asked_again(desk: Desk) -> None:
    mailing_id = desk.draft()
    answer = desk.client.post(f"/mailings/{mailing_id}/launches", data={"version": "1", "count": "5000"})
    assert answer.status_code == 409
    assert "would go to 3 people instead of 5,000" in answer.text
    assert desk.launch(mailing_id) is None


def test_yes_to_an_older_text_is_asked_again(desk: Desk) -> None:
    mailing_id = desk.draft()
    page = desk.client.get(f"/mailings/{mailing_id}/send").text
    desk.client.post(f"/mailings/{mailing_id}/body", data={"html": "<p>other</p>", "version": "1"})
    data = {"version": hidden(page, "version"), "count": "3", "report_recipients": "boss@example.com"}
    answer = desk.client.post(f"/mailings/{mailing_id}/launches", data=data)
    assert answer.status_code == 409
    assert "boss@example.com" in answer.text
    assert desk.launch(mailing_id) is None


def test_second_press_of_the_button_sends_once(desk: Desk) -> None:
    mailing_id = desk.draft()
    data = {"version": "1", "count": "3"}
    assert desk.client.post(f"/mailings/{mailing_id}/launches", data=data).status_code == 303
    assert desk.client.post(f"/mailings/{mailing_id}/launches", data=data).status_code == 409


def test_bad_report_address_keeps_what_was_typed(desk: Desk) -> None:
    answer = desk.send(desk.draft(), report_recipients="boss at example")
    assert answer.status_code == 422
    assert "boss at example" in answer.text


def test_scheduled_mail_cannot_be_changed_but_cancelled_and_then(desk: Desk) -> None:
    mailing_id = desk.draft()
    desk.send(mailing_id, at=typed(in_hours(5)))
    assert desk.client.get(f"/mailings/{mailing_id}/body").location.endswith(f"/mailings/{mailing_id}")
    answer = desk.client.post(f"/mailings/{mailing_id}/body", data={"html": "x", "version": "1"})
    assert answer.status_code == 409
    cancelled = desk.client.post(f"/mailings/{mailing_id}/cancellations")
    assert cancelled.location.endswith(f"/mailings/{mailing_id}/send")
    assert "none of 3 people gets it" in desk.client.get(cancelled.location).text
    assert desk.launch(mailing_id) is None
    assert desk.client.post(f"/mailings/{mailing_id}/body", data={"html": "x", "version": "1"}).status_code == 303


def test_time_of_a_scheduled_mail_is_changed(desk: Desk) -> None:
    mailing_id = desk.draft()
    desk.send(mailing_id, at=typed(in_hours(5)))
    assert desk.client.get(f"/mailings/{mailing_id}/schedule").status_code == 200
    later = in_hours(50)
    assert desk.client.post(f"/mailings/{mailing_id}/schedule", data={"at": typed(later)}).status_code == 303
    assert desk.launch(mailing_id).planned_at == later.replace(tzinfo=SEOUL).astimezone(UTC)  # type: ignore[union-attr]
    assert desk.client.post(f"/mailings/{mailing_id}/schedule", data={"at": "2001-01-01T00:00"}).status_code == 422
    assert desk.client.post(f"/mailings/{mailing_id}/schedule", data={"at": ""}).status_code == 422


def test_mail_is_paused_resumed_and_stopped_with_a_receipt(desk: Desk, run_tasks: Callable[[], None]) -> None:
    mailing_id = desk.draft()
    desk.send(mailing_id)
    _set(desk, mailing_id, state="running", total=3, accepted=1, fed_through=3)
    assert "Pause" in desk.client.get(f"/mailings/{mailing_id}").text
    assert desk.client.post(f"/mailings/{mailing_id}/pauses").status_code == 303
    assert desk.launch(mailing_id).state == LaunchState.PAUSED  # type: ignore[union-attr]
    assert desk.client.post(f"/mailings/{mailing_id}/resumptions").status_code == 303
    assert desk.launch(mailing_id).state == LaunchState.RUNNING  # type: ignore[union-attr]
    assert desk.client.get(f"/mailings/{mailing_id}/receipt").status_code == 302
    stopped = desk.client.post(f"/mailings/{mailing_id}/cancellations")
    page = desk.client.get(stopped.location).text
    assert "1 of 3" in page or "One of 3" in page
    assert desk.client.post(f"/mailings/{mailing_id}/pauses").status_code == 409


def test_held_mail_asks_and_is_let_go(desk: Desk) -> None:
    mailing_id = desk.draft()
    desk.send(mailing_id)
    _set(desk, mailing_id, state="held", held_reason="late")
    assert "Held: please decide" in desk.client.get(f"/mailings/{mailing_id}").text
    assert desk.client.post(f"/mailings/{mailing_id}/releases").status_code == 303
    assert desk.launch(mailing_id).state == LaunchState.SCHEDULED  # type: ignore[union-attr]


def test_progress_of_a_finished_mail_asks_no_more(desk: Desk) -> None:
    mailing_id = desk.draft()
    desk.send(mailing_id)
    assert "every 2s" in desk.client.get(f"/mailings/{mailing_id}/progress").text
    _set(desk, mailing_id, state="finished", total=3, accepted=3)
    assert "every 2s" not in desk.client.get(f"/mailings/{mailing_id}/progress").text


def test_page_is_loaded_again_when_its_buttons_are_others(desk: Desk) -> None:
    mailing_id = desk.draft()
    desk.send(mailing_id)
    same = desk.client.get(f"/mailings/{mailing_id}/progress?seen=scheduled")
    moved = desk.client.get(f"/mailings/{mailing_id}/progress?seen=running")
    assert "HX-Refresh" not in same.headers
    assert moved.headers["HX-Refresh"] == "true"


def _set(desk: Desk, mailing_id: int, **columns: object) -> None:
    with desk.place.inside():
        sets = ", ".join(f"{name} = :{name}" for name in columns)
        db.session.execute(sa.text(f"UPDATE launches SET {sets} WHERE mailing_id = :id"), {"id": mailing_id, **columns})


def test_number_is_asked_for_above_the_limit_of_the_workspace(
    new_workspace: Callable[..., Place], desk_of: Callable[..., Desk]
) -> None:
    desk = desk_of(new_workspace(typed_over=2))
    mailing_id = desk.draft()
    assert "Type the number of recipients" in desk.client.get(f"/mailings/{mailing_id}/send").text
    for typed in ("", "2", "three"):
        answer = desk.send(mailing_id, typed=typed, report_recipients="boss@example.com")
        assert answer.status_code == 422
        assert "Type the number of recipients, 3," in answer.text
        assert "boss@example.com" in answer.text
        assert desk.launch(mailing_id) is None
    assert desk.send(mailing_id, typed=" ３ ").status_code == 303
    assert desk.launch(mailing_id) is not None


@pytest.mark.parametrize("limit", [None, 3, 4])
def test_number_is_not_asked_for_up_to_the_limit(
    new_workspace: Callable[..., Place], desk_of: Callable[..., Desk], limit: int | None
) -> None:
    desk = desk_of(new_workspace(typed_over=limit))
    mailing_id = desk.draft()
    assert "Type the number of recipients" not in desk.client.get(f"/mailings/{mailing_id}/send").text
    assert desk.send(mailing_id).status_code == 303


def test_breaking_news_is_not_held_up_by_typing(
    new_workspace: Callable[..., Place], desk_of: Callable[..., Desk]
) -> None:
    desk = desk_of(new_workspace(typed_over=1))
    data = {"headline": "Bridge closed", "start": "starter:breaking", "list_ids": [desk.list_id], "count": "3"}
    assert desk.client.post("/breaking", data=data).status_code == 303


def test_last_look_shows_the_subject_as_readers_get_it(
    new_workspace: Callable[..., Place], desk_of: Callable[..., Desk]
) -> None:
    desk = desk_of(new_workspace(law="korea"))
    page = desk.client.get(f"/mailings/{desk.draft(kind='advertising', subject='Autumn sale')}/send").text
    assert "<strong>(광고) Autumn sale</strong>" in page
    assert "(광고)" not in desk.client.get(f"/mailings/{desk.draft(subject='News')}/send").text


def test_number_is_typed_for_a_series_and_for_a_correction_too(
    new_workspace: Callable[..., Place], desk_of: Callable[..., Desk]
) -> None:
    desk = desk_of(new_workspace(typed_over=2))
    mailing_id = desk.draft()
    daily = {"often": "DAILY", "at_time": "09:00", "starts_on": "2026-01-01", "offset": "0", "leap_day": "02-28"}
    answer = desk.client.post(f"/mailings/{mailing_id}/series", data=daily)
    assert answer.status_code == 422
    assert "Type the number of recipients, 3" in answer.text
    assert desk.client.post(f"/mailings/{mailing_id}/series", data=daily | {"typed": "3"}).status_code == 303
    running = desk.draft()
    desk.send(running, typed="3")
    with desk.place.inside():
        values = {"state": LaunchState.RUNNING, "total": 3, "started_at": clock.now()}
        db.session.execute(sa.update(Launch).where(Launch.mailing_id == running).values(**values))
    copy = desk.client.post(f"/mailings/{running}/corrections").location.split("/")[-2]
    assert 'name="typed"' in desk.client.get(f"/mailings/{copy}/send").text
    refused = desk.client.post(f"/mailings/{copy}/replacements", data={"typed": "30"})
    assert "Type the number of recipients, 3" in desk.client.get(refused.location).text
    assert desk.launch(running).state == LaunchState.PAUSED  # type: ignore[union-attr]
