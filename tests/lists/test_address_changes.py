"""A reader's new address: asked for on their own page, and theirs when the new address says yes."""

from __future__ import annotations

import itertools
import os

import pytest

from app.lists import preferences, queries, service
from app.lists.service import Person
from app.lists.states import SubscriptionState
from app.lists.suppression import erased_key
from tests.support.letters import letters_to, link_in
from tests.support.workspaces import Place

_numbers = itertools.count(1)


def fresh() -> str:
    return f"moving-{os.getpid()}-{next(_numbers)}@example.com"


def a_reader(place: Place, *titles: str) -> tuple[str, str, list[int]]:
    """Somebody on some lists: their address, the token of their page, the lists."""
    address = fresh()
    with place.inside():
        ids = [service.create_list("", title=title).id for title in titles or ("Evening",)]
        people = [service.add_person(list_id, Person(address, name="Ann"), consent="asked") for list_id in ids]
        return address, preferences.token_of(people[0].id), ids


def lists_of(place: Place, address: str) -> set[int]:
    with place.inside():
        found = queries.contact_by_address(address)
        places = queries.places_of(found.id) if found else []
        return {one.list_id for one in places if one.state is SubscriptionState.SUBSCRIBED}


def test_a_reader_moves_to_the_address_that_says_yes(workspace: Place) -> None:
    old, token, ids = a_reader(workspace, "Evening", "Morning")
    new, reader = fresh(), workspace.anonymous()
    asked = reader.post(f"/my/{token}/addresses", data={"address": new}, follow_redirects=True)
    assert "We have sent a mail to the new address." in asked.text
    path = link_in(letters_to(workspace, new)[0])
    assert "Yes, this is my address" in reader.get(path).text
    assert lists_of(workspace, old) == set(ids)
    moved = reader.post(path, follow_redirects=True)
    assert ("Your mails come to this address from now on." in moved.text, new in moved.text) == (True, True)
    assert (lists_of(workspace, new), lists_of(workspace, old)) == (set(ids), set())
    with workspace.inside():
        found = queries.contact_by_address(new)
        assert found is not None
        name, contact_id = found.name, found.id
    assert "Your mails go to another address now" in [letter.subject for letter in letters_to(workspace, old)]
    assert "Your mails go here already" in reader.get(path).text
    assert reader.post(path).status_code == 303
    page = workspace.client().get(f"/contacts/{contact_id}").text
    assert (name, f"<del>{old}</del>" in page, "The person’s own page" in page) == ("Ann", True, True)


def test_one_person_with_two_addresses_becomes_one(workspace: Place) -> None:
    old, token, ids = a_reader(workspace)
    new, _, others = a_reader(workspace, "Morning")
    reader = workspace.anonymous()
    reader.post(f"/my/{token}/addresses", data={"address": new})
    reader.post(link_in(letters_to(workspace, new)[0]))
    assert (lists_of(workspace, new), lists_of(workspace, old)) == ({*ids, *others}, set())


@pytest.mark.parametrize(("typed", "said"), [("ann@", "is not an e-mail address"), ("", "Your mails go to")])
def test_what_is_wrong_is_said_and_what_was_typed_stays(workspace: Place, typed: str, said: str) -> None:
    old, token, _ = a_reader(workspace)
    answer = workspace.anonymous().post(f"/my/{token}/addresses", data={"address": typed or old.upper()})
    assert answer.status_code == 422
    assert (said in answer.text, f'value="{typed or old.upper()}"' in answer.text) == (True, True)


@pytest.mark.parametrize("kept_out", ["manual", "domain"])
def test_an_address_that_is_kept_out_is_not_asked_and_the_reader_learns_nothing(
    workspace: Place, kept_out: str
) -> None:
    _, token, _ = a_reader(workspace)
    new = fresh()
    with workspace.inside():
        service.suppress_address(new) if kept_out == "manual" else service.suppress_domain("example.com")
    assert workspace.anonymous().post(f"/my/{token}/addresses", data={"address": new}).status_code == 303
    assert letters_to(workspace, new) == []


def test_an_address_that_was_forgotten_comes_back_by_its_own_yes(workspace: Place) -> None:
    _, token, ids = a_reader(workspace)
    new, other, _ = a_reader(workspace, "Old")
    workspace.anonymous().post(f"/my/{other}/erasure")
    reader = workspace.anonymous()
    reader.post(f"/my/{token}/addresses", data={"address": new})
    reader.post(link_in(letters_to(workspace, new)[0]))
    assert lists_of(workspace, new) == set(ids)
    with workspace.inside():
        assert queries.entry_with(erased_key(new)) is None


def test_a_link_works_for_the_address_it_was_asked_from_alone(workspace: Place, other_workspace: Place) -> None:
    _, token, ids = a_reader(workspace)
    first, second, reader = fresh(), fresh(), workspace.anonymous()
    for new in (first, second):
        reader.post(f"/my/{token}/addresses", data={"address": new})
    paths = [link_in(letters_to(workspace, new)[0]) for new in (first, second)]
    assert [other_workspace.anonymous().open(paths[0], method=how).status_code for how in ("GET", "POST")] == [404] * 2
    reader.post(paths[1])
    assert reader.post(paths[0]).status_code == 404
    assert lists_of(workspace, second) == set(ids)
