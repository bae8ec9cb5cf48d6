"""Blocks kept for other mails, and their copies brought up to date where that is wanted."""

from __future__ import annotations

from typing import Any

import pytest

from app.compose.content import of_blocks
from app.compose.models import Mailing
from app.core.db import db
from app.templates_mgmt import queries as templates
from app.templates_mgmt.models import Template
from tests.compose.conftest import Desk
from tests.support.workspaces import HostClient, Place


def foot(text: str, **attrs: Any) -> dict[str, Any]:
    words = {"type": "paragraph", "content": [{"type": "text", "text": text}]}
    return {"type": "footer", "attrs": attrs, "content": [words]}


def document(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "News"}]}, *blocks]}


def keep(desk: Desk, block: dict[str, Any], **more: Any) -> int:
    answer = desk.client.post("/blocks", json={"title": "Foot", "block": block} | more)
    assert answer.status_code == 200
    number: int = answer.json["id"]
    return number


def write(place: Place, model: type[Any], *blocks: dict[str, Any], **columns: Any) -> int:
    with place.inside():
        made = model(**columns, **of_blocks(document(*blocks)).values())
        db.session.add(made)
        db.session.flush()
        number: int = made.id
        return number


def test_kept_block_is_offered_in_every_mail(desk: Desk) -> None:
    number = keep(desk, foot("Quay 1", id="b7", locked=True))
    page = desk.client.get(f"/mailings/{write(desk.place, Mailing, subject='S')}/body").text
    assert f'data-insert="saved-{number}"' in page
    assert "Quay 1" in page
    assert "b7" not in page


def test_copies_in_drafts_and_templates_follow_when_wanted_and_sent_mail_stays(desk: Desk) -> None:
    number = keep(desk, foot("Quay 1"))
    copy = foot("Quay 1", saved=number, locked=True)
    ready = {"sender_name": "N", "sender_address": "n@example.com", "list_ids": [desk.list_id]}
    draft, sent = (write(desk.place, Mailing, copy, subject="S", **ready) for _ in range(2))
    template = write(desk.place, Template, copy, title="T")
    alone = write(desk.place, Mailing, foot("Quay 1"), subject="S")
    assert desk.send(sent).status_code == 303
    keep(desk, foot("Bridge 2", saved=number), id=number)
    assert "Quay 1" in desk.mailing(draft).html
    page = desk.client.get("/blocks").text
    assert "1 draft, 1 template" in page
    assert desk.client.post(f"/blocks/{number}/renewals").status_code == 303
    assert "Bridge 2" in desk.mailing(draft).html
    assert desk.mailing(draft).document["content"][1]["attrs"] == {"saved": number, "locked": True}  # type: ignore[index]
    with desk.place.inside():
        assert "Bridge 2" in templates.template(template).html
    for other in (sent, alone):
        assert "Quay 1" in desk.mailing(other).html
    # What it said before is a version of its own.
    assert desk.client.get(f"/mailings/{draft}/versions").text.count("/versions/") >= 2


@pytest.mark.parametrize("sent", [{"title": ""}, {"title": "x" * 81}, {"block": {"type": "script"}}, {"block": None}])
def test_what_cannot_be_kept_is_refused(desk: Desk, sent: dict[str, Any]) -> None:
    answer = desk.client.post("/blocks", json={"title": "Foot", "block": foot("x")} | sent)
    assert answer.status_code == 422
    assert answer.json["error"]


def test_deleted_block_leaves_its_copies(desk: Desk) -> None:
    number = keep(desk, foot("Quay 1"))
    draft = write(desk.place, Mailing, foot("Quay 1", saved=number), subject="S")
    assert desk.client.post(f"/blocks/{number}/deletions").status_code == 303
    assert "Quay 1" in desk.mailing(draft).html
    assert "No saved blocks" in desk.client.get("/blocks").text


def test_another_workspace_neither_sees_nor_changes_a_block(desk: Desk, other_client: HostClient) -> None:
    number = keep(desk, foot("Quay 1"))
    assert other_client.post("/blocks", json={"block": foot("x"), "id": number}).status_code == 404
    for what in ("renewals", "deletions"):
        assert other_client.post(f"/blocks/{number}/{what}").status_code == 404
    assert "Foot" not in other_client.get("/blocks").text.split("<main")[1]
