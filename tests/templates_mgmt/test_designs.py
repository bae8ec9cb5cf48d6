"""Mails as templates, templates of blocks with locks and versions, import and export."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa

from app.compose.content import of_blocks
from app.compose.models import Mailing
from app.core.db import db
from app.document.locks import Locked, parts, see_that_kept
from app.templates_mgmt import queries
from app.templates_mgmt.models import Template
from tests.support.workspaces import HostClient, Place

WORDS = {"type": "paragraph", "content": [{"type": "text", "text": "This week"}]}
IMPRINT = {"type": "footer", "attrs": {"locked": True}, "content": [
    {"type": "paragraph", "content": [{"type": "text", "text": "Harbour News, Quay 1"}]},
]}  # fmt: skip
DOCUMENT: dict[str, Any] = {"type": "doc", "content": [WORDS, IMPRINT]}


def template_of(place: Place, document: dict[str, Any] = DOCUMENT, **columns: str) -> int:
    with place.inside():
        made = Template(**{"title": "Weekly", "subject": "This week", **columns}, **of_blocks(document).values())
        db.session.add(made)
        db.session.flush()
        return made.id


def mail_of(place: Place, document: dict[str, Any] | None = DOCUMENT, html: str = "<p>Hi</p>") -> int:
    with place.inside():
        content = of_blocks(document).values() if document else {"html": html}
        made = Mailing(subject="This week", **content)
        db.session.add(made)
        db.session.flush()
        return made.id


def stored(place: Place, template_id: int) -> Template:
    with place.inside():
        found = queries.template(template_id)
        db.session.expunge(found)
        return found


def only_template(place: Place) -> Template:
    with place.inside():
        number = db.session.scalars(sa.select(Template.id)).one()
    return stored(place, number)


@pytest.mark.parametrize("document", [DOCUMENT, None], ids=["blocks", "html"])
def test_mail_becomes_a_template_and_stays_as_it_is(
    client: HostClient, workspace: Place, document: dict[str, Any] | None
) -> None:
    mailing_id = mail_of(workspace, document)
    assert 'value="This week"' in client.get(f"/mailings/{mailing_id}/template").text
    data = {"title": "Weekly", "folder": "News"}
    assert client.post(f"/mailings/{mailing_id}/templates", data=data).status_code == 303
    made = only_template(workspace)
    assert (made.title, made.folder, made.subject, made.document) == ("Weekly", "News", "This week", document)
    assert client.post(f"/mailings/{mailing_id}/templates", data={"title": ""}).status_code == 422


def test_templates_lie_in_folders(client: HostClient, workspace: Place) -> None:
    template_of(workspace, title="Weekly", folder="News")
    template_of(workspace, title="Autumn sale", folder="Shop")
    page = client.get("/templates/?folder=Shop").text
    assert "Autumn sale" in page
    assert "Weekly" not in page


def test_blocks_of_a_template_are_changed_and_nothing_is_written_over(client: HostClient, workspace: Place) -> None:
    template_id = template_of(workspace)
    assert "data-may-lock" in client.get(f"/templates/{template_id}/blocks").text
    other = deepcopy(DOCUMENT)
    other["content"][0]["content"][0]["text"] = "Next week"
    url = f"/templates/{template_id}/document"
    assert client.post(url, json={"document": other, "version": 1}).json == {"version": 2}
    assert "Next week" in stored(workspace, template_id).html
    late = client.post(url, json={"document": DOCUMENT, "version": 1})
    assert (late.status_code, late.json["version"]) == (409, 2)
    assert (
        client.post(url, json={"document": {"type": "doc", "content": [{"type": "x"}]}, "version": 2}).status_code
        == 422
    )
    assert client.post(f"/templates/{template_id}/presence", json={}).json["version"] == 2


def test_version_before_a_change_is_brought_back(client: HostClient, workspace: Place) -> None:
    template_id = template_of(workspace)
    other = deepcopy(DOCUMENT)
    other["content"][0]["content"][0]["text"] = "Next week"
    client.post(f"/templates/{template_id}/document", json={"document": other, "version": 1})
    page = client.get(f"/templates/{template_id}/versions").text
    version_id = int(page.split("/versions/")[1].split("/")[0])
    assert "This week" in client.get(f"/templates/{template_id}/versions/{version_id}/preview").text
    assert client.post(f"/templates/{template_id}/versions/{version_id}/restorations").status_code == 303
    assert stored(workspace, template_id).document == DOCUMENT
    # What one person changes in a sitting is one version.
    assert client.get(f"/templates/{template_id}/versions").text.count("/restorations") == 1


def without(document: dict[str, Any], number: int) -> dict[str, Any]:
    return document | {"content": [each for n, each in enumerate(document["content"]) if n != number]}


def changed(document: dict[str, Any], text: str) -> dict[str, Any]:
    other = deepcopy(document)
    other["content"][1]["content"][0]["content"][0]["text"] = text
    return other


@pytest.mark.parametrize(
    "tampered",
    [
        without(DOCUMENT, 1),
        changed(DOCUMENT, "Somebody else"),
        DOCUMENT | {"content": [*DOCUMENT["content"], IMPRINT]},
        DOCUMENT | {"content": [WORDS, IMPRINT | {"attrs": {"locked": False}}]},
    ],
    ids=["removed", "changed", "doubled", "unlocked"],
)
def test_locked_part_stays_whatever_is_sent(client: HostClient, workspace: Place, tampered: dict[str, Any]) -> None:
    mailing_id = mail_of(workspace)
    answer = client.post(f"/mailings/{mailing_id}/document", json={"document": tampered, "version": 1})
    assert answer.status_code == 422
    assert "locked" in answer.json["error"]
    with workspace.inside():
        assert db.session.get_one(Mailing, (workspace.id, mailing_id)).document == DOCUMENT


def test_what_is_not_locked_is_free_and_editors_may_number_and_split_words(
    client: HostClient, workspace: Place
) -> None:
    mailing_id = mail_of(workspace)
    split = deepcopy(DOCUMENT)
    split["content"][1]["content"][0]["content"] = [
        {"type": "text", "text": "Harbour News, "}, {"type": "text", "text": "Quay 1"},
    ]  # fmt: skip
    split["content"][1]["attrs"] |= {"id": "b1", "padding": None}
    split["content"].insert(0, {"type": "heading", "attrs": {"level": 1}, "content": [{"type": "text", "text": "New"}]})
    answer = client.post(f"/mailings/{mailing_id}/document", json={"document": split, "version": 1})
    assert answer.json == {"version": 2}


def test_no_way_through_html_leads_around_a_lock(client: HostClient, workspace: Place) -> None:
    mailing_id = mail_of(workspace)
    assert client.post(f"/mailings/{mailing_id}/html").status_code == 422
    assert client.post(f"/mailings/{mailing_id}/body", data={"html": "<p>x</p>", "version": "1"}).status_code == 422
    free = mail_of(workspace, without(DOCUMENT, 1))
    assert client.post(f"/mailings/{free}/html").status_code == 303
    with pytest.raises(Locked):
        see_that_kept(DOCUMENT, None)


MJML = "<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section></mj-body></mjml>"


@pytest.mark.parametrize(
    ("source", "words"),
    [(MJML, "Hello"), ("<h1>Design</h1><script>x</script>", "Design"), ("Plain words", "<p>Plain words</p>")],
    ids=["mjml", "html", "words"],
)
def test_design_is_taken_in_clean(client: HostClient, workspace: Place, source: str, words: str) -> None:
    assert client.post("/templates/import", data={"title": "Design", "source": source}).status_code == 303
    made = only_template(workspace)
    assert words in made.html
    assert "<script" not in made.html
    assert made.document is None


def test_exported_document_comes_back_as_it_was(client: HostClient, workspace: Place) -> None:
    template_id = template_of(workspace)
    given = client.get(f"/templates/{template_id}/export/json")
    assert "attachment" in given.headers["Content-Disposition"]
    client.post(f"/templates/{template_id}/deletions")
    file = (BytesIO(given.data), "mail.json")
    answer = client.post("/templates/import", data={"title": "Back", "file": file})
    assert answer.status_code == 303
    made = only_template(workspace)
    assert (made.document, made.subject) == (DOCUMENT, "This week")


def test_mjml_and_html_are_given_out(client: HostClient, workspace: Place) -> None:
    template_id, mailing_id = template_of(workspace), mail_of(workspace)
    assert client.get(f"/templates/{template_id}/export/mjml").text.startswith("<mjml")
    assert "This week" in client.get(f"/mailings/{mailing_id}/export/html").text
    assert client.get(f"/mailings/{mailing_id}/export/exe").status_code == 404
    pasted = mail_of(workspace, None)
    assert client.get(f"/mailings/{pasted}/export/mjml").status_code == 422
    # What was given out as MJML is taken in again.
    mjml = client.get(f"/templates/{template_id}/export/mjml").text
    assert client.post("/templates/import", data={"title": "Again", "source": mjml}).status_code == 303


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<mjml><mj-body>", "MJML cannot be read"),
        ('<mjml><mj-body><mj-include path="/etc/passwd"/></mj-body></mjml>', "MJML cannot be read"),
        ('{"a": 1}', "no document"),
        ("{broken", "no document"),
        ('{"type": "doc", "content": [{"type": "script"}]}', "cannot be read at"),
        ("[1]", None),
        ("", "Choose a file"),
    ],
)
def test_what_cannot_be_read_is_said_and_kept_on_the_page(
    client: HostClient, workspace: Place, source: str, words: str | None
) -> None:
    answer = client.post("/templates/import", data={"title": "Design", "source": source})
    if words is None:
        assert answer.status_code == 303
        return
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="Design"' in answer.text


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"x" * 4_100_000], ids=["binary", "huge"])
def test_file_that_is_no_design_is_refused(client: HostClient, content: bytes) -> None:
    answer = client.post("/templates/import", data={"title": "Design", "file": (BytesIO(content), "a.html")})
    assert answer.status_code in (413, 422)


def test_starters_name_the_workspace_and_its_address(
    new_workspace: Callable[..., Place],
) -> None:
    place = new_workspace(
        legal_name="Harbour News Ltd", postal_address="Quay 1", phone="02-123", contact_address="a@b.kr"
    )
    client = place.client()
    client.post("/templates/starters/notice/copies")
    text = json.dumps(only_template(place).document)
    assert "Your name" not in text
    answer = client.post("/mailings", data={"kind": "notice", "start": "starter:notice"})
    mailing_id = int(answer.location.split("/")[-2])
    with place.inside():
        html = db.session.get_one(Mailing, (place.id, mailing_id)).html
    assert "Harbour News Ltd" in html
    assert "Quay 1" in html


def test_another_workspace_reaches_none_of_it(workspace: Place, other_client: HostClient) -> None:
    template_id, mailing_id = template_of(workspace), mail_of(workspace)
    for path in ("blocks", "versions", "export/html", "versions/1/preview"):
        assert other_client.get(f"/templates/{template_id}/{path}").status_code == 404
    assert other_client.get(f"/mailings/{mailing_id}/export/html").status_code == 404
    assert other_client.get(f"/mailings/{mailing_id}/template").status_code == 404
    answer = other_client.post(f"/templates/{template_id}/document", json={"document": DOCUMENT, "version": 1})
    assert answer.status_code == 404
    assert other_client.post(f"/mailings/{mailing_id}/templates", data={"title": "x"}).status_code == 404
    assert other_client.post(f"/templates/{template_id}/versions/1/restorations").status_code == 404


def parts_of(place: Place, template_id: int) -> list[bool]:
    document = stored(place, template_id).document
    assert document is not None
    return [part.locked for part in parts(document)]


def test_only_what_is_ticked_may_be_changed(client: HostClient, workspace: Place, other_client: HostClient) -> None:
    template_id = template_of(workspace)
    assert parts_of(workspace, template_id) == [False, True]
    page = client.get(f"/templates/{template_id}").text
    assert "This week" in page[page.index('id="locks"') :]
    sent = {"version": "1", "free": ["1"]}
    assert client.post(f"/templates/{template_id}/locks", data=sent).status_code == 303
    assert parts_of(workspace, template_id) == [True, False]
    assert client.post(f"/templates/{template_id}/locks", data=sent).status_code == 409
    assert other_client.post(f"/templates/{template_id}/locks", data=sent).status_code == 404
