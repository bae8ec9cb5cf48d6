"""Whoever asked to be forgotten is not brought back by somebody else."""

from __future__ import annotations

from flask.testing import FlaskClient

from app.core import clock
from app.lists import queries, service
from app.lists.importer import imports
from app.lists.service import Person
from app.lists.states import ImportPolicy
from tests.support.workspaces import Place


def forget(place: Place, address: str) -> int:
    """Somebody was on a list and is forgotten; return the list."""
    with place.inside():
        list_id = service.create_list("", title="News").id
        service.delete_contacts([service.add_person(list_id, Person(address), consent="asked").id])
        return list_id


def brought_in(place: Place, list_id: int) -> tuple[list[str], dict[str, int]]:
    with place.inside():
        entry = imports.paste(list_id, "Gone@example.com\nhere@example.com")
        imports.run(entry, consent="asked", policy=ImportPolicy.UPDATE, now=clock.now())
        while imports.merge_next(entry.id, now=clock.now()):
            pass
        return [row.address for row in queries.members_of(list_id)], entry.findings


def test_an_import_refuses_the_forgotten_and_says_why(workspace: Place, client: FlaskClient) -> None:
    list_id = forget(workspace, "gone@example.com")
    page = client.post(f"/lists/{list_id}/imports", data={"text": "gone@example.com\nhere@example.com"}).location
    assert "Asked to be forgotten" in client.get(page).text
    people, findings = brought_in(workspace, list_id)
    assert people == ["here@example.com"]
    assert (findings["new"], findings["invalid"]) == (1, 1)


def test_a_member_cannot_add_the_forgotten(workspace: Place, client: FlaskClient) -> None:
    list_id = forget(workspace, "gone@example.com")
    answer = client.post(f"/lists/{list_id}/contacts", data={"address": "GONE@example.com", "consent": "x"})
    assert (answer.status_code, "asked to be forgotten" in answer.text) == (422, True)
    with workspace.inside():
        assert queries.contact_by_address("gone@example.com") is None


def test_who_was_forgotten_elsewhere_is_welcome_here(workspace: Place, other_workspace: Place) -> None:
    forget(workspace, "gone@example.com")
    with other_workspace.inside():
        list_id = service.create_list("", title="News").id
    people, _ = brought_in(other_workspace, list_id)
    assert sorted(people) == ["Gone@example.com", "here@example.com"]
