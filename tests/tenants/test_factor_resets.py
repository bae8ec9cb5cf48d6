"""A lost second step: asked for by another, told to its owner, a day to stop it, and then a password is enough."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from flask.testing import FlaskClient

from app import unlock
from app.core import clock
from app.core.access import Role
from app.core.second_factor import new_secret
from app.core.unit import unit_of_work
from app.dispatch import Dispatcher
from app.operator import factors
from app.tenants import queries, support
from app.tenants.support import Act
from config.settings import Settings
from tests.support.workspaces import PASSWORD, HostClient, Place
from tests.tenants.mailbox import letters_to, sign_in
from tests.tenants.test_members import add_member
from tests.tenants.test_roles import colleague
from tests.tenants.test_security import NOW, code_of, set_up

DAY = timedelta(hours=24, minutes=1)


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    moved = [NOW]
    monkeypatch.setattr(clock, "now", lambda: moved[0])
    return moved


def ask(client: FlaskClient, member_id: int) -> int:
    return client.post(f"/settings/members/{member_id}/second-factor-resets").status_code


def lost(place: Place) -> tuple[str, HostClient]:
    """The owner has an app, and an administrator is there to ask; returns the app's secret and their browser."""
    secret, _codes = set_up(place.client(), NOW)
    return secret, colleague(place, Role.ADMIN)


def owners(place: Place) -> tuple[str, HostClient]:
    secret, _codes = set_up(place.client(), NOW)
    return secret, colleague(place, Role.OWNER)


def leads_to(place: Place) -> str:
    answer = place.anonymous().post("/sign-in", data={"email": place.email, "password": PASSWORD})
    return str(answer.headers["Location"])


def stop_link(dispatcher: Dispatcher, email: str) -> str:
    found = [re.search(r"(/second-factor-resets/\S+)", letter.text) for letter in letters_to(dispatcher, email)]
    [link] = [match[1] for match in found if match]
    return link


def test_after_a_day_the_password_is_enough_once_more(
    workspace: Place, dispatcher: Dispatcher, hand: list[datetime]
) -> None:
    _secret, other = owners(workspace)
    assert "Reset the second step" in other.get("/settings/members").text
    assert ask(other, workspace.member_id) == 303
    assert "The second step is reset at" in other.get("/settings/members").text
    assert ask(other, workspace.member_id) == 409
    hand[0] += timedelta(hours=23)
    assert leads_to(workspace) == "/sign-in/second-step"
    hand[0] += timedelta(hours=2)
    assert leads_to(workspace) == "/"
    assert letters_to(dispatcher, workspace.email)[-1].subject == "Your second step was reset"
    page = workspace.client().get("/settings/security").text
    assert ">on<" not in page
    log = other.get("/settings/changes").text
    assert "Reset of a second step" in log


def test_its_owner_stops_it_from_the_mail(workspace: Place, dispatcher: Dispatcher, hand: list[datetime]) -> None:
    _secret, other = owners(workspace)
    ask(other, workspace.member_id)
    link = stop_link(dispatcher, workspace.email)
    assert "Stop it" in workspace.anonymous().get(link).text
    assert workspace.anonymous().post(link).status_code == 303
    assert workspace.anonymous().get(link).status_code == 404
    hand[0] += DAY
    assert leads_to(workspace) == "/sign-in/second-step"


def test_who_shows_the_second_step_has_not_lost_it(workspace: Place, hand: list[datetime]) -> None:
    secret, other = owners(workspace)
    ask(other, workspace.member_id)
    hand[0] += timedelta(hours=2)
    client = workspace.anonymous()
    sign_in(client, workspace.email, PASSWORD)
    assert client.post("/sign-in/second-step", data={"code": code_of(secret, hand[0])}).status_code == 303
    hand[0] += DAY
    assert leads_to(workspace) == "/sign-in/second-step"


def test_nobody_comes_in_by_an_old_reset(workspace: Place, hand: list[datetime]) -> None:
    _secret, other = owners(workspace)
    ask(other, workspace.member_id)
    hand[0] += timedelta(days=9)
    assert leads_to(workspace) == "/sign-in/second-step"


def test_only_who_outranks_them_resets_a_member_and_nobody_themselves(workspace: Place, hand: list[datetime]) -> None:
    _secret, admin = lost(workspace)
    assert ask(admin, workspace.member_id) == 403
    assert ask(workspace.client(), workspace.member_id) == 403
    assert ask(colleague(workspace, Role.EDITOR), workspace.member_id) == 403
    _account, plain = add_member(workspace, Role.EDITOR)
    assert ask(admin, plain) == 409, "there is no second step to reset"


def test_a_member_of_another_workspace_is_nobody(
    workspace: Place, other_workspace: Place, dispatcher: Dispatcher, hand: list[datetime]
) -> None:
    _secret, other = owners(workspace)
    assert ask(other_workspace.client(), workspace.member_id) == 404
    ask(other, workspace.member_id)
    assert other_workspace.anonymous().get(stop_link(dispatcher, workspace.email)).status_code == 404


def test_an_operator_asks_at_the_console_and_it_is_written_down(
    operator: FlaskClient, workspace: Place, dispatcher: Dispatcher, hand: list[datetime]
) -> None:
    set_up(workspace.client(), NOW)
    assert "Reset the second step" in operator.get(f"/workspaces/{workspace.id}").text
    path = f"/workspaces/{workspace.id}/members/{workspace.member_id}/second-factor-resets"
    assert operator.post(path).status_code == 303
    assert "messagepark asked for it" in letters_to(dispatcher, workspace.email)[-1].text
    with workspace.inside():
        assert [act.act for act in support.acts()] == [Act.FACTOR_RESET]
    hand[0] = datetime.now(UTC) + DAY
    assert leads_to(workspace) == "/"


def test_an_operators_own_factor_is_forgotten_by_a_command(
    operator: FlaskClient, dispatcher: Dispatcher, settings: Settings
) -> None:
    with dispatcher.site.app_context(), unit_of_work():
        account = queries.verified_account("operator@example.com")
        assert account is not None
        secret = new_secret()
        factors.set_up(account.id, secret, pyotp.TOTP(secret).at(NOW), now=NOW)
    assert unlock.unlock(settings, "operator@example.com")
    with dispatcher.site.app_context(), unit_of_work():
        assert not factors.is_set_up(account.id)
    assert not unlock.unlock(settings, "operator@example.com"), "there is none any more"
    assert not unlock.unlock(settings, "nobody@example.com")
