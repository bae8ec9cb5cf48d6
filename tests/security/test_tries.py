"""Nobody tries for ever: what changes something at a public door is counted by address, and so is signing in."""

from __future__ import annotations

import hashlib

import pytest
from flask import Flask
from redis import Redis

from app.core.access import Guard
from app.dispatch import Dispatcher
from app.web import blueprints
from tests.architecture.test_routes import CHANGING, _path, rules
from tests.support.content import fill
from tests.support.workspaces import HostClient, Place, browser


def knocks(redis: Redis, client: HostClient) -> int:
    place = hashlib.sha256(str(client.environ_base["REMOTE_ADDR"]).encode()).hexdigest()[:24]
    return int(redis.get(f"limit:door:{place}") or 0)


def uncounted(app: Flask, client: HostClient, redis: Redis, ids: dict[str, int]) -> set[str]:
    """The blueprints with a public route that changes something and is not counted."""
    found = set()
    for rule in rules(app):
        name = rule.endpoint.partition(".")[0]
        if app.extensions["guards"][name] is not Guard.PUBLIC:
            continue
        for method in CHANGING & (rule.methods or set()):
            before = knocks(redis, client)
            client.open(_path(app, rule, ids), method=method)
            if knocks(redis, client) != before + 1:
                found.add(name)
    return found


def test_every_public_change_of_a_workspace_is_counted(workspace: Place, redis_server: Redis) -> None:
    assert uncounted(workspace.app, workspace.anonymous(), redis_server, fill(workspace)) == {"tracking"}


def test_every_public_change_of_the_site_is_counted(dispatcher: Dispatcher, redis_server: Redis) -> None:
    client = browser(dispatcher.site, "http://messagepark.test")
    assert uncounted(dispatcher.site, client, redis_server, {}) == {"payment_events"}


def test_every_public_change_of_the_console_is_counted(dispatcher: Dispatcher, redis_server: Redis) -> None:
    client = browser(dispatcher.console, "http://operator.messagepark.test")
    assert uncounted(dispatcher.console, client, redis_server, {}) == set()


def test_who_knocks_too_often_is_turned_away_and_others_are_not(
    workspace: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blueprints, "KNOCKS", 3)
    form, client = {"email": "", "password": ""}, workspace.anonymous()
    assert [client.post("/sign-in", data=form).status_code for _ in range(5)] == [422, 422, 422, 429, 429]
    assert client.get("/sign-in").status_code == 200
    assert workspace.anonymous().post("/sign-in", data=form).status_code == 422


def test_members_at_work_are_not_counted_at_the_door(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blueprints, "KNOCKS", 1)
    client = workspace.client()
    for number in range(4):
        assert client.post("/lists", data={"title": f"List {number}", "code": f"l{number}"}).status_code == 303
