"""Settings of the workspace and of a person, and the language that somebody is answered in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.tenants import queries
from tests.support.workspaces import Place

GOOD = {
    "name": "Evening Park", "locale": "en", "timezone": "Europe/Berlin", "brand_color": "#0b5d4b",
    "sender_name": "Evening Park", "sender_address": "news@park.example.com",
}  # fmt: skip


def test_changed_settings_are_in_force_in_the_next_request(workspace: Place, client: FlaskClient) -> None:
    before = workspace.app
    assert client.post("/settings", data=GOOD).status_code == 303
    after = workspace.app
    assert after is not before
    assert after.config["BABEL_DEFAULT_TIMEZONE"] == "Europe/Berlin"
    assert after.config["WORKSPACE"].version == before.config["WORKSPACE"].version + 1
    assert "Evening Park" in workspace.client().get("/settings").text


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""}, {"name": "see www.evil.example"}, {"locale": "xx"}, {"timezone": "Mars/Olympus"},
        {"brand_color": "red"}, {"brand_color": "#ffee00"}, {"sender_address": "not an address"},
        {"sender_name": "a\r\nBcc: b@example.com"},
    ],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(workspace: Place, client: FlaskClient, change: dict[str, str]) -> None:
    assert client.post("/settings", data=GOOD | change).status_code == 422
    with workspace.inside():
        assert queries.current_workspace() == workspace.workspace


def test_settings_of_one_workspace_leave_another_alone(client: FlaskClient, other_workspace: Place) -> None:
    client.post("/settings", data=GOOD)
    with other_workspace.inside():
        assert queries.current_workspace() == other_workspace.workspace


def test_a_profile_is_kept(workspace: Place, client: FlaskClient) -> None:
    data = {"name": "김민지", "locale": "ko", "theme": "dark"}
    assert client.post("/settings/profile", data=data).status_code == 303
    page = client.get("/settings/profile").text
    assert "김민지" in page
    assert 'lang="ko" data-bs-theme="dark"' in page


def test_the_menu_changes_language_and_theme(client: FlaskClient) -> None:
    answer = client.post("/preferences", data={"locale": "ko", "next": "/settings/usage?"})
    assert answer.headers["Location"] == "/settings/usage"
    assert client.post("/preferences", data={"theme": "dark"}).status_code == 303
    assert 'lang="ko" data-bs-theme="dark"' in client.get("/settings/usage").text
    assert client.post("/preferences", data={"theme": "sepia"}).status_code == 422


@pytest.mark.parametrize(
    ("accepts", "language"),
    [("en-US,en;q=0.9", "en"), ("ko-KR,ko;q=0.9,en;q=0.8", "ko"), ("fr", "ko"), ("", "ko"), ("fr,en;q=0.1", "en")],
)
def test_a_stranger_is_answered_in_the_browsers_language_else_the_workspaces(
    new_workspace: Callable[..., Place], accepts: str, language: str
) -> None:
    place = new_workspace(locale="ko")
    headers = {"Accept-Language": accepts} if accepts else {}
    assert f'<html lang="{language}"' in place.anonymous().get("/sign-in", headers=headers).text


def test_a_members_choice_goes_before_the_browsers(new_workspace: Callable[..., Place]) -> None:
    place = new_workspace(locale="ko")
    page = place.client().get("/settings/profile", headers={"Accept-Language": "en"}).text
    assert '<html lang="ko"' in page
