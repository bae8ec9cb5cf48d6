"""A mail of blocks: begun, saved by the editor, protected from others; who else is there."""

from __future__ import annotations

from typing import Any

import pytest

from app.core import clock
from app.core.access import Role
from app.core.db import db
from app.core.tenancy import control_plane
from app.core.unit import unit_of_work
from app.tenants.models import Account, Member
from tests.compose.conftest import Desk
from tests.support.workspaces import HostClient, Place


def words(text: str) -> dict[str, Any]:
    return {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]}


@pytest.fixture
def mailing_id(desk: Desk) -> int:
    made = desk.draft(html="", subject="")
    desk.client.post(f"/mailings/{made}/starts", data={"start": "blank"})
    return made


def joined(place: Place, name: str, role: Role) -> HostClient:
    """A browser of somebody else who belongs to the workspace."""
    with place.dispatcher.site.app_context(), control_plane(), unit_of_work():
        address = f"{name.lower()}-{place.id}@example.com"
        account = Account(email=address, name=name, password_hash="x", verified_at=clock.now(), locale="en")
        db.session.add(account)
        db.session.flush()
        db.session.add(Member(tenant_id=place.id, account_id=account.id, role=role))
        account_id = account.id
    return place.client(account_id=account_id)


def save(client: HostClient, mailing_id: int, document: object, version: int) -> Any:
    return client.post(f"/mailings/{mailing_id}/document", json={"document": document, "version": version})


def test_blank_page_is_one_of_blocks_with_a_way_to_leave(desk: Desk, mailing_id: int) -> None:
    mailing = desk.mailing(mailing_id)
    assert mailing.document is not None
    assert "{{unsubscribe_url}}" in mailing.html
    page = desk.client.get(f"/mailings/{mailing_id}/body")
    assert "data-writer" in page.text
    assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"]


def test_saving_stores_the_document_as_it_is_and_the_mail_it_renders_to(desk: Desk, mailing_id: int) -> None:
    version = desk.mailing(mailing_id).version
    answer = save(desk.client, mailing_id, words("Good evening"), version)
    assert answer.json == {"version": version + 1}
    mailing = desk.mailing(mailing_id)
    assert mailing.document == words("Good evening")
    assert "Good evening" in mailing.html
    assert "Good evening" in desk.client.get(f"/mailings/{mailing_id}/preview/mail").text


def test_newer_text_of_somebody_else_is_told_and_not_written_over(desk: Desk, mailing_id: int) -> None:
    version = desk.mailing(mailing_id).version
    save(desk.client, mailing_id, words("Theirs"), version)
    answer = save(desk.client, mailing_id, words("Mine"), version)
    assert answer.status_code == 409
    assert answer.json["document"] == words("Theirs")
    assert answer.json["by"] == "Owner"
    assert save(desk.client, mailing_id, words("Mine"), answer.json["version"]).status_code == 200
    assert desk.mailing(mailing_id).document == words("Mine")


@pytest.mark.parametrize(
    "document",
    [None, "x", {"type": "doc", "content": [{"type": "script"}]}, {"type": "doc", "attrs": {"evil": 1}}],
    ids=["nothing", "text", "unknown block", "unknown attribute"],
)
def test_what_is_no_document_is_refused_with_a_sentence(desk: Desk, mailing_id: int, document: object) -> None:
    before = desk.mailing(mailing_id)
    answer = save(desk.client, mailing_id, document, before.version)
    assert answer.status_code == 422
    assert answer.json["error"]
    assert desk.mailing(mailing_id).document == before.document


def test_mail_is_begun_with_an_earlier_one(desk: Desk, mailing_id: int) -> None:
    save(desk.client, mailing_id, words("As last week"), desk.mailing(mailing_id).version)
    fresh = desk.draft(html="", subject="")
    assert f"mailing:{mailing_id}" in desk.client.get(f"/mailings/{fresh}/body").text
    desk.client.post(f"/mailings/{fresh}/starts", data={"start": f"mailing:{mailing_id}"})
    assert desk.mailing(fresh).document == words("As last week")


def test_blocks_become_html_when_asked(desk: Desk, mailing_id: int) -> None:
    save(desk.client, mailing_id, words("Good evening"), desk.mailing(mailing_id).version)
    assert desk.client.post(f"/mailings/{mailing_id}/html").status_code == 303
    mailing = desk.mailing(mailing_id)
    assert mailing.document is None
    assert "Good evening" in mailing.html
    assert 'name="html"' in desk.client.get(f"/mailings/{mailing_id}/body").text


def test_two_people_on_one_mail_are_told(desk: Desk, mailing_id: int, workspace: Place) -> None:
    assert desk.client.post(f"/mailings/{mailing_id}/presence").json["others"] == []
    colleague = joined(workspace, "Minji", Role.EDITOR)
    assert colleague.post(f"/mailings/{mailing_id}/presence").json["others"] == ["Owner"]
    answer = desk.client.post(f"/mailings/{mailing_id}/presence").json
    assert answer == {"others": ["Minji"], "version": desk.mailing(mailing_id).version}


def test_another_workspace_neither_reads_nor_writes_it(desk: Desk, mailing_id: int, other_client: HostClient) -> None:
    for path in ("document", "presence", "starts", "html"):
        answer = other_client.post(f"/mailings/{mailing_id}/{path}", json={"document": words("x"), "version": 1})
        assert answer.status_code in (404, 422), path
    assert other_client.get(f"/mailings/{mailing_id}/body").status_code == 404
    assert desk.mailing(mailing_id).document != words("x")


def test_who_may_only_look_cannot_save(desk: Desk, mailing_id: int, workspace: Place) -> None:
    analyst = joined(workspace, "Reader", Role.ANALYST)
    assert "&#34;readonly&#34;: true" in analyst.get(f"/mailings/{mailing_id}/body").text
    assert save(analyst, mailing_id, words("x"), 1).status_code == 403
