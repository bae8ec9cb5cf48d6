"""Invitations, roles, and the owner that a workspace always keeps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask.testing import FlaskClient

from app.core import clock
from app.core.access import Permission, Role, allowed
from app.core.db import db
from app.core.errors import DomainError, Forbidden
from app.core.tenancy import control_plane
from app.core.unit import unit_of_work
from app.dispatch import Dispatcher
from app.tenants import queries, service
from app.tenants.models import Account, Member
from tests.support.workspaces import PASSWORD, Place
from tests.tenants.mailbox import SignUp, door, fresh_name, letters_to, link_in, sign_in


def add_member(place: Place, role: Role) -> tuple[int, int]:
    """Add a verified member and return the ids of account and member."""
    with place.dispatcher.site.app_context(), control_plane(), unit_of_work():
        account = Account(email=f"{fresh_name(role)}@example.com", password_hash="-", verified_at=clock.now())
        db.session.add(account)
        db.session.flush()
        member = Member(tenant_id=place.id, account_id=account.id, role=role)
        db.session.add(member)
        db.session.flush()
        return account.id, member.id


def as_role(place: Place, role: Role) -> FlaskClient:
    return place.client(account_id=add_member(place, role)[0])


def invite(client: FlaskClient, email: str, role: Role = Role.EDITOR) -> int:
    return client.post("/settings/members/invitations", data={"email": email, "role": role}).status_code


def test_an_invited_stranger_becomes_a_member(dispatcher: Dispatcher, workspace: Place, client: FlaskClient) -> None:
    email = f"{fresh_name()}@example.com"
    assert invite(client, email, Role.ANALYST) == 303
    [letter] = letters_to(dispatcher, email)
    guest = workspace.anonymous()
    assert guest.get(link_in(letter)).status_code == 200
    assert guest.post(link_in(letter), data={"name": "Guest", "password": "1234567890"}).status_code == 422
    assert guest.post(link_in(letter), data={"name": "Guest", "password": "read it in the morning"}).status_code == 303
    assert guest.get("/settings/profile").status_code == 200
    assert guest.get("/settings/members").status_code == 403
    assert workspace.anonymous().get(link_in(letter)).status_code == 404, "an invitation works once"


def test_an_invited_account_joins_with_its_own_password(
    dispatcher: Dispatcher, workspace: Place, other_workspace: Place, client: FlaskClient
) -> None:
    assert invite(client, other_workspace.email) == 303
    [letter] = letters_to(dispatcher, other_workspace.email)
    guest = workspace.anonymous()
    assert guest.post(link_in(letter), data={"password": "a password made up"}).status_code == 422
    assert guest.post(link_in(letter), data={"password": PASSWORD}).status_code == 303
    assert guest.get("/settings/profile").status_code == 200
    assert sign_in(other_workspace.anonymous(), other_workspace.email, PASSWORD) == 303


def test_a_withdrawn_invitation_is_void(dispatcher: Dispatcher, workspace: Place, client: FlaskClient) -> None:
    email = f"{fresh_name()}@example.com"
    invite(client, email)
    [letter] = letters_to(dispatcher, email)
    with workspace.inside():
        [invitation] = queries.open_invitations()
    assert client.post(f"/settings/members/invitations/{invitation.id}/withdrawals").status_code == 303
    assert workspace.anonymous().get(link_in(letter)).status_code == 404


def test_an_invitation_is_nothing_at_another_workspace(
    dispatcher: Dispatcher, client: FlaskClient, other_workspace: Place
) -> None:
    email = f"{fresh_name()}@example.com"
    invite(client, email)
    [letter] = letters_to(dispatcher, email)
    assert other_workspace.anonymous().get(link_in(letter)).status_code == 404
    answer = other_workspace.anonymous().post(link_in(letter), data={"name": "X", "password": "read it in the morning"})
    assert answer.status_code == 404


def test_a_member_is_not_invited_again(workspace: Place, client: FlaskClient) -> None:
    assert invite(client, workspace.email) == 422


def test_an_unverified_workspace_invites_nobody(dispatcher: Dispatcher, sign_up: SignUp) -> None:
    email, slug = sign_up()
    client = door(dispatcher, slug)
    sign_in(client, email)
    guest = f"{fresh_name()}@example.com"
    assert invite(client, guest) == 422
    assert letters_to(dispatcher, guest) == []


@pytest.mark.parametrize("role", [Role.EDITOR, Role.ANALYST])
def test_who_may_not_manage_is_refused(workspace: Place, role: Role) -> None:
    client = as_role(workspace, role)
    assert not allowed(role, Permission.MANAGE_MEMBERS)
    assert client.get("/settings/members").status_code == 403
    assert invite(client, f"{fresh_name()}@example.com") == 403
    assert client.post(f"/settings/members/{workspace.member_id}/roles", data={"role": "analyst"}).status_code == 403
    assert client.post(f"/settings/members/{workspace.member_id}/removals").status_code == 403
    assert client.post("/settings", data={"name": "Mine now"}).status_code == 403
    assert client.get("/settings").headers["Location"] == "/settings/profile"
    assert client.get("/settings/usage").status_code == 200


def test_an_administrator_manages_all_but_owners(workspace: Place) -> None:
    admin = as_role(workspace, Role.ADMIN)
    _account, editor = add_member(workspace, Role.EDITOR)
    assert admin.post(f"/settings/members/{editor}/roles", data={"role": "analyst"}).status_code == 303
    assert admin.post(f"/settings/members/{editor}/roles", data={"role": "owner"}).status_code == 422
    assert admin.post(f"/settings/members/{workspace.member_id}/roles", data={"role": "analyst"}).status_code == 403
    assert admin.post(f"/settings/members/{workspace.member_id}/removals").status_code == 403
    assert invite(admin, f"{fresh_name()}@example.com", Role.OWNER) == 422
    assert admin.post(f"/settings/members/{editor}/removals").status_code == 303


def test_the_service_itself_lets_only_owners_make_owners(workspace: Place) -> None:
    account, _member = add_member(workspace, Role.ADMIN)
    with workspace.inside():
        admin = queries.member_of_account(account)
        assert admin is not None
        with pytest.raises(Forbidden):
            service.invite(f"{fresh_name()}@example.com", role=Role.OWNER, by=admin)


def test_the_last_owner_stays(workspace: Place, client: FlaskClient) -> None:
    assert client.post(f"/settings/members/{workspace.member_id}/roles", data={"role": "admin"}).status_code == 409
    assert client.post(f"/settings/members/{workspace.member_id}/removals").status_code == 409
    _account, second = add_member(workspace, Role.OWNER)
    assert client.post(f"/settings/members/{workspace.member_id}/roles", data={"role": "admin"}).status_code == 303
    assert client.post(f"/settings/members/{second}/removals").status_code == 403, "an administrator by now"


def test_two_owners_cannot_unmake_each_other_at_once(workspace: Place) -> None:
    _account, second = add_member(workspace, Role.OWNER)
    start = Barrier(2)

    def unmake(actor_id: int, target_id: int) -> bool:
        with workspace.app.app_context():
            actor = queries.member(actor_id)
            assert actor is not None
            db.session.rollback()
            start.wait()
            try:
                with unit_of_work():
                    service.give_role(target_id, role=Role.EDITOR, by=actor)
            except DomainError:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(unmake, workspace.member_id, second)
        other = pool.submit(unmake, second, workspace.member_id)
        assert sorted([first.result(), other.result()]) == [False, True]
    with workspace.inside():
        assert [member.role for member in queries.members()].count(Role.OWNER) == 1


def test_a_removed_member_is_signed_out_at_once(workspace: Place, client: FlaskClient) -> None:
    account, member = add_member(workspace, Role.EDITOR)
    removed = workspace.client(account_id=account)
    assert removed.get("/settings/profile").status_code == 200
    assert client.post(f"/settings/members/{member}/removals").status_code == 303
    assert removed.get("/settings/profile").status_code == 302


def test_another_workspace_sees_and_touches_nobody(
    workspace: Place, other_workspace: Place, other_client: FlaskClient
) -> None:
    _account, member = add_member(workspace, Role.EDITOR)
    assert workspace.email not in other_client.get("/settings/members").text
    assert other_client.post(f"/settings/members/{member}/roles", data={"role": "analyst"}).status_code == 404
    assert other_client.post(f"/settings/members/{member}/removals").status_code == 404
    with other_workspace.inside():
        assert queries.member(member) is None
        assert queries.member_by_address(workspace.email) is None
