from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from app.compose.models import Mailing
from app.core import clock
from app.core.db import db
from app.sending import holding, service
from app.sending import queries as sending
from app.sending.ledger import Answer
from app.sending.terms import DeliveryState, Lane, LaunchState
from app.templates_mgmt.models import Template
from tests.compose.conftest import Desk, hidden
from tests.support.mailings import make_list, people, schedule
from tests.support.workspaces import Place


def news(desk: Desk, **changed: object) -> dict[str, object]:
    data: dict[str, object] = {
        "headline": "Bridge closed", "more": "Closed since nine.\nhttps://news.example/bridge",
        "start": "starter:breaking", "list_ids": [desk.list_id], "count": "3",
    }  # fmt: skip
    return data | changed


def number(location: str) -> int:
    found = re.search(r"/(?:breaking|mailings)/(\d+)", location)
    assert found
    return int(found[1])


def running(desk: Desk) -> int:
    mailing_id = schedule(desk.place, [desk.list_id])
    with desk.place.inside():
        service.claim_due(timedelta(days=365))
    with desk.place.inside():
        service.launch_mailing(mailing_id)
    return mailing_id


def test_two_fields_and_one_button_send_to_everybody(desk: Desk) -> None:
    page = desk.client.get("/breaking").text
    assert "Send to 3 people now" in page
    answer = desk.client.post("/breaking", data=news(desk, count=hidden(page, "count")))
    assert answer.status_code == 303
    mailing_id = number(answer.location)
    launch, mailing = desk.launch(mailing_id), desk.mailing(mailing_id)
    assert launch is not None
    assert (launch.lane, launch.subject, launch.list_ids) == (Lane.BREAKING, "Bridge closed", [desk.list_id])
    assert launch.planned_at <= clock.now()
    assert "Closed since nine." in mailing.html
    assert "https://news.example/bridge" in mailing.html
    assert "since the click" in desk.client.get(answer.location).text


def test_last_breaking_audience_is_chosen_else_the_list_used_most(desk: Desk) -> None:
    used = make_list(desk.place, people(2, "used.example"), code="used")
    schedule(desk.place, [used])
    assert "Send to 2 people now" in desk.client.get("/breaking").text
    desk.client.post("/breaking", data=news(desk))
    assert "Send to 3 people now" in desk.client.get("/breaking").text


def test_own_template_is_used(desk: Desk) -> None:
    with desk.place.inside():
        made = Template(title="Alarm", html="<h1>Old</h1><p>Old</p><p>Our foot</p>")
        db.session.add(made)
        db.session.flush()
        template_id = made.id
    answer = desk.client.post("/breaking", data=news(desk, start=f"template:{template_id}"))
    html = desk.mailing(number(answer.location)).html
    assert "<h1>Bridge closed</h1>" in html
    assert "Our foot" in html


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"headline": " "}, "Write the headline"),
        ({"headline": "x" * 201}, "Use at most 200 characters"),
        ({"list_ids": []}, "No list and no segment is chosen yet"),
        ({"headline": "Hello {{nobody}}"}, "mean nothing here"),
        ({"count": "300"}, "Nothing was sent yet"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_goes(desk: Desk, changed: dict[str, object], words: str) -> None:
    answer = desk.client.post("/breaking", data=news(desk, **changed))
    assert answer.status_code in (409, 422)
    assert words in answer.text
    assert "Closed since nine." in answer.text
    with desk.place.inside():
        assert sending.open_launches() == []
        assert db.session.query(Mailing).count() == 0


def test_others_to_the_same_people_are_offered_and_held(desk: Desk) -> None:
    elsewhere = make_list(desk.place, people(2, "else.example"), code="else")
    goes, soon = running(desk), schedule(desk.place, [desk.list_id], at=clock.now() + timedelta(minutes=30))
    later = schedule(desk.place, [desk.list_id], at=clock.now() + timedelta(hours=3))
    others = schedule(desk.place, [elsewhere], at=clock.now() + timedelta(minutes=10))
    page = desk.client.get("/breaking", query_string={}).text
    page += desk.client.get(f"/breaking/choice?list_ids={desk.list_id}").text
    offered = {int(found) for found in re.findall(r'name="hold_ids" value="(\d+)" checked', page)}
    assert offered == {goes, soon}
    answer = desk.client.post("/breaking", data=news(desk, hold_ids=[goes, soon, later, others]))
    assert answer.status_code == 303
    states = {each: desk.launch(each).state for each in (goes, soon, later, others)}  # type: ignore[union-attr]
    assert states == {goes: "paused", soon: "held", later: "scheduled", others: "scheduled"}
    clock_page = desk.client.get(answer.location).text
    assert f"/mailings/{goes}/resumptions" in clock_page
    assert "It made way for breaking news" in desk.client.get(f"/mailings/{soon}").text
    before = desk.launch(soon)
    desk.client.post(f"/mailings/{soon}/releases")
    after = desk.launch(soon)
    assert after is not None
    assert before is not None
    # Its time has not come yet: it goes then, not now.
    assert (after.state, after.planned_at) == (LaunchState.SCHEDULED, before.planned_at)


def test_others_can_be_cancelled_or_left(desk: Desk) -> None:
    cancelled, left = running(desk), schedule(desk.place, [desk.list_id])
    desk.client.post("/breaking", data=news(desk, hold_ids=[cancelled], cancel_ids=[cancelled]))
    assert desk.launch(cancelled).state in (LaunchState.CANCELLED, LaunchState.CANCELLING)  # type: ignore[union-attr]
    assert desk.launch(left).state == LaunchState.SCHEDULED  # type: ignore[union-attr]


def test_what_is_just_starting_is_held_before_it_goes(desk: Desk) -> None:
    mailing_id = schedule(desk.place, [desk.list_id])
    with desk.place.inside():
        service.claim_due(timedelta(days=365))
    with desk.place.inside():
        holding.hold(mailing_id)
    with desk.place.inside():
        service.launch_mailing(mailing_id)
    launch = desk.launch(mailing_id)
    assert launch is not None
    assert (launch.state, launch.total) == (LaunchState.HELD, 0)


def test_nothing_is_held_when_the_news_cannot_go(desk: Desk) -> None:
    goes = running(desk)
    desk.client.post("/breaking", data=news(desk, headline="{{nobody}}", hold_ids=[goes]))
    assert desk.launch(goes).state == LaunchState.RUNNING  # type: ignore[union-attr]


def test_clock_shows_first_half_and_last(desk: Desk) -> None:
    mailing_id = number(desk.client.post("/breaking", data=news(desk)).location)
    with desk.place.inside():
        service.claim_due(timedelta(days=365))
    with desk.place.inside():
        service.launch_mailing(mailing_id)
    click = desk.launch(mailing_id).requested_at  # type: ignore[union-attr]
    for seq, after in ((2, 4), (1, 8), (3, 65)):
        with desk.place.inside():
            at = click + timedelta(seconds=after)
            service.record_answers(mailing_id, [Answer(seq, DeliveryState.ACCEPTED, at)])
        if seq == 1:
            running_page = desk.client.get(f"/breaking/{mailing_id}/clock").text
            assert "every 1s" in running_page
            assert "1:05 min" not in running_page
    page = desk.client.get(f"/breaking/{mailing_id}/clock").text
    for words in ("4.0 s", "8.0 s", "1:05 min", "All over after 1:05 min"):
        assert words in page
    assert "every 1s" not in page


def test_repeated_answers_do_not_move_the_moments(desk: Desk) -> None:
    mailing_id = running(desk)
    at = clock.now()
    for later in (0, 30):
        with desk.place.inside():
            answer = Answer(1, DeliveryState.ACCEPTED, at + timedelta(seconds=later))
            service.record_answers(mailing_id, [answer])
    launch = desk.launch(mailing_id)
    assert launch is not None
    assert (launch.first_accepted_at, launch.last_accepted_at, launch.half_at) == (at, at, None)


def test_it_can_be_looked_at_first(desk: Desk) -> None:
    answer = desk.client.post("/breaking/drafts", data=news(desk))
    assert answer.location.endswith("/preview")
    mailing_id = number(answer.location)
    assert desk.launch(mailing_id) is None
    assert desk.client.get(f"/breaking/{mailing_id}").status_code == 302


def test_other_workspaces_see_and_touch_nothing(
    desk: Desk, other_workspace: Place, desk_of: Callable[..., Desk]
) -> None:
    goes = running(desk)
    sent = number(desk.client.post("/breaking", data=news(desk)).location)
    stranger = desk_of(other_workspace)
    for page in (f"/breaking/{sent}", f"/breaking/{sent}/clock"):
        assert stranger.client.get(page).status_code == 404
    assert "hold_ids" not in stranger.client.get(f"/breaking/choice?list_ids={desk.list_id}").text
    own = news(stranger, hold_ids=[goes], cancel_ids=[goes])
    assert stranger.client.post("/breaking", data=own).status_code == 303
    assert desk.launch(goes).state == LaunchState.RUNNING  # type: ignore[union-attr]
    assert stranger.client.post("/breaking", data=own | {"list_ids": [desk.list_id]}).status_code == 422
