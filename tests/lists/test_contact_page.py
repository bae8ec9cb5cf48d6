"""What the page of a person tells: consents, mails, edits."""

from __future__ import annotations

from flask.testing import FlaskClient

from app.lists import edits, fields, queries, service
from app.lists.fields import Wanted
from app.lists.service import Person
from app.lists.states import FieldKind
from tests.support.content import fill
from tests.support.workspaces import Place


def test_the_page_tells_consents_mails_and_edits(workspace: Place, client: FlaskClient) -> None:
    ids = fill(workspace)
    with workspace.inside():
        service.unsubscribe_contact(ids["contact_id"], [ids["list_id"]], source="one_click")
    client.post(f"/contacts/{ids['contact_id']}", data={"address": "reader@example.com", "name": "Anna <b>"})
    page = client.get(f"/contacts/{ids['contact_id']}").text
    history = page[page.index('id="consents"') : page.index('id="mails"')]
    assert history.count('<th scope="row">') == 2
    assert "One click in the mail program" in history
    assert "Today" in page[page.index('id="mails"') : page.index('id="edits"')]
    told = page[page.index('id="edits"') :]
    assert "<del>Reader</del> → Anna &lt;b&gt;" in told
    assert "<del>Reader@example.com</del> → reader@example.com" in told


def test_an_edit_keeps_who_and_only_what_changed(workspace: Place, client: FlaskClient) -> None:
    with workspace.inside():
        list_id = service.create_list("", title="News").id
        contact_id = service.add_person(list_id, Person("ann@example.com", "Ann"), consent="asked").id
        field = fields.create_field(Wanted("Points", FieldKind.NUMBER))
        key, name = field.key, f"field_{field.id}"
    sent = {"address": "ann@example.com", "name": "Ann", name: "7"}
    client.post(f"/contacts/{contact_id}", data=sent)
    client.post(f"/contacts/{contact_id}", data=sent)
    assert client.post(f"/contacts/{contact_id}", data={**sent, name: "many"}).status_code == 422
    with workspace.inside():
        (found,) = edits.edits(contact_id)
        assert (found.before, found.after) == ({key: None}, {key: 7})
        assert (found.member_id, found.changed_by) == (workspace.member_id, "member")


def test_adding_somebody_again_under_another_name_is_an_edit(workspace: Place, client: FlaskClient) -> None:
    with workspace.inside():
        list_id = service.create_list("", title="News").id
    for name in ("Ann", "", "Anna"):
        data = {"address": "ann@example.com", "name": name, "consent": "asked"}
        assert client.post(f"/lists/{list_id}/contacts", data=data).status_code == 303
    with workspace.inside():
        ann = queries.contact_by_address("ann@example.com")
        assert ann is not None
        assert [(one.before, one.after) for one in edits.edits(ann.id)] == [({"name": "Ann"}, {"name": "Anna"})]


def test_another_workspace_sees_no_edits(workspace: Place, client: FlaskClient, other_workspace: Place) -> None:
    ids = fill(workspace)
    client.post(f"/contacts/{ids['contact_id']}", data={"address": "reader@example.com", "name": "Secret"})
    with workspace.inside():
        assert len(edits.edits(ids["contact_id"])) == 1
    with other_workspace.inside():
        assert edits.edits(ids["contact_id"]) == []
    assert other_workspace.client().get(f"/contacts/{ids['contact_id']}").status_code == 404
