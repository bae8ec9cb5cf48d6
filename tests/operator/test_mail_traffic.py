"""The operator's page of what the MTA does, and its brakes."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from redis import Redis

from app.core import clock
from app.dispatch import Dispatcher
from app.operator import mail_traffic
from app.tenants import mail_orders, support
from app.tenants.support import Act
from tests.support.workspaces import Place


def picture(tenant: int, **more: Any) -> bytes:
    given = {
        "at": time.time(),
        "refused": "",
        "engines": [{"name": "host-1", "age": 90, "waiting": 4, "unrecorded": 1, "rate": 12.5, "lag": 0.002}],
        "lanes": {"bulk": {"queued": 1500, "oldest": 61.0}},
        "destinations": [
            {"key": "gmail mx.google.com", "waiting": 700, "connections": 3, "rate": 4.0,
             "last_reply": "421 slow down", "trouble": "421 slow down", "suspended": False,
             "complaint": "mx.google.com: self-signed"},
        ],
        "tenants": [
            {"tenant": tenant, "queued": {"bulk": 1500}, "later": 20, "rate": 12.5, "oldest": 61.0, "quota": 1000,
             "spent": 1000, "hour_ends": 1800.0, "stopped": None},
        ],
    }  # fmt: skip
    return msgspec.json.encode(given | more)


def look(redis_server: Redis, operator: FlaskClient, shown: bytes) -> str:
    redis_server.set(mail_traffic.KEY, shown)
    return operator.get("/mail").text


def test_the_page_shows_destinations_tenants_and_engines(
    redis_server: Redis, operator: FlaskClient, workspace: Place
) -> None:
    page = look(redis_server, operator, picture(workspace.id))
    for said in ("gmail mx.google.com", "421 slow down", "1,500", "1,000", "30 minutes", "host-1"):
        assert said in page
    assert "MTA-STS test" in page
    assert "mx.google.com: self-signed" in page


def test_nobody_else_sees_it(anonymous: FlaskClient, client: FlaskClient, stranger: FlaskClient) -> None:
    for visitor in (anonymous, client):
        assert visitor.get("/mail").status_code == 404
    answer = stranger.get("/mail")
    assert (answer.status_code, answer.location) == (302, "/sign-in")
    assert stranger.post("/mail/stops", data={"tenant": 1}).location == "/sign-in"


def test_without_a_picture_it_says_what_is_missing(redis_server: Redis, operator: FlaskClient) -> None:
    redis_server.delete(mail_traffic.KEY)
    assert "empty-state" in operator.get("/mail").text
    assert "empty-state" in look(redis_server, operator, b'{"of": "another version"}')


@pytest.mark.parametrize(
    ("more", "said"),
    [({"at": time.time() - 60}, 1), ({"refused": "out of memory"}, 1), ({"engines": []}, 1), ({}, 0)],
    ids=["stale", "refused", "no engine", "well"],
)
def test_what_is_wrong_is_said_first(
    redis_server: Redis, operator: FlaskClient, workspace: Place, more: dict[str, Any], said: int
) -> None:
    assert look(redis_server, operator, picture(workspace.id, **more)).count('role="alert"') == said


def standing(dispatcher: Dispatcher) -> mail_orders.Standing:
    with dispatcher.site.app_context():
        return mail_orders.standing()


def test_a_tenant_is_stopped_and_let_go(dispatcher: Dispatcher, operator: FlaskClient, workspace: Place) -> None:
    assert operator.post("/mail/stops", data={"tenant": workspace.id}).status_code == 303
    assert standing(dispatcher).stopped[workspace.id] == "operator@example.com"
    assert operator.post("/mail/stops/removals", data={"tenant": workspace.id}).status_code == 303
    assert workspace.id not in standing(dispatcher).stopped


def test_a_destination_is_suspended_and_resumed(dispatcher: Dispatcher, operator: FlaskClient) -> None:
    order = {"destination": "gmail mx.google.com"}
    operator.post("/mail/suspensions", data=order)
    assert "gmail mx.google.com" in standing(dispatcher).suspended
    operator.post("/mail/suspensions/removals", data=order)
    assert "gmail mx.google.com" not in standing(dispatcher).suspended


@pytest.mark.parametrize("of_one", [True, False], ids=["a workspace", "everybody"])
def test_attempts_are_logged_for_an_hour_and_who_did_it_is_kept(
    redis_server: Redis, dispatcher: Dispatcher, operator: FlaskClient, workspace: Place, of_one: bool
) -> None:
    data, whose = ({"tenant": workspace.id}, str(workspace.id)) if of_one else ({}, mail_orders.EVERYBODY)
    assert operator.post("/mail/logs", data=data).status_code == 303
    ends_in = standing(dispatcher).logged[whose] - clock.now()
    assert timedelta(minutes=59) < ends_in <= timedelta(hours=1)
    assert "End the log" in look(redis_server, operator, picture(workspace.id))
    assert operator.post("/mail/logs/removals", data=data).status_code == 303
    assert whose not in standing(dispatcher).logged
    with workspace.inside():
        acts = [one.act for one in support.acts()]
    assert (Act.ATTEMPTS_LOGGED in acts, Act.LOGGING_ENDED in acts) == (of_one, of_one)


@pytest.mark.parametrize("path", ["suspensions", "suspensions/removals", "flushes"])
@pytest.mark.parametrize("name", ["", " ", "x" * 301], ids=["none", "blank", "long"])
def test_what_is_no_destination_is_refused(operator: FlaskClient, path: str, name: str) -> None:
    assert operator.post(f"/mail/{path}", data={"destination": name}).status_code in (400, 422)


@pytest.mark.parametrize("path", ["stops", "flushes", "logs"])
@pytest.mark.parametrize("number", ["999999999", "-1", "many", str(2**70)])
def test_what_is_no_workspace_is_not_found(operator: FlaskClient, path: str, number: str) -> None:
    assert operator.post(f"/mail/{path}", data={"tenant": number}).status_code == 404
