"""Changing one's e-mail address: the new one answers, the old one is told, and nobody else can."""

from __future__ import annotations

import re

import sqlalchemy as sa

from app.core.db import db
from app.core.notices import Notice
from app.core.tenancy import control_plane
from tests.support.workspaces import PASSWORD, HostClient, Place
from tests.tenants.mailbox import letters_to, sign_in


def ask(client: HostClient, address: str, password: str = PASSWORD) -> int:
    answer = client.post("/settings/profile/addresses", data={"email": address, "password": password})
    return answer.status_code


def link_to(place: Place, address: str) -> str:
    letter = letters_to(place.dispatcher, address)[-1]
    found = re.search(r"http://[^/\s]+(/addresses/\S+)", letter.text)
    assert found
    return found[1]


def test_the_new_address_confirms_and_the_old_one_is_told(workspace: Place) -> None:
    new = f"new-{workspace.slug}@example.com"
    client = workspace.client()
    assert ask(client, new.upper()) == 303
    link = link_to(workspace, new)
    assert new in workspace.anonymous().get(link).text
    assert sign_in(workspace.anonymous(), new, PASSWORD) == 422
    assert workspace.anonymous().post(link).status_code == 303
    assert client.get("/lists").status_code == 302
    assert sign_in(workspace.anonymous(), workspace.email, PASSWORD) == 422
    assert sign_in(workspace.anonymous(), new, PASSWORD) == 303
    assert new in letters_to(workspace.dispatcher, workspace.email)[-1].text
    assert workspace.anonymous().get(link).status_code == 404


def test_it_wants_the_password(workspace: Place) -> None:
    new = f"new-{workspace.slug}@example.com"
    assert ask(workspace.client(), new, "not mine") == 422
    assert letters_to(workspace.dispatcher, new) == []


def test_an_address_that_has_an_account_gets_no_mail(workspace: Place, other_workspace: Place) -> None:
    assert ask(workspace.client(), other_workspace.email) == 303
    with workspace.dispatcher.site.app_context(), control_plane():
        count = sa.select(sa.func.count()).where(Notice.address == other_workspace.email)
        assert db.session.scalar(count) == 0


def test_a_link_is_good_in_its_workspace_only(workspace: Place, other_workspace: Place) -> None:
    new = f"new-{workspace.slug}@example.com"
    ask(workspace.client(), new)
    link = link_to(workspace, new)
    assert other_workspace.anonymous().get(link).status_code == 404
    assert other_workspace.anonymous().post(link).status_code == 404
    assert workspace.anonymous().get(f"{link}x").status_code == 404


def test_who_was_faster_keeps_the_address(workspace: Place, other_workspace: Place) -> None:
    new = f"new-{workspace.slug}@example.com"
    ask(workspace.client(), new)
    ask(other_workspace.client(), new)
    first, second = letters_to(workspace.dispatcher, new)
    paths = [re.search(r"(/addresses/\S+)", letter.text) for letter in (first, second)]
    assert paths[0]
    assert paths[1]
    assert workspace.anonymous().post(paths[0][1]).status_code == 303
    assert other_workspace.anonymous().post(paths[1][1]).status_code == 404
    assert sign_in(other_workspace.anonymous(), other_workspace.email, PASSWORD) == 303
