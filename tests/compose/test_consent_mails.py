"""The two mails about consent: what came of somebody's word, and the question every two years. Never twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from app.compose import consent_mails
from app.core import clock
from app.core.db import db
from app.core.unit import unit_of_work
from app.lists import consent_letters, preferences, queries, service, signup_forms
from app.lists.models import Contact, Subscription
from app.lists.signup_forms import FormChoices
from app.lists.states import LetterKind
from app.sending import queries as sending
from app.sending.ledger import SliceRow
from app.sending.models import Delivery
from app.sending.plan import Addressee, addressees, make_plan
from app.tenants.queries import current_workspace
from tests.compose.conftest import Desk
from tests.sending.test_launch import claim, launch
from tests.support.workspaces import HostClient, Place

RESULT, RENEWAL = LetterKind.RESULT, LetterKind.RENEWAL
DAY = timedelta(days=1)


@pytest.fixture
def korean(new_workspace: Callable[..., Place], desk_of: Callable[..., Desk]) -> Desk:
    """A workspace under Korean law with three readers, both letters switched on."""
    desk = desk_of(new_workspace(locale="ko"))
    for kind in LetterKind:
        switch(desk, kind)
    return desk


def switch(desk: Desk, kind: LetterKind, *, on: bool = True) -> None:
    with desk.place.inside():
        consent_mails.decide(kind, on=on, intro_ko="", intro_en="Dear reader!", now=clock.now() - DAY)


def post(desk: Desk, kind: LetterKind, *, now: datetime | None = None) -> list[int]:
    with desk.place.inside():
        return consent_mails.post(kind, now=now or clock.now())


def person(desk: Desk, number: int = 1) -> Contact:
    with desk.place.inside():
        found = queries.contact_by_address(f"reader{number}@example.com")
        assert found is not None
        db.session.expunge(found)
        return found


def leave(desk: Desk, number: int = 1, *, source: str = "link") -> int:
    contact_id = person(desk, number).id
    with desk.place.inside():
        service.unsubscribe_contact(contact_id, [desk.list_id], source=source)
        return contact_id


def agreed(desk: Desk, at: datetime) -> None:
    with desk.place.inside():
        db.session.execute(sa.update(Subscription).values(created_at=at, changed_at=at))


def recipients(desk: Desk, mailing_id: int) -> dict[str, Addressee]:
    """Begin the mailing and return what its plan holds for each person."""
    claim(desk.place)
    launch(desk.place, mailing_id)
    with desk.place.inside():
        ledger = db.session.scalars(sa.select(Delivery).where(Delivery.mailing_id == mailing_id))
        rows = [SliceRow(row.seq, row.contact_id, row.address) for row in ledger]
        begun = sending.launch(mailing_id)
        assert begun is not None
        plan = make_plan(begun, current_workspace())
        return {each.address: each for each in addressees(plan, rows)}


def test_who_leaves_is_told_so_once(korean: Desk) -> None:
    assert post(korean, RESULT) == []
    leave(korean)
    (mailing_id,) = post(korean, RESULT)
    assert post(korean, RESULT) == []
    told = recipients(korean, mailing_id)
    assert list(told) == ["reader1@example.com"]
    assert any("“Daily”" in value and "수신을 거부" in value for value in told["reader1@example.com"].values)
    begun = korean.launch(mailing_id)
    assert begun is not None
    assert (begun.kind, begun.lane, begun.total, begun.sender_address) == ("notice", "bulk", 1, "news@example.com")
    assert begun.quota_month is not None
    assert "{{unsubscribe_url}}" in begun.html


def test_who_agrees_and_leaves_again_is_told_both_in_one_mail(korean: Desk) -> None:
    contact_id = leave(korean)
    with korean.place.inside():
        contact = queries.contact(contact_id)
        assert contact is not None
        preferences.choose_lists(contact, [korean.list_id], consent="I want it", ip="")
        service.take_back_unsubscribe(contact_id, [korean.list_id])
    (mailing_id,) = post(korean, RESULT)
    with korean.place.inside():
        said = consent_letters.facts(mailing_id, [contact_id])[contact_id]
    assert "거부" in said
    assert "동의" in said


@pytest.mark.parametrize("source", ["member", "bounce"])
def test_what_readers_did_not_say_themselves_is_no_event(korean: Desk, source: str) -> None:
    leave(korean, source=source)
    assert post(korean, RESULT) == []


def test_what_was_said_before_it_was_switched_on_is_left_alone(korean: Desk) -> None:
    leave(korean)
    with korean.place.inside():
        db.session.execute(sa.update(Subscription).values(changed_at=clock.now() - 3 * DAY))
    assert post(korean, RESULT) == []


def test_suppressed_people_are_told_nothing(korean: Desk) -> None:
    leave(korean)
    agreed(korean, clock.now() - 800 * DAY)
    with korean.place.inside():
        for number in (1, 2, 3):
            service.suppress_address(f"reader{number}@example.com")
    assert post(korean, RESULT) == []
    assert post(korean, RENEWAL) == []


def test_consent_is_asked_for_again_within_the_month_before_two_years_have_passed(korean: Desk) -> None:
    agreed(korean, clock.now() - 690 * DAY)
    assert post(korean, RENEWAL) == []
    agreed(korean, clock.now() - 705 * DAY)
    (mailing_id,) = post(korean, RENEWAL)
    assert set(recipients(korean, mailing_id)) == {f"reader{n}@example.com" for n in (1, 2, 3)}
    assert post(korean, RENEWAL) == []
    (again,) = post(korean, RENEWAL, now=clock.now() + 2 * 366 * DAY)
    assert again != mailing_id


def test_silence_keeps_the_consent(korean: Desk) -> None:
    agreed(korean, clock.now() - 800 * DAY)
    (mailing_id,) = post(korean, RENEWAL)
    recipients(korean, mailing_id)
    contact_id = person(korean).id
    with korean.place.inside():
        assert {place.state for place in queries.places_of(contact_id)} == {"subscribed"}


def test_letter_is_in_the_language_of_the_list_and_begins_as_the_workspace_wants(korean: Desk) -> None:
    with korean.place.inside():
        english = FormChoices(open=True, double_opt_in=True, asks_name=False, field_keys=[], locale="en")
        signup_forms.save_form(korean.list_id, english)
    leave(korean)
    (mailing_id,) = post(korean, RESULT)
    mailing = korean.mailing(mailing_id)
    assert mailing.subject.endswith(": what you said about our mails")
    assert "Dear reader!" in mailing.html


def test_a_day_writes_to_so_many_and_the_next_to_the_rest(korean: Desk) -> None:
    agreed(korean, clock.now() - 800 * DAY)
    mailing_id = korean.draft()
    with korean.place.inside():
        assert consent_letters.note(RENEWAL, "ko", mailing_id, now=clock.now(), count=2) == 2
    (rest,) = post(korean, RENEWAL)
    assert len(recipients(korean, rest)) == 1


def test_each_day_is_claimed_once_and_only_what_is_switched_on(korean: Desk) -> None:
    def claimed() -> set[str]:
        with korean.place.dispatcher.site.app_context(), unit_of_work():
            return {kind for tenant, kind in consent_letters.claim_due() if tenant == korean.place.id}

    switch(korean, RENEWAL, on=False)
    assert claimed() == {"result"}
    assert claimed() == set()


def test_nothing_is_written_while_it_is_switched_off_or_another_law_is_followed(
    korean: Desk, new_workspace: Callable[..., Place], desk_of: Callable[..., Desk]
) -> None:
    leave(korean)
    switch(korean, RESULT, on=False)
    assert post(korean, RESULT) == []
    elsewhere = desk_of(new_workspace(locale="en"))
    assert "Korean law" in elsewhere.client.get("/settings/consents").text
    assert elsewhere.client.post("/settings/consents", data={"result-on": "y"}).status_code == 404
    assert "/settings/consents" not in elsewhere.client.get("/settings/sending").text


def test_settings_page_switches_and_shows_the_letters(
    new_workspace: Callable[..., Place], desk_of: Callable[..., Desk]
) -> None:
    desk = desk_of(new_workspace(locale="en", law="korea"))
    agreed(desk, clock.now() - 800 * DAY)
    page = desk.client.get("/settings/consents").text
    assert "3 people are due this mail now" in page
    assert "수신동의" in page
    bad = {"result-on": "y", "result-intro_ko": "{{name}}"}
    assert desk.client.post("/settings/consents", data=bad).status_code == 422
    sent = {"renewal-on": "y", "renewal-intro_en": "Hello again."}
    assert desk.client.post("/settings/consents", data=sent).status_code == 303
    assert "Hello again." in desk.client.get("/settings/consents").text
    with desk.place.inside():
        assert consent_letters.letter(RESULT).since is None
        assert consent_letters.letter(RENEWAL).since is not None


def test_contact_page_tells_it_and_another_workspace_sees_none(korean: Desk, other_client: HostClient) -> None:
    contact_id = leave(korean)
    (mailing_id,) = post(korean, RESULT)
    page = korean.client.get(f"/contacts/{contact_id}").text
    assert f"/mailings/{mailing_id}" in page[page.index('id="told"') :]
    assert other_client.get(f"/contacts/{contact_id}").status_code == 404
    assert other_client.get(f"/mailings/{mailing_id}").status_code == 404


def test_another_workspace_is_told_nothing_of_it(korean: Desk, new_workspace: Callable[..., Place]) -> None:
    leave(korean)
    other = new_workspace(locale="ko")
    with other.inside():
        consent_mails.decide(RESULT, on=True, intro_ko="", intro_en="", now=clock.now() - DAY)
        assert consent_letters.due_count(RESULT, now=clock.now()) == 0
        assert consent_mails.post(RESULT, now=clock.now()) == []
