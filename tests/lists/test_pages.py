"""The pages of lists, people and the suppression list."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.lists import queries, service
from app.lists.service import Person
from tests.support.workspaces import Place


def made(workspace: Place, *addresses: str, title: str = "News") -> int:
    with workspace.inside():
        list_id = service.create_list("", title=title).id
        for address in addresses:
            service.add_person(list_id, Person(address, f"Name of {address[0]}"), consent="asked")
    return list_id


def contact_id(workspace: Place, address: str) -> int:
    with workspace.inside():
        found = queries.contact_by_address(address)
        assert found is not None
        return found.id


def text(answer: TestResponse) -> str:
    assert answer.status_code in (200, 422), answer.status_code
    return answer.get_data(as_text=True)


def test_a_list_is_made_with_its_id_and_title(client: FlaskClient) -> None:
    answer = client.post("/lists", data={"title": "Morning letter", "code": "morning"}, follow_redirects=True)
    assert "Morning letter" in text(answer)
    assert "morning" in text(client.get("/lists"))


def test_a_list_without_an_id_gets_one(workspace: Place, client: FlaskClient) -> None:
    client.post("/lists", data={"title": "Letter"})
    with workspace.inside():
        assert re.fullmatch(r"list-[0-9a-f]{6}", queries.lists()[0].code)


@pytest.mark.parametrize("data", [{"title": ""}, {"title": "x", "code": "a b"}, {"title": "x", "code": "taken"}])
def test_a_wrong_list_is_refused_and_nothing_typed_is_lost(client: FlaskClient, data: dict[str, str]) -> None:
    client.post("/lists", data={"title": "First", "code": "taken"})
    answer = client.post("/lists", data={**data, "description": "typed before"})
    assert answer.status_code == 422
    assert "typed before" in text(answer)


def test_a_list_is_archived_and_brought_back(workspace: Place, client: FlaskClient) -> None:
    list_id = made(workspace, "a@example.com")
    answer = client.post(f"/lists/{list_id}/archivings", follow_redirects=True)
    assert f'action="/lists/{list_id}/restorations"' in text(answer)
    with workspace.inside():
        assert queries.lists() == []
    client.post(f"/lists/{list_id}/restorations")
    with workspace.inside():
        assert [one.id for one in queries.lists()] == [list_id]


def test_a_list_shows_its_people_a_page_at_a_time(workspace: Place, client: FlaskClient) -> None:
    list_id = made(workspace, *(f"p{n:03}@example.com" for n in range(60)))
    first = text(client.get(f"/lists/{list_id}"))
    assert first.count('<th scope="row"><a href="/contacts/') == 50
    more = re.search(r'href="(/lists/\d+\?before=\d+)"', first)
    assert more is not None
    assert text(client.get(more[1])).count('<th scope="row"><a href="/contacts/') == 10


def test_people_are_found_by_any_part_and_by_state(workspace: Place, client: FlaskClient) -> None:
    list_id = made(workspace, "ann@example.com", "bob@example.net")
    assert "bob@example.net" not in text(client.get(f"/lists/{list_id}?q=Example.COM"))
    assert "bob@example.net" in text(client.get(f"/lists/{list_id}?q=name+of+B"))
    assert "100%" in text(client.get(f"/lists/{list_id}?q=100%25"))
    client.post(f"/lists/{list_id}/unsubscriptions", data={"ids": contact_id(workspace, "ann@example.com")})
    assert "ann@example.com" not in text(client.get(f"/lists/{list_id}?state=subscribed"))
    assert "ann@example.com" in text(client.get(f"/lists/{list_id}?state=unsubscribed"))


def test_unsubscribing_by_hand_can_be_undone(workspace: Place, client: FlaskClient) -> None:
    list_id = made(workspace, "ann@example.com", "bob@example.com")
    ids = [contact_id(workspace, address) for address in ("ann@example.com", "bob@example.com")]
    with workspace.inside():
        service.unsubscribe_contact(ids[1], [list_id], source="link")
    answer = client.post(f"/lists/{list_id}/unsubscriptions", data={"ids": ids}, follow_redirects=True)
    undo = re.search(r'action="(/lists/\d+/resubscriptions\?ids=[^"]+)"', text(answer))
    assert undo is not None
    client.post(undo[1].replace("&amp;", "&"))
    with workspace.inside():
        found = queries.contact_list(list_id)
        assert found is not None
        assert (found.subscribed, found.unsubscribed) == (1, 1)


def test_a_person_is_added_with_consent_only(workspace: Place, client: FlaskClient) -> None:
    list_id = made(workspace)
    data = {"address": "Ann@Example.com", "name": "Ann"}
    assert client.post(f"/lists/{list_id}/contacts", data=data).status_code == 422
    assert client.post(f"/lists/{list_id}/contacts", data={**data, "consent": "asked"}).status_code == 303
    assert client.post(f"/lists/{list_id}/contacts", data={"address": "no", "consent": "x"}).status_code == 422
    assert "Ann@Example.com" in text(client.get(f"/lists/{list_id}"))


def test_a_contact_is_corrected_but_not_into_somebody_else(workspace: Place, client: FlaskClient) -> None:
    made(workspace, "ann@example.com", "bob@example.com")
    ann = contact_id(workspace, "ann@example.com")
    assert client.post(f"/contacts/{ann}", data={"address": "BOB@example.com"}).status_code == 422
    client.post(f"/contacts/{ann}", data={"address": "anna@example.com", "name": "Anna"})
    page = text(client.get(f"/contacts/{ann}"))
    assert "anna@example.com" in page
    assert "asked" in page


def test_deleting_asks_first(workspace: Place, client: FlaskClient) -> None:
    list_id = made(workspace, "ann@example.com")
    ann = contact_id(workspace, "ann@example.com")
    assert "1 person will be forgotten" in text(client.post("/contacts/deletions", data={"ids": ann, "list": list_id}))
    answer = client.post("/contacts/deletions", data={"ids": ann, "list": list_id, "confirmed": "1"})
    assert answer.location == f"/lists/{list_id}"
    assert client.get(f"/contacts/{ann}").status_code == 404


def test_the_suppression_list_is_kept_by_hand(workspace: Place, client: FlaskClient) -> None:
    list_id = made(workspace, "ann@example.com")
    assert client.post("/suppressions", data={"address": "nobody"}).status_code == 422
    client.post("/suppressions", data={"address": "bad.example", "subdomains": "y"})
    assert "@bad.example" in text(client.get("/suppressions"))
    assert "and below" in text(client.get("/suppressions"))
    client.post("/suppressions/removals", data={"address_key": "@bad.example"})
    client.post("/suppressions", data={"address": "Ann@Example.com", "note": "asked by telephone"})
    assert "asked by telephone" in text(client.get("/suppressions"))
    assert "Suppressed" in text(client.get(f"/lists/{list_id}"))
    client.post("/suppressions/removals", data={"address_key": "ann@example.com"})
    assert "Nobody is on it" in text(client.get("/suppressions"))
    assert client.post("/suppressions/removals", data={"address_key": "ann@example.com"}).status_code == 404


def test_another_workspace_sees_and_changes_nothing(
    workspace: Place, client: FlaskClient, other_client: FlaskClient
) -> None:
    list_id = made(workspace, "ann@example.com")
    ann = contact_id(workspace, "ann@example.com")
    client.post("/suppressions", data={"address": "gone@example.com"})
    for path in (f"/lists/{list_id}", f"/contacts/{ann}", f"/lists/{list_id}/imports/new", f"/lists/{list_id}/edit"):
        assert other_client.get(path).status_code == 404
    assert "ann@example.com" not in text(other_client.get("/contacts"))
    assert "gone@example.com" not in text(other_client.get("/suppressions"))
    assert other_client.post(f"/lists/{list_id}/unsubscriptions", data={"ids": ann}).status_code == 404
    other_client.post("/contacts/deletions", data={"ids": ann, "confirmed": "1"})
    assert client.get(f"/contacts/{ann}").status_code == 200


def test_pages_are_korean_for_a_korean_workspace(new_workspace: object) -> None:
    place = new_workspace(locale="ko")  # type: ignore[operator]
    assert "명단" in text(place.client().get("/lists"))


def test_what_members_type_is_never_html(workspace: Place, client: FlaskClient) -> None:
    list_id = made(workspace, title="<b>bold</b>")
    page = client.post(f"/lists/{list_id}/imports", data={"text": "a@example.com\t<i>Ann</i>"}).location
    for path in ("/lists", f"/lists/{list_id}", page):
        shown = text(client.get(path))
        assert "<b>bold" not in shown
        assert "<i>Ann" not in shown
    client.post(f"{page}/cancellations")
    assert "&lt;b&gt;bold" in text(client.get(page))
