"""Keys: made by whoever manages the workspace, shown once, never worth more than their maker."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.api.models import ApiKey
from app.api.service import BeyondRights
from app.core import clock
from app.core.access import Permission, Role
from app.core.audit import AuditEntry
from app.core.db import db
from app.tenants.models import Member
from tests.compose.test_approval import join
from tests.support.programs import Program, make_key, program
from tests.support.workspaces import HostClient, Place

FORM = {"name": "Shop", "scopes": ["view", "edit_lists"]}


def key_on(page: str) -> str:
    found = re.search(r"mp_[0-9a-f]{12}_[\w-]{43}", page)
    assert found is not None
    return found[0]


def stored(place: Place) -> ApiKey:
    with place.inside():
        found = db.session.scalars(sa.select(ApiKey)).one()
        db.session.expunge(found)
        return found


def test_a_key_is_shown_once_and_opens_the_door(workspace: Place, client: HostClient) -> None:
    made = client.post("/settings/keys", data=FORM)
    assert made.status_code == 201
    key = key_on(made.text)
    assert key not in client.get("/settings/keys").text
    assert Program(workspace.anonymous(), key).get("/lists").status_code == 200
    row = stored(workspace)
    assert row.scopes == ["view", "edit_lists"]
    assert key.encode() not in row.digest
    assert row.used_on is not None


def test_without_a_key_nobody_comes_in_not_even_with_a_cookie(workspace: Place, client: HostClient) -> None:
    for asking in (
        Program(workspace.anonymous()),
        Program(client),
        Program(client, "mp_abc_def"),
        Program(client, "x"),
    ):
        answer = asking.get("/lists")
        assert answer.status_code == 401
        assert answer.mimetype == "application/problem+json"
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert "Set-Cookie" not in answer.headers


def test_a_key_of_another_workspace_opens_nothing(workspace: Place, other_workspace: Place) -> None:
    assert Program(workspace.anonymous(), make_key(other_workspace)).get("/lists").status_code == 401


def test_an_altered_key_opens_nothing(workspace: Place) -> None:
    key = make_key(workspace)
    altered = key[:-1] + ("A" if key[-1] != "A" else "B")
    assert Program(workspace.anonymous(), altered).get("/lists").status_code == 401


def test_a_revoked_key_opens_nothing(workspace: Place, client: HostClient) -> None:
    asking = program(workspace)
    assert asking.get("/lists").status_code == 200
    assert client.post(f"/settings/keys/{stored(workspace).id}/revocations").status_code == 303
    assert asking.get("/lists").status_code == 401
    assert "Shop" not in client.get("/settings/keys").text.partition("Make a key")[0].partition("<thead>")[2]


def test_a_key_ends_after_its_last_day(workspace: Place) -> None:
    yesterday = clock.now().date() - timedelta(days=1)
    assert program(workspace, expires_on=clock.now().date() + timedelta(days=2)).get("/lists").status_code == 200
    assert program(workspace, expires_on=yesterday).get("/lists").status_code == 401


def test_a_key_with_networks_is_good_there_alone(workspace: Place) -> None:
    here = workspace.anonymous()
    place = here.environ_base["REMOTE_ADDR"]
    assert Program(here, make_key(workspace, networks=[place])).get("/lists").status_code == 200
    assert (
        Program(here, make_key(workspace, networks=["192.0.2.0/24", "2001:db8::/32"])).get("/lists").status_code == 403
    )


def test_a_key_may_do_no_more_than_its_maker(workspace: Place) -> None:
    editor = member_of(join(workspace, Role.ANALYST), workspace, Role.ANALYST)
    with pytest.raises(BeyondRights):
        make_key(workspace, [Permission.SEND], member_id=editor)


def member_of(_client: HostClient, place: Place, role: Role) -> int:
    with place.inside():
        return db.session.scalars(sa.select(Member.id).where(Member.role == role)).one()


def test_a_key_loses_what_its_maker_loses_and_ends_with_them(workspace: Place) -> None:
    maker = member_of(join(workspace, Role.EDITOR), workspace, Role.EDITOR)
    asking = program(workspace, member_id=maker)
    assert asking.post("/contacts", {"address": "a@example.com"}).status_code == 200
    with workspace.inside():
        db.session.execute(sa.update(Member).where(Member.id == maker).values(role=Role.ANALYST))
    assert asking.post("/contacts", {"address": "b@example.com"}).status_code == 403
    assert asking.get("/contacts").status_code == 200
    with workspace.inside():
        db.session.execute(sa.delete(Member).where(Member.id == maker))
    assert asking.get("/contacts").status_code == 401


@pytest.mark.parametrize("role", [Role.EDITOR, Role.SENDER, Role.ANALYST, Role.BILLING])
def test_only_who_manages_the_workspace_makes_keys(workspace: Place, role: Role) -> None:
    client = join(workspace, role)
    assert client.get("/settings/keys").status_code == 403
    assert client.post("/settings/keys", data=FORM).status_code == 403
    assert client.get("/settings/keys/reference").status_code == 200


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "Give the key a name"),
        ({"scopes": []}, "Choose at least one thing"),
        ({"scopes": ["manage_billing"]}, "is-invalid"),
        ({"networks": "nowhere"}, "“nowhere” is not a network"),
        ({"expires_on": "2001-01-01"}, "must not be over already"),
    ],
    ids=["name", "scopes", "scope", "networks", "day"],
)
def test_a_key_that_cannot_be_is_refused_and_nothing_typed_is_lost(
    client: HostClient, change: dict[str, object], said: str
) -> None:
    answer = client.post("/settings/keys", data=FORM | {"networks": "203.0.113.7"} | change)
    assert answer.status_code == 422
    assert said in answer.text or said == "is-invalid"
    assert "Shop" in answer.text or change.get("name") == ""


def test_the_log_says_which_key_acted(workspace: Place, client: HostClient) -> None:
    program(workspace).post("/contacts", {"address": "new@example.com", "name": "New"})
    with workspace.inside():
        entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.thing == "contacts")).one()
        assert (entry.actor_kind, entry.actor_name, entry.action) == ("key", "Shop", "insert")
    assert "Key “Shop”" in client.get("/settings/changes").text


def test_the_log_never_shows_a_key(workspace: Place, client: HostClient) -> None:
    key = key_on(client.post("/settings/keys", data=FORM).text)
    with workspace.inside():
        entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.thing == "api_keys")).one()
        assert entry.title == "Shop"
        assert entry.after["digest"] == "•••"
        assert key.split("_")[1] not in str(entry.after)


def test_a_key_may_ask_only_so_often(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.api.door.MOST_A_MINUTE", 3)
    asking, other = program(workspace), program(workspace)
    assert [asking.get("/usage").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    refused = asking.get("/usage")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert refused.json["status"] == 429
    assert other.get("/usage").status_code == 200


def test_guessing_is_counted_by_address_and_keeps_no_key_out(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.api.door.REFUSED_AN_HOUR", 2)
    here = workspace.anonymous()
    guess, own = Program(here, "mp_000000000000_guess"), Program(here, make_key(workspace))
    assert [guess.get("/lists").status_code for _ in range(4)] == [401, 401, 429, 429]
    assert own.get("/lists").status_code == 200
