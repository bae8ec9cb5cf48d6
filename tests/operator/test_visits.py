"""Operators look around in a workspace that lets them, change nothing, and it is written down."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from app.core import clock
from app.core.access import Role
from app.core.db import db
from app.dispatch import Dispatcher
from app.tenants import support
from app.tenants.models import Member
from app.tenants.support import Act
from tests.support.content import fill
from tests.support.workspaces import HostClient, Place


def allow(place: Place, hours: int = 4) -> None:
    assert place.client().post("/settings/support", data={"hours": hours}).status_code == 303


def visit(operator: FlaskClient, place: Place) -> HostClient:
    """Go where the console leads, and press the button there."""
    answer = operator.post(f"/workspaces/{place.id}/visits")
    assert answer.status_code == 303, answer.text
    assert answer.location.startswith(place.url)
    path = urlsplit(answer.location).path
    client = place.anonymous()
    assert client.get(path).status_code == 200
    assert client.post(path).location == "/"
    assert client.post(path).status_code == 429, "the way in is used once"
    return client


def test_without_consent_nobody_looks_around(operator: FlaskClient, workspace: Place) -> None:
    assert operator.post(f"/workspaces/{workspace.id}/visits").status_code == 403
    with workspace.inside():
        assert support.acts() == []


def test_with_consent_an_operator_sees_what_the_owner_sees_and_it_is_written_down(
    operator: FlaskClient, workspace: Place
) -> None:
    ids = fill(workspace)
    allow(workspace)
    client = visit(operator, workspace)
    assert "Daily" in client.get("/lists").text
    assert client.get("/settings/members").status_code == 200
    assert "looking around as an operator" in client.get(f"/lists/{ids['list_id']}").text
    with workspace.inside():
        (act,) = support.acts()
    assert (act.act, act.by) == (Act.VISITED, "operator@example.com")
    assert "operator@example.com" in workspace.client().get("/settings/support").text


@pytest.mark.parametrize(
    ("path", "data"),
    [("/lists", {"title": "Mine"}), ("/settings", {"name": "Mine"}), ("/settings/profile", {"name": "Mine"}),
     ("/settings/support", {"hours": "72"}), ("/preferences", {"locale": "ko"})],
)  # fmt: skip
def test_a_visitor_changes_nothing(operator: FlaskClient, workspace: Place, path: str, data: dict[str, str]) -> None:
    allow(workspace)
    client = visit(operator, workspace)
    assert client.post(path, data=data).status_code == 403
    assert client.post("/sign-out").status_code == 303
    assert client.get("/lists").status_code == 302


def test_consent_that_is_taken_back_or_over_ends_the_visit_at_once(operator: FlaskClient, workspace: Place) -> None:
    allow(workspace)
    client = visit(operator, workspace)
    assert workspace.client().post("/settings/support/removals").status_code == 303
    assert client.get("/lists").status_code == 302
    with workspace.inside():
        support.allow(workspace.member_id, hours=1, now=clock.now() - timedelta(hours=2))
    assert client.get("/lists").status_code == 302
    assert operator.post(f"/workspaces/{workspace.id}/visits").status_code == 403


def test_consent_of_one_workspace_opens_no_other(
    operator: FlaskClient, workspace: Place, other_workspace: Place
) -> None:
    allow(workspace)
    path = urlsplit(operator.post(f"/workspaces/{workspace.id}/visits").location).path
    assert other_workspace.anonymous().get(path).status_code == 404
    assert other_workspace.anonymous().post(path).status_code == 404
    assert operator.post(f"/workspaces/{other_workspace.id}/visits").status_code == 403
    assert "until" not in other_workspace.client().get("/settings/support").text


@pytest.mark.parametrize("hours", ["5", "0", "x", "10000"])
def test_only_the_hours_that_are_offered_are_given(client: FlaskClient, workspace: Place, hours: str) -> None:
    assert client.post("/settings/support", data={"hours": hours}).status_code == 422
    with workspace.inside():
        assert support.consent(clock.now()) is None


def test_only_an_owner_allows_it(workspace: Place) -> None:
    with workspace.inside():
        db.session.get_one(Member, (workspace.id, workspace.member_id)).role = Role.ADMIN
    assert workspace.client().post("/settings/support", data={"hours": 4}).status_code == 403
    assert workspace.client().get("/settings/support").status_code == 200


def test_a_stranger_does_not_come_in_by_that_door(
    dispatcher: Dispatcher, anonymous: FlaskClient, workspace: Place
) -> None:
    allow(workspace)
    assert anonymous.post("/support-visits/nonsense").status_code == 404
    with anonymous.session_transaction(base_url=workspace.url) as session:
        session["_user_id"] = "visit:somebody@example.com"
    assert anonymous.get("/lists").status_code == 302
