"""What each role opens: a sender approves and sends, billing pays, and neither does more."""

from __future__ import annotations

import pytest

from app.core.access import ROLE_PERMISSIONS, Permission, Role
from app.core.clock import now
from app.core.crypto import hash_password
from app.core.db import db
from app.core.tenancy import control_plane
from app.tenants.models import Account, Member
from app.tenants.words import PERMISSION_HINTS, PERMISSION_NAMES, ROLE_HINTS, ROLE_NAMES
from tests.support.workspaces import PASSWORD, HostClient, Place


def colleague(place: Place, role: Role) -> HostClient:
    """A browser of another member with a role of choice."""
    with place.dispatcher.site.app_context(), control_plane():
        email = f"{role}-{place.slug}@example.com"
        account = Account(email=email, password_hash=hash_password(PASSWORD), verified_at=now())
        db.session.add(account)
        db.session.flush()
        db.session.add(Member(tenant_id=place.id, account_id=account.id, role=role))
        db.session.commit()
        number = account.id
    return place.client(account_id=number)


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_rights_a_name_and_a_hint(role: Role) -> None:
    assert Permission.VIEW in ROLE_PERMISSIONS[role]
    assert role in ROLE_NAMES
    assert role in ROLE_HINTS


def test_every_permission_has_words() -> None:
    assert set(PERMISSION_NAMES) == set(PERMISSION_HINTS) == set(Permission)


@pytest.mark.parametrize(
    ("role", "path", "answer"),
    [
        (Role.BILLING, "/settings/usage/overage", 303),
        (Role.BILLING, "/lists", 403),
        (Role.BILLING, "/mailings", 403),
        (Role.BILLING, "/settings", 403),
        (Role.BILLING, "/settings/members/invitations", 403),
        (Role.SENDER, "/settings/usage/overage", 403),
        (Role.SENDER, "/lists", 403),
        (Role.SENDER, "/templates/", 403),
        (Role.SENDER, "/settings", 403),
        (Role.EDITOR, "/settings/usage/overage", 403),
        (Role.ANALYST, "/breaking", 403),
    ],
)
def test_a_role_opens_what_it_is_for_and_nothing_else(workspace: Place, role: Role, path: str, answer: int) -> None:
    assert colleague(workspace, role).post(path, data={"on": "0"}).status_code == answer


def test_a_sender_is_offered_breaking_news_and_billing_is_not(workspace: Place) -> None:
    assert "/breaking" in colleague(workspace, Role.SENDER).get("/lists").text
    assert "/breaking" not in colleague(workspace, Role.BILLING).get("/lists").text


def test_members_show_when_they_were_last_seen(workspace: Place) -> None:
    page = workspace.client().get("/settings/members").text
    assert "Last seen" in page
    assert page.count("just now") >= 1


def test_a_person_finds_their_other_workspaces(workspace: Place, other_workspace: Place) -> None:
    name = other_workspace.workspace.name
    assert name not in workspace.client().get("/settings/profile").text
    with workspace.dispatcher.site.app_context(), control_plane():
        db.session.add(Member(tenant_id=other_workspace.id, account_id=workspace.account_id, role=Role.EDITOR))
        db.session.commit()
    page = workspace.client().get("/settings/profile").text
    assert name in page
    assert other_workspace.url in page
