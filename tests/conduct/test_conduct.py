"""The daily number, the brake, the appeal, and what an operator decides."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.conduct import queries, service
from app.conduct.rules import rules
from app.core import clock
from app.core.access import Role
from app.core.db import db
from app.core.notices import Notice
from app.core.unit import unit_of_work
from app.sending import feeding
from app.sending import queries as sending
from app.sending import service as sending_service
from app.sending.gate import Odd
from app.sending.ledger import Answer
from app.sending.orders import Trial, Variant
from app.sending.terms import DeliveryState, LaunchState, Measure
from app.tenants.models import Member
from tests.support.mailings import HTML, make_list, people, schedule
from tests.support.workspaces import Place

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
FIRST = rules().days[0]


@pytest.fixture
def place(new_workspace: Callable[..., Place]) -> Place:
    return new_workspace(plan="starter")


def note(place: Place, now: datetime = NOW, **counts: int) -> bool:
    with place.inside():
        return service.note(now, **counts)


def brake(place: Place, now: datetime = NOW) -> None:
    assert note(place, now, accepted=180, hard_bounces=20)


def room(place: Place, now: datetime = NOW) -> int | None:
    with place.inside():
        return queries.room(now)


def launched(place: Place, count: int = 3, html: str = HTML, **more: object) -> int:
    mailing_id = schedule(place, [make_list(place, people(count))], html=html, **more)
    with place.inside():
        sending_service.claim_due(timedelta(hours=1))
    with place.inside():
        sending_service.launch_mailing(mailing_id)
    return mailing_id


def state(place: Place, mailing_id: int) -> tuple[str, str]:
    with place.inside():
        found = sending.launch(mailing_id)
        assert found is not None
        return found.state, found.held_reason


def subjects(place: Place) -> list[str]:
    with place.inside():
        return list(db.session.scalars(sa.select(Notice.subject).where(Notice.tenant_id == place.id)))


# --- the daily number -------------------------------------------------------------------------------------------


def test_a_new_workspace_begins_small_and_earns_more(place: Place) -> None:
    assert room(place) == FIRST
    note(place, NOW, accepted=100)
    assert room(place, NOW + timedelta(hours=1)) == FIRST
    assert room(place, NOW + timedelta(days=1)) == rules().days[1]


def test_a_plan_that_somebody_agreed_on_does_not(workspace: Place) -> None:
    assert room(workspace) is None


def test_mails_taken_at_the_same_moment_never_pass_the_daily_number_together(place: Place) -> None:
    start = Barrier(8)

    def take(_number: int) -> bool:
        with place.app.app_context():
            start.wait()
            with unit_of_work():
                return service.take(50, NOW, from_our_domain=False)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == FIRST // 50
    assert room(place) == 0
    with place.inside():
        assert not service.take(FIRST + 1, NOW + timedelta(days=1), from_our_domain=False)


def test_from_our_own_domain_fewer_may_go_whoever_it_is(workspace: Place) -> None:
    with workspace.inside():
        assert queries.room(NOW, from_our_domain=True) == rules().from_our_domain
        assert service.take(rules().from_our_domain, NOW, from_our_domain=True)
        assert not service.take(1, NOW, from_our_domain=True)
        assert service.take(1, NOW, from_our_domain=False)


def test_a_large_mailing_goes_on_the_next_day(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    mailing_id = launched(place, FIRST + 30)

    def feed() -> list[int]:
        """Hand over what may go now, as the worker does; return the numbers of who got it."""
        with place.inside():
            course = feeding.course(mailing_id)
        assert course is not None
        if course.through <= course.fed_through:
            return []
        with place.inside():
            rows = feeding.advance(mailing_id, course.fed_through, course.through)
        return [row.seq for row in rows or []]

    assert feed() == list(range(1, FIRST + 1))
    assert feed() == []
    tomorrow = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    assert feed() == list(range(FIRST + 1, FIRST + 31))


# --- the brake --------------------------------------------------------------------------------------------------


def test_too_many_hard_bounces_brake_and_are_explained(place: Place) -> None:
    brake(place)
    assert subjects(place) == ["Sending is on hold"]
    assert not note(place, hard_bounces=5)
    page = place.client().get("/settings/conduct").text
    assert "10.0% of your mails came back because the address does not exist; up to 5.0% is usual" in page
    assert "tell us where the list comes from" in page
    assert "Sending is on hold because too many mails came back" in place.client().get("/").text


def test_so_do_complaints(place: Place) -> None:
    assert not note(place, accepted=1000, complaints=1)
    assert note(place, complaints=1)
    assert "0.2% of your readers called the mail spam" in place.client().get("/settings/conduct").text


def test_what_was_answered_long_ago_brakes_nobody(place: Place) -> None:
    note(place, NOW - timedelta(days=rules().window_days), accepted=150, hard_bounces=30)
    assert not note(place, NOW, accepted=100, hard_bounces=1)


def test_answers_of_servers_are_counted_and_what_runs_is_paused(place: Place, run_tasks: Callable[[], None]) -> None:
    mailing_id = launched(place, 201)
    now = clock.now()
    came = [Answer(n, DeliveryState.ACCEPTED, now, code=250) for n in range(21, 201)]
    gone = [Answer(n, DeliveryState.BOUNCED, now, bounce="user_unknown", code=550) for n in range(1, 21)]
    for answers in (came, gone):
        assert state(place, mailing_id)[0] == LaunchState.RUNNING
        with place.inside():
            sending_service.record_answers(mailing_id, answers)
    run_tasks()
    assert state(place, mailing_id)[0] == LaunchState.PAUSED
    with pytest.raises(service.IsBraked), place.inside():
        sending_service.resume(mailing_id)


def test_a_braked_workspace_begins_nothing_until_it_is_let_go(place: Place, run_tasks: Callable[[], None]) -> None:
    brake(place, clock.now())
    mailing_id = launched(place)
    assert state(place, mailing_id) == (LaunchState.HELD, "brake")
    with place.inside():
        service.lift(place.id, clock.now(), by="operator@example.com")
    run_tasks()
    assert state(place, mailing_id)[0] == LaunchState.SCHEDULED
    assert "You can send again" in subjects(place)


def test_a_workspace_with_an_open_bill_begins_nothing(place: Place) -> None:
    mailing_id = schedule(place, [make_list(place, people(2))])
    with place.inside():
        sending_service.claim_due(timedelta(hours=1))
        db.session.execute(sa.text("UPDATE tenants SET state = 'read_only'"))
    with place.inside():
        sending_service.launch_mailing(mailing_id)
    assert state(place, mailing_id) == (LaunchState.HELD, "payment")


DECEIVING = '<p><a href="https://evil.example">https://bank.example</a></p>'


def test_a_mail_with_a_deceiving_link_is_held(place: Place, workspace: Place) -> None:
    assert state(place, launched(place, html=DECEIVING)) == (LaunchState.HELD, "content")
    assert state(workspace, launched(workspace, html=DECEIVING))[0] == LaunchState.RUNNING


def test_so_is_one_of_which_only_a_variant_deceives(place: Place) -> None:
    trial = Trial(20, Measure.OPENS, 4, [Variant("B", DECEIVING)])
    assert state(place, launched(place, 10, trial=trial)) == (LaunchState.HELD, "content")


def test_words_that_deceive_do_not_take_the_place_of_others_on_the_way(place: Place) -> None:
    mailing_id = launched(place)
    with pytest.raises(Odd, match=r"leads to evil\.example"), place.inside():
        sending_service.change_the_rest(mailing_id, Variant("B", DECEIVING), None)
    with place.inside():
        assert sending.contents(mailing_id) == []


# --- appealing --------------------------------------------------------------------------------------------------


def test_an_appeal_reaches_the_operator_who_lifts_the_brake(place: Place, operator: FlaskClient) -> None:
    client = place.client()
    assert client.post("/settings/conduct/appeals", data={"words": "x"}).status_code == 409
    brake(place, clock.now())
    assert client.post("/settings/conduct/appeals", data={"words": "An old list, we cleaned it."}).status_code == 303
    page = operator.get("/abuse").text
    assert place.workspace.name in page
    assert "An old list, we cleaned it." in page
    assert operator.post(f"/abuse/{place.id}/releases").status_code == 303
    assert place.workspace.name not in operator.get("/abuse").text
    with place.inside():
        assert not queries.is_braked()
    assert not note(place, clock.now(), accepted=100, hard_bounces=1)
    assert operator.post(f"/abuse/{place.id}/releases").status_code == 409
    assert operator.post("/abuse/999999999/releases").status_code == 404


def test_whom_an_operator_trusts_has_no_number_and_no_brake(place: Place, operator: FlaskClient) -> None:
    brake(place, clock.now())
    operator.post(f"/abuse/{place.id}/releases", data={"trust": "1"})
    assert room(place, clock.now()) is None
    assert not note(place, clock.now(), accepted=100, hard_bounces=100)
    assert "There is no daily number" in place.client().get("/settings/conduct").text


def test_only_who_manages_the_workspace_appeals(place: Place) -> None:
    brake(place, clock.now())
    with place.inside():
        db.session.execute(sa.update(Member).where(Member.id == place.member_id).values(role=Role.EDITOR))
    client = place.client()
    assert client.post("/settings/conduct/appeals", data={"words": "please"}).status_code == 403
    assert "Ask us to look at it" not in client.get("/settings/conduct").text


def test_another_workspace_is_not_braked_with_it(place: Place, new_workspace: Callable[..., Place]) -> None:
    other = new_workspace(plan="starter")
    brake(place, clock.now())
    with other.inside():
        assert not queries.is_braked()
    page = other.client().get("/settings/conduct").text
    assert "Sending is on hold" not in page
    assert "Today <b>200</b> of 200 mails may still go." in page


def test_the_page_speaks_korean(new_workspace: Callable[..., Place]) -> None:
    place = new_workspace(locale="ko", plan="starter")
    brake(place, clock.now())
    assert "발송이 멈춰 있습니다" in place.client().get("/settings/conduct").text
