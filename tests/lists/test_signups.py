"""Readers sign up by themselves: the form, the mail that asks, the yes; and imports whose people are asked."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import clock
from app.core.db import db
from app.lists import fields, queries, service, signup_forms, signups
from app.lists.fields import Wanted
from app.lists.importer import imports
from app.lists.jobs import post_confirmations
from app.lists.models import Import, Signup, Subscription, SubscriptionPast
from app.lists.service import Person
from app.lists.signup_forms import FormChoices
from app.lists.states import FieldKind, ImportPolicy
from app.lists.suppression import erased_key
from tests.support.letters import letters_to, link_in
from tests.support.workspaces import Place

_numbers = itertools.count(1)
AGREED = {"agreed": "y"}


def fresh_address() -> str:
    """One that no other test's letters go to, and that was never counted."""
    return f"reader-{os.getpid()}-{next(_numbers)}@example.com"


def open_form(**choices: object) -> tuple[int, str]:
    """A list with an open form; return its id and the form's key."""
    list_id = service.create_list("", title="Evening letter").id
    usual = {"open": True, "double_opt_in": True, "asks_name": True, "field_keys": [], "locale": "en"}
    return list_id, signup_forms.save_form(list_id, FormChoices(**{**usual, **choices})).key


def state_of(list_id: int, address: str) -> str | None:
    contact = queries.contact_by_address(address)
    places = queries.places_of(contact.id) if contact else []
    return next((place.state.value for place in places if place.list_id == list_id), None)


def test_a_reader_signs_up_and_says_yes(workspace: Place) -> None:
    with workspace.inside():
        field = fields.create_field(Wanted("Region", FieldKind.TEXT))
        region, field_id = field.key, field.id
        list_id, key = open_form(field_keys=[region])
    reader, address = workspace.anonymous(), fresh_address()
    assert "Evening letter" in reader.get(f"/join/{key}").text
    sent = reader.post(f"/join/{key}", data={"email": address, "name": "Ann", f"field_{field_id}": "Jeju", **AGREED})
    assert sent.location == f"/join/{key}/thanks"
    assert "Look into your mail" in reader.get(sent.location).text
    with workspace.inside():
        assert state_of(list_id, address) == "unconfirmed"
        assert list(db.session.execute(queries.audience(queries.Audience((list_id,))))) == []
    (letter,) = letters_to(workspace, address)
    assert letter.sender_name == "Tenant News"
    path = link_in(letter)
    assert "data-presses-itself" not in reader.get(path).text
    with workspace.inside():
        assert state_of(list_id, address) == "unconfirmed"
    assert "You are on the list" in reader.post(path, follow_redirects=True).text
    with workspace.inside():
        contact = queries.contact_by_address(address)
        assert contact is not None
        assert (contact.name, contact.fields) == ("Ann", {region: "Jeju"})
        place = db.session.scalars(sa.select(Subscription)).one()
        assert (place.state, place.source, place.changed_by) == ("subscribed", "form", "confirmation")
        assert place.consent == f"I want to get “Evening letter” from {workspace.workspace.name} by e-mail."
        assert place.ip == reader.environ_base["REMOTE_ADDR"]
        (before,) = db.session.scalars(sa.select(SubscriptionPast))
        assert (before.state, before.changed_by) == ("unconfirmed", "form")


def test_three_minutes_after_the_mail_the_page_presses_its_button_itself(workspace: Place) -> None:
    with workspace.inside():
        list_id, key = open_form()
    address, reader = fresh_address(), workspace.anonymous()
    reader.post(f"/join/{key}", data={"email": address, **AGREED})
    path = link_in(letters_to(workspace, address)[0])
    with workspace.inside():
        db.session.execute(sa.update(Signup).values(asked_at=clock.now() - timedelta(minutes=4)))
    assert "data-presses-itself" in reader.get(path).text
    with workspace.inside():
        assert state_of(list_id, address) == "unconfirmed"


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(workspace: Place) -> None:
    with workspace.inside():
        _, key = open_form()
    answer = workspace.anonymous().post(f"/join/{key}", data={"email": "ann@", "name": "Ann Lee"})
    assert answer.status_code == 422
    assert 'value="Ann Lee"' in answer.text
    assert "Tick the box if you agree." in answer.text
    answer = workspace.anonymous().post(f"/join/{key}", data={"email": "ann@", "name": "Ann Lee", **AGREED})
    assert "is not an e-mail address" in answer.text


def test_a_machine_that_fills_in_what_nobody_sees_learns_nothing(workspace: Place) -> None:
    with workspace.inside():
        list_id, key = open_form()
    address = fresh_address()
    sent = workspace.anonymous().post(f"/join/{key}", data={"email": address, "website": "http://spam", **AGREED})
    assert sent.location == f"/join/{key}/thanks"
    assert letters_to(workspace, address) == []
    with workspace.inside():
        assert state_of(list_id, address) is None


def test_an_address_is_asked_three_times_a_day_by_all_workspaces_together(
    workspace: Place, other_workspace: Place
) -> None:
    address = fresh_address()
    for place in (workspace, other_workspace):
        with place.inside():
            _, key = open_form()
        for _ in range(3):
            assert place.anonymous().post(f"/join/{key}", data={"email": address, **AGREED}).status_code == 303
    assert len(letters_to(workspace, address)) == signups.MAILS_A_DAY


def test_one_network_address_may_not_try_for_ever(workspace: Place) -> None:
    with workspace.inside():
        _, key = open_form()
    machine = workspace.anonymous()
    answers = [machine.post(f"/join/{key}", data={"email": "x"}).status_code for _ in range(21)]
    assert answers == [422] * 20 + [429]


def test_somebody_else_cannot_rewrite_a_known_person(workspace: Place) -> None:
    address = fresh_address()
    with workspace.inside():
        list_id, key = open_form()
        service.add_person(list_id, Person(address, name="Ann"), consent="asked")
    workspace.anonymous().post(f"/join/{key}", data={"email": address, "name": "Mallory", **AGREED})
    with workspace.inside():
        known = queries.contact_by_address(address)
        assert known is not None
        assert known.name == "Ann"


@pytest.mark.parametrize("reason", ["manual", "domain", "complaint"])
def test_whom_a_member_or_a_complaint_keeps_out_is_not_even_asked(workspace: Place, reason: str) -> None:
    address = fresh_address()
    with workspace.inside():
        _, key = open_form()
        if reason == "domain":
            service.suppress_domain("example.com")
        else:
            service.suppress_address(address).reason = reason
    assert workspace.anonymous().post(f"/join/{key}", data={"email": address, **AGREED}).status_code == 303
    assert letters_to(workspace, address) == []


def test_the_forgotten_come_back_by_their_own_yes(workspace: Place) -> None:
    address = fresh_address()
    with workspace.inside():
        list_id, key = open_form()
        person = service.add_person(list_id, Person(address), consent="asked")
        service.delete_contacts([person.id])
    reader = workspace.anonymous()
    reader.post(f"/join/{key}", data={"email": address, **AGREED})
    with workspace.inside():
        assert queries.suppression_of(address) is not None
    reader.post(link_in(letters_to(workspace, address)[0]))
    with workspace.inside():
        assert queries.entry_with(erased_key(address)) is None
        assert [found for _, found in db.session.execute(queries.audience(queries.Audience((list_id,))))] == [address]


@pytest.mark.parametrize("left_before", [False, True])
def test_without_double_opt_in_only_the_new_are_on_at_once(workspace: Place, left_before: bool) -> None:
    address = fresh_address()
    with workspace.inside():
        list_id, key = open_form(double_opt_in=False)
        if left_before:
            person = service.add_person(list_id, Person(address), consent="asked")
            service.unsubscribe_contact(person.id, [list_id], source="link")
    workspace.anonymous().post(f"/join/{key}", data={"email": address, **AGREED})
    with workspace.inside():
        assert state_of(list_id, address) == ("unsubscribed" if left_before else "subscribed")
    assert len(letters_to(workspace, address)) == int(left_before)


def test_a_closed_form_and_another_workspaces_are_not_there(workspace: Place, other_workspace: Place) -> None:
    with workspace.inside():
        list_id, key = open_form()
    address = fresh_address()
    workspace.anonymous().post(f"/join/{key}", data={"email": address, **AGREED})
    path = link_in(letters_to(workspace, address)[0])
    for method in ("get", "post"):
        assert getattr(other_workspace.anonymous(), method)(path).status_code == 404
        assert getattr(other_workspace.anonymous(), method)(f"/join/{key}").status_code == 404
    with workspace.inside():
        signup_forms.form_of(list_id).open = False
    assert workspace.anonymous().get(f"/join/{key}").status_code == 404


def test_the_page_speaks_both_languages(workspace: Place) -> None:
    with workspace.inside():
        _, key = open_form(locale="ko")
    reader = workspace.anonymous()
    korean, english = reader.get(f"/join/{key}").text, reader.get(f"/join/{key}?lang=en").text
    assert ('lang="ko"' in korean, 'lang="en"' in english) == (True, True)
    assert "Subscribe to Evening letter" in english
    assert "Subscribe to" not in korean
    assert f'href="/join/{key}?lang=en"' in korean
    address = fresh_address()
    sent = reader.post(f"/join/{key}", data={"email": address, "lang": "en", **AGREED})
    assert sent.location.endswith("?lang=en")
    assert letters_to(workspace, address)[0].subject == "Please confirm: Evening letter"


def test_only_the_embedded_form_may_be_framed_by_others(workspace: Place) -> None:
    with workspace.inside():
        _, key = open_form()
    reader = workspace.anonymous()
    assert "frame-ancestors *" in reader.get(f"/join/{key}?embedded=1").headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in reader.get(f"/join/{key}").headers["Content-Security-Policy"]
    sent = reader.post(f"/join/{key}", data={"email": fresh_address(), "embedded": "1", **AGREED})
    assert sent.location == f"/join/{key}/thanks?embedded=1"


def test_an_imports_people_are_asked_once_each(workspace: Place, run_tasks: Callable[[], None]) -> None:
    addresses = sorted(fresh_address() for _ in range(3))
    with workspace.inside():
        list_id = service.create_list("", title="Imported").id
        entry = Import(list_id=list_id, source="paste", consent="said so at the fair")
        db.session.add(entry)
        db.session.flush()
        for address in addresses:
            person = service.add_person(list_id, Person(address), consent="said so at the fair")
            place = db.session.get(Subscription, (workspace.id, list_id, person.id))
            assert place is not None
            place.state, place.import_id = "unconfirmed", entry.id
        service.suppress_address(addresses[2])
        import_id = entry.id
    for _ in range(2):
        with workspace.app.app_context():
            post_confirmations(import_id)
    assert [len(letters_to(workspace, address)) for address in addresses] == [1, 1, 0]
    workspace.anonymous().post(link_in(letters_to(workspace, addresses[0])[0]))
    with workspace.inside():
        found = queries.contact_list(list_id)
        assert found is not None
        assert (found.subscribed, found.unconfirmed) == (1, 2)


def test_one_mail_asks_for_all_lists_of_an_import(workspace: Place, other_workspace: Place) -> None:
    address, settled = fresh_address(), fresh_address()
    with workspace.inside():
        first, second, third = (service.create_list("", title=title).id for title in ("Evening", "Morning", "Sport"))
        service.add_person(second, Person(settled), consent="asked")
        entry = imports.paste(first, f"{address}\n{settled}")
        wish = imports.Wish(also_lists=[second, third], double_opt_in=True)
        imports.run(entry, consent="at the fair", policy=ImportPolicy.UPDATE, now=clock.now(), wish=wish)
        while imports.merge_next(entry.id, now=clock.now()):
            pass
        import_id = entry.id
    for _ in range(2):
        with workspace.app.app_context():
            post_confirmations(import_id)
    (letter,), (other,) = letters_to(workspace, address), letters_to(workspace, settled)
    assert letter.subject == "Please confirm: Evening, Morning, Sport"
    assert "Morning" not in other.text
    assert "“Evening”, “Morning”, “Sport”" in workspace.anonymous().get(link_in(letter)).text
    assert other_workspace.anonymous().post(link_in(letter)).status_code == 404
    workspace.anonymous().post(link_in(letter))
    with workspace.inside():
        assert [state_of(one, address) for one in (first, second, third)] == ["subscribed"] * 3
        assert [state_of(one, settled) for one in (first, second, third)] == [
            "unconfirmed", "subscribed", "unconfirmed",
        ]  # fmt: skip


def test_no_more_are_asked_in_a_day_than_the_cap(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signups, "ASKED_A_DAY", 0)
    with workspace.inside():
        entry = Import(list_id=service.create_list("", title="Imported").id, source="paste", consent="asked")
        db.session.add(entry)
        db.session.flush()
        assert signups.ask_next(entry.id, 7, now=clock.now()) == signups.Asked(7, again=3600)


def test_a_member_switches_the_form_on_and_takes_it_along(
    workspace: Place, client: FlaskClient, other_client: FlaskClient
) -> None:
    with workspace.inside():
        list_id = service.create_list("", title="Evening letter").id
        key = fields.create_field(Wanted("Region", FieldKind.CHOICE, ["Seoul", "Jeju"])).key
    preview = client.get(f"/lists/{list_id}/signup/preview?title=Come+in&locale=ko&field_keys={key}").text
    assert ("Come in" in preview, "Jeju" in preview) == (True, True)
    chosen = {"open": "y", "double_opt_in": "y", "locale": "en", "field_keys": key, "intro": "<b>Daily</b>"}
    assert client.post(f"/lists/{list_id}/signup", data=chosen).status_code == 303
    page = client.get(f"/lists/{list_id}/signup").text
    with workspace.inside():
        form = signup_forms.form_of(list_id)
        assert (form.open, form.asks_name, form.field_keys) == (True, False, [key])
        address = f"{workspace.url}/join/{form.key}"
    assert f"&lt;form method=&#34;post&#34; action=&#34;{address}&#34;" in page
    assert f"{address}?embedded=1" in page
    assert "&lt;b&gt;Daily" in workspace.anonymous().get(address).text
    for path in (f"/lists/{list_id}/signup", f"/lists/{list_id}/signup/preview"):
        assert other_client.get(path).status_code == 404
    assert other_client.post(f"/lists/{list_id}/signup", data=chosen).status_code == 404
