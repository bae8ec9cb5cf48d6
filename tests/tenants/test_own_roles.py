"""Roles that a workspace makes for itself: they open what is ticked, and nobody gives more than they have."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from app.core import clock
from app.core.access import OwnRole, Permission, Role, may_give
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import Forbidden, NotFound
from app.core.tenancy import control_plane
from app.core.unit import unit_of_work
from app.dispatch import Dispatcher
from app.tenants import queries, service
from app.tenants.models import Account, Member
from app.tenants.roles import own_role, own_roles
from tests.support.workspaces import HostClient, Place
from tests.tenants.mailbox import fresh_name, letters_to, link_in
from tests.tenants.test_members import add_member, as_role

READER = OwnRole(1, "Reader", frozenset({Permission.VIEW}))
CHIEF = OwnRole(2, "Chief", frozenset(Permission))
TICKED = [each for each in Permission if each is not Permission.VIEW]


@pytest.mark.parametrize(
    ("giver", "role", "answer"),
    [
        (Role.OWNER, Role.OWNER, True),
        (Role.ADMIN, Role.OWNER, False),
        (CHIEF, Role.OWNER, False),
        (CHIEF, Role.ADMIN, True),
        (Role.ADMIN, CHIEF, True),
        (Role.EDITOR, Role.SENDER, False),
        (Role.EDITOR, READER, True),
        (READER, Role.EDITOR, False),
    ],
    ids=lambda each: getattr(each, "name", str(each)),
)
def test_nobody_gives_rights_that_they_do_not_have(giver: Role | OwnRole, role: Role | OwnRole, answer: bool) -> None:
    assert may_give(giver, role) is answer


def make(place: Place, name: str, *permissions: Permission) -> int:
    """Make a role as the owner does and return its number."""
    ticked = [each.value for each in permissions]
    answer = place.client().post("/settings/roles", data={"name": name, "permissions": ticked})
    assert answer.status_code == 303, answer.text
    with place.inside():
        return next(role.id for role in own_roles() if role.name == name)


def holder(place: Place, role_id: int) -> tuple[HostClient, int]:
    """A browser of a member who has an own role, and the member's number."""
    with place.dispatcher.site.app_context(), control_plane(), unit_of_work():
        account = Account(email=f"{fresh_name()}@example.com", password_hash="-", verified_at=clock.now())
        db.session.add(account)
        db.session.flush()
        member = Member(tenant_id=place.id, account_id=account.id, own_role_id=role_id)
        db.session.add(member)
        db.session.flush()
        ids = account.id, member.id
    return place.client(account_id=ids[0]), ids[1]


def test_a_role_opens_what_is_ticked_and_nothing_else(workspace: Place) -> None:
    client, _member = holder(workspace, make(workspace, "Lists only", Permission.EDIT_LISTS))
    assert client.get("/lists").status_code == 200
    assert client.post("/lists", data={"title": "Autumn"}).status_code == 303
    assert client.post("/templates/", data={"title": "X"}).status_code == 403
    assert client.get("/settings/members").status_code == 403
    assert client.get("/settings").status_code == 302
    assert "/settings/members" not in client.get("/settings/profile").text


def test_a_changed_role_is_in_force_at_once(workspace: Place) -> None:
    role_id = make(workspace, "Desk")
    client, _member = holder(workspace, role_id)
    assert client.post("/lists", data={"title": "Autumn"}).status_code == 403
    change = {"name": "Night desk", "permissions": ["edit_lists"]}
    assert workspace.client().post(f"/settings/roles/{role_id}", data=change).status_code == 303
    assert client.post("/lists", data={"title": "Autumn"}).status_code == 303
    page = workspace.client().get("/settings/members").text
    assert "Night desk" in page
    assert "Look after lists" in page


def test_a_role_is_given_and_its_page_tells_how_many_have_it(workspace: Place) -> None:
    role_id = make(workspace, "Desk", Permission.WRITE)
    _account, member = add_member(workspace, Role.EDITOR)
    client = workspace.client()
    assert client.post(f"/settings/members/{member}/roles", data={"role": f"own-{role_id}"}).status_code == 303
    with workspace.inside():
        given = queries.member(member)
        assert given is not None
        assert given.role == own_role(role_id)
    assert "1 member has this role" in client.get(f"/settings/roles/{role_id}").text


def test_somebody_is_invited_to_an_own_role(dispatcher: Dispatcher, workspace: Place) -> None:
    role_id, email = make(workspace, "Desk", Permission.WRITE), f"{fresh_name()}@example.com"
    order = {"email": email, "role": f"own-{role_id}"}
    assert workspace.client().post("/settings/members/invitations", data=order).status_code == 303
    assert "Desk" in workspace.client().get("/settings/members").text
    [letter] = letters_to(dispatcher, email)
    guest = workspace.anonymous()
    words = {"name": "Guest", "password": "read it in the morning"}
    assert guest.post(link_in(letter), data=words).status_code == 303
    assert guest.get("/settings/members").status_code == 403
    with workspace.inside():
        joined = queries.member_by_address(email)
        assert joined is not None
        assert joined.role == own_role(role_id)


def test_members_and_invitations_of_a_deleted_role_fall_back(workspace: Place) -> None:
    role_id, client = make(workspace, "Desk", Permission.WRITE), workspace.client()
    holding, member = holder(workspace, role_id)
    order = {"email": f"{fresh_name()}@example.com", "role": f"own-{role_id}"}
    assert client.post("/settings/members/invitations", data=order).status_code == 303
    assert '<option selected value="analyst">' in client.get(f"/settings/roles/{role_id}").text, "not the most"
    deletions = f"/settings/roles/{role_id}/deletions"
    assert client.post(deletions, data={"role": f"own-{role_id}"}).status_code == 422
    assert client.post(deletions, data={"role": "analyst"}).status_code == 303
    assert client.get(f"/settings/roles/{role_id}").status_code == 404
    assert holding.get("/settings/profile").status_code == 200
    with workspace.inside():
        fallen = queries.member(member)
        assert fallen is not None
        assert fallen.role is Role.ANALYST
        assert [each.role for each in queries.open_invitations()] == [Role.ANALYST]


@pytest.mark.parametrize("name", ["", "x" * 41, "see www.example.com"])
def test_a_role_needs_a_name_that_is_one(workspace: Place, name: str) -> None:
    answer = workspace.client().post("/settings/roles", data={"name": name, "permissions": ["write"]})
    assert answer.status_code == 422
    assert re.search(r'value="write" checked', answer.text), "what was ticked is not lost"


def test_two_roles_have_two_names(workspace: Place) -> None:
    role_id = make(workspace, "Desk")
    assert workspace.client().post("/settings/roles", data={"name": "Desk"}).status_code == 422
    make(workspace, "Night")
    assert workspace.client().post(f"/settings/roles/{role_id}", data={"name": "Night"}).status_code == 422


def test_who_manages_members_gives_no_more_than_they_have(workspace: Place) -> None:
    small = make(workspace, "Porter", Permission.MANAGE_MEMBERS)
    large = make(workspace, "Chief", *TICKED)
    porter, _member = holder(workspace, small)
    _account, editor = add_member(workspace, Role.EDITOR)
    page = porter.get("/settings/members").text
    assert 'value="analyst"' in page
    assert 'value="editor"' not in page
    assert porter.post(f"/settings/members/{editor}/roles", data={"role": "analyst"}).status_code == 403
    assert porter.post(f"/settings/members/{editor}/removals").status_code == 403
    assert porter.post("/settings/roles", data={"name": "Mine", "permissions": ["write"]}).status_code == 422
    assert porter.get(f"/settings/roles/{large}").status_code == 403
    assert porter.post(f"/settings/roles/{large}", data={"name": "Small"}).status_code == 403
    assert porter.post(f"/settings/roles/{large}/deletions", data={"role": "analyst"}).status_code == 403
    grown = {"name": "Porter", "permissions": ["manage_members", "send"]}
    assert porter.post(f"/settings/roles/{small}", data=grown).status_code == 422
    order = {"email": f"{fresh_name()}@example.com", "role": f"own-{large}"}
    assert porter.post("/settings/members/invitations", data=order).status_code == 422


def test_the_service_itself_refuses_rights_that_the_maker_lacks(workspace: Place) -> None:
    account, _member = add_member(workspace, Role.EDITOR)
    chief = make(workspace, "Chief", *TICKED)
    with workspace.inside():
        editor = queries.member_of_account(account)
        assert editor is not None
        with pytest.raises(Forbidden):
            service.make_role("X", [Permission.MANAGE_BILLING], by=editor)
        with pytest.raises(Forbidden):
            service.change_role(chief, name="X", permissions=[], by=editor)
        with pytest.raises(Forbidden):
            service.delete_role(chief, instead=Role.ANALYST, by=editor)


def test_an_analyst_makes_no_roles(workspace: Place) -> None:
    client = as_role(workspace, Role.ANALYST)
    assert client.get("/settings/roles").status_code == 403
    assert client.post("/settings/roles", data={"name": "X"}).status_code == 403


def test_an_own_role_can_be_one_that_must_ask(workspace: Place) -> None:
    role_id, client = make(workspace, "Desk", Permission.WRITE, Permission.SEND), workspace.client()
    order = {"roles": [f"own-{role_id}"], "approved_by": "admins"}
    assert client.post("/settings/approval", data=order).status_code == 303
    with workspace.inside():
        assert queries.current_workspace().must_ask(own_role(role_id))


def test_roles_are_those_of_one_workspace(workspace: Place, other_workspace: Place) -> None:
    role_id, other = make(workspace, "Desk"), other_workspace.client()
    assert "Desk" not in other.get("/settings/roles").text
    assert other.get(f"/settings/roles/{role_id}").status_code == 404
    assert other.post(f"/settings/roles/{role_id}/deletions", data={"role": "analyst"}).status_code == 404
    change = {"role": f"own-{role_id}"}
    answer = other.post(f"/settings/members/{other_workspace.member_id}/roles", data=change)
    assert answer.status_code == 422
    with other_workspace.inside(), pytest.raises(NotFound):
        own_role(role_id)


def test_what_happens_to_roles_stands_in_the_log_in_words(workspace: Place) -> None:
    role_id, client = make(workspace, "Desk", Permission.WRITE), workspace.client()
    _account, member = add_member(workspace, Role.EDITOR)
    client.post(f"/settings/members/{member}/roles", data={"role": f"own-{role_id}"})
    with workspace.inside():
        query = sa.select(AuditEntry.thing).where(AuditEntry.tenant_id == workspace.id)
        assert {"roles", "members"} <= set(db.session.scalars(query))
    log = client.get("/settings/changes").text
    assert "Write mails" in log
    assert "Desk" in log
