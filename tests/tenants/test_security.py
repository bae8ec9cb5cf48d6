"""Second steps, recovery codes, sessions and known browsers: what opens the door, and what no longer does."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import sqlalchemy as sa

from app.core import clock
from app.core.crypto import hash_password
from app.core.db import db
from app.core.tenancy import control_plane
from app.tenants.models import Account, Member, PersonSession, RecoveryCode
from tests.support.workspaces import PASSWORD, HostClient, Place, browser
from tests.tenants.mailbox import sign_in

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The clock of the codes: one hand, moved by the test."""
    hand = [NOW]
    monkeypatch.setattr(clock, "now", lambda: hand[0])
    return hand


def code_of(secret: str, at: datetime) -> str:
    return pyotp.TOTP(secret).at(at)


def set_up(client: HostClient, at: datetime) -> tuple[str, list[str]]:
    """Turn the app on; returns its secret and the recovery codes."""
    page = client.get("/settings/security/app").text
    sealed = re.search(r'name="sealed"[^>]*value="([^"]+)"', page)
    secret = re.search(r'data-copy="([A-Z2-7]{32})"', page)
    assert sealed
    assert secret
    form = {"sealed": sealed[1], "code": code_of(secret[1], at), "password": PASSWORD}
    answer = client.post("/settings/security/app", data=form)
    assert answer.status_code == 200, answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    return secret[1], re.findall(r"<li><code>([a-z0-9]{5}-[a-z0-9]{5})</code>", answer.text)


def test_after_the_password_the_code_is_asked_for(workspace: Place, later: list[datetime]) -> None:
    secret, codes = set_up(workspace.client(), NOW)
    assert len(codes) == 10
    client = workspace.anonymous()
    later[0] += timedelta(minutes=2)
    answer = client.post("/sign-in?next=/lists", data={"email": workspace.email, "password": PASSWORD})
    assert answer.headers["Location"] == "/sign-in/second-step"
    assert client.get("/lists").status_code == 302
    assert client.post("/sign-in/second-step", data={"code": "000000"}).status_code == 422
    answer = client.post("/sign-in/second-step", data={"code": code_of(secret, later[0])})
    assert answer.headers["Location"] == "/lists"
    assert client.get("/lists").status_code == 200


def test_a_code_that_was_used_opens_nothing(workspace: Place, later: list[datetime]) -> None:
    secret, _ = set_up(workspace.client(), NOW)
    later[0] += timedelta(minutes=2)
    code = code_of(secret, later[0])
    for expected in (303, 422):
        client = workspace.anonymous()
        sign_in(client, workspace.email, PASSWORD)
        assert client.post("/sign-in/second-step", data={"code": code}).status_code == expected


def test_a_recovery_code_opens_once_and_is_stored_hashed(workspace: Place, later: list[datetime]) -> None:
    _, codes = set_up(workspace.client(), NOW)
    for expected in (303, 422):
        client = workspace.anonymous()
        sign_in(client, workspace.email, PASSWORD)
        assert client.post("/sign-in/second-step", data={"code": codes[0].upper()}).status_code == expected
    with workspace.inside():
        stored = list(db.session.scalars(sa.select(RecoveryCode.hash)))
    assert len(stored) == 10
    assert not set(stored) & set(codes)


def test_new_recovery_codes_end_the_old_ones_and_want_the_password(workspace: Place, later: list[datetime]) -> None:
    client = workspace.client()
    _, old = set_up(client, NOW)
    assert client.post("/settings/security/recovery-codes", data={"password": "not mine"}).status_code == 422
    page = client.post("/settings/security/recovery-codes", data={"password": PASSWORD}).text
    assert old[0] not in page
    assert len(re.findall(r"[a-z0-9]{5}-[a-z0-9]{5}</code>", page)) == 10
    door = workspace.anonymous()
    sign_in(door, workspace.email, PASSWORD)
    assert door.post("/sign-in/second-step", data={"code": old[0]}).status_code == 422


def test_half_way_in_is_nowhere(workspace: Place, other_workspace: Place, later: list[datetime]) -> None:
    set_up(workspace.client(), NOW)
    client = workspace.anonymous()
    sign_in(client, workspace.email, PASSWORD)
    for path in ("/", "/settings/security", "/settings/changes"):
        assert "/sign-in" in client.get(path).headers["Location"]
    assert workspace.anonymous().post("/sign-in/second-step", data={"code": "123456"}).headers["Location"] == "/sign-in"


def test_half_way_in_ends_with_a_new_password(workspace: Place, later: list[datetime]) -> None:
    inside = workspace.client()
    secret, _ = set_up(inside, NOW)
    client = workspace.anonymous()
    sign_in(client, workspace.email, PASSWORD)
    form = {"old": PASSWORD, "new": "a wholly different phrase"}
    assert inside.post("/settings/profile/passwords", data=form).status_code == 303
    later[0] += timedelta(minutes=2)
    answer = client.post("/sign-in/second-step", data={"code": code_of(secret, later[0])})
    assert answer.headers["Location"] == "/sign-in"


def test_codes_cannot_be_guessed_for_long(workspace: Place, later: list[datetime]) -> None:
    set_up(workspace.client(), NOW)
    client = workspace.anonymous()
    sign_in(client, workspace.email, PASSWORD)
    answers = [client.post("/sign-in/second-step", data={"code": f"{n:06}"}).status_code for n in range(11)]
    assert answers == [422] * 10 + [429]


def test_a_secret_offered_to_one_person_is_of_no_use_to_another(workspace: Place, other_workspace: Place) -> None:
    page = other_workspace.client().get("/settings/security/app").text
    sealed = re.search(r'name="sealed"[^>]*value="([^"]+)"', page)
    secret = re.search(r'data-copy="([A-Z2-7]{32})"', page)
    assert sealed
    assert secret
    form = {"sealed": sealed[1], "code": pyotp.TOTP(secret[1]).now(), "password": PASSWORD}
    assert workspace.client().post("/settings/security/app", data=form).status_code == 422
    form["sealed"] = "not even base64 ☂"
    assert workspace.client().post("/settings/security/app", data=form).status_code == 422


@pytest.mark.parametrize("path", ["app/removals", "recovery-codes", "passkeys", "passkeys/1/removals"])
def test_an_open_browser_is_not_enough_to_change_the_second_step(workspace: Place, path: str) -> None:
    set_up(workspace.client(), clock.now())
    assert workspace.client().post(f"/settings/security/{path}", data={"password": "wrong"}).status_code == 422
    assert ">on<" in workspace.client().get("/settings/security").text


def test_a_workspace_may_require_a_second_step(workspace: Place, later: list[datetime]) -> None:
    answer = workspace.client().post("/settings/security/requirement", data={"required": "y"})
    assert answer.status_code == 303
    client = workspace.client()
    shut = client.get("/lists")
    assert (shut.status_code, shut.headers["Location"]) == (303, "/settings/security")
    assert client.post("/lists", data={"title": "X", "code": "x"}).headers["Location"] == "/settings/security"
    _, codes = set_up(client, NOW)
    assert client.get("/lists").status_code == 200
    answer = client.post("/settings/security/app/removals", data={"password": PASSWORD, "old": codes[0]})
    assert answer.status_code == 422
    assert "Add another one before you remove this" in answer.text


def test_another_app_and_none_want_a_code_of_the_one_before(workspace: Place, later: list[datetime]) -> None:
    client = workspace.client()
    secret, codes = set_up(client, NOW)
    later[0] += timedelta(minutes=2)
    page = client.get("/settings/security/app").text
    sealed, fresh = (
        re.search(r'name="sealed"[^>]*value="([^"]+)"', page),
        re.search(r'data-copy="([A-Z2-7]{32})"', page),
    )
    assert sealed
    assert fresh
    form = {"sealed": sealed[1], "code": code_of(fresh[1], later[0]), "password": PASSWORD}
    for old in ("", "000000", code_of(fresh[1], later[0])):
        assert client.post("/settings/security/app", data=form | {"old": old}).status_code == 422
    assert client.post("/settings/security/app", data=form | {"old": code_of(secret, later[0])}).status_code == 200
    off = {"password": PASSWORD}
    for old in ("", codes[0]):
        assert client.post("/settings/security/app/removals", data=off | {"old": old}).status_code == 422
    later[0] += timedelta(minutes=2)
    new_code = code_of(fresh[1], later[0])
    assert client.post("/settings/security/app/removals", data=off | {"old": new_code}).status_code == 303


def test_only_who_manages_the_workspace_may_require_it(workspace: Place) -> None:
    with workspace.dispatcher.site.app_context(), control_plane():
        account = Account(
            email=f"ed-{workspace.slug}@example.com", password_hash=hash_password(PASSWORD), verified_at=NOW
        )
        db.session.add(account)
        db.session.flush()
        db.session.add(Member(tenant_id=workspace.id, account_id=account.id, role="editor"))
        db.session.commit()
        number = account.id
    client = workspace.client(account_id=number)
    assert client.get("/settings/security").status_code == 200
    assert client.post("/settings/security/requirement", data={"required": "y"}).status_code == 403


def test_sessions_are_listed_and_ended(workspace: Place) -> None:
    here, there = workspace.anonymous(), workspace.anonymous()
    sign_in(here, workspace.email, PASSWORD)
    sign_in(there, workspace.email, PASSWORD)
    page = here.get("/settings/security").text
    assert page.count("this one") == 1
    assert page.count("with the password") == 2
    other = re.findall(r"/sessions/(\d+)/endings", page)
    assert len(other) == 1
    assert here.post(f"/settings/security/sessions/{other[0]}/endings").status_code == 303
    assert there.get("/lists").status_code == 302
    assert here.get("/lists").status_code == 200


def test_everywhere_else_means_other_workspaces_too(workspace: Place, other_workspace: Place) -> None:
    with workspace.dispatcher.site.app_context(), control_plane():
        db.session.add(Member(tenant_id=other_workspace.id, account_id=workspace.account_id, role="editor"))
        db.session.commit()
    here, elsewhere = workspace.client(), other_workspace.client(account_id=workspace.account_id)
    stranger = other_workspace.client()
    assert other_workspace.workspace.name in here.get("/settings/security").text
    assert here.post("/settings/security/sessions/endings").status_code == 303
    assert (here.get("/lists").status_code, elsewhere.get("/lists").status_code) == (200, 302)
    assert stranger.get("/lists").status_code == 200


def test_nobody_ends_or_sees_a_session_of_somebody_else(workspace: Place, other_workspace: Place) -> None:
    theirs = other_workspace.client()
    with other_workspace.inside():
        number = db.session.scalar(sa.select(sa.func.max(PersonSession.id)))
    assert workspace.client().post(f"/settings/security/sessions/{number}/endings").status_code == 404
    assert other_workspace.workspace.name not in workspace.client().get("/settings/security").text
    assert theirs.get("/lists").status_code == 200


def test_a_copied_cookie_is_worth_nothing_after_signing_out(workspace: Place) -> None:
    client = workspace.anonymous()
    sign_in(client, workspace.email, PASSWORD)
    cookie = client.get_cookie("messagepark", domain=workspace.url.removeprefix("http://"))
    assert cookie is not None
    assert client.post("/sign-out").status_code == 303
    thief = workspace.anonymous()
    thief.set_cookie("messagepark", cookie.value, domain=workspace.url.removeprefix("http://"))
    assert thief.get("/lists").status_code == 302


def test_a_changed_password_ends_other_sessions_and_their_rows(workspace: Place) -> None:
    here, there = workspace.client(), workspace.client()
    form = {"old": PASSWORD, "new": "a wholly different phrase"}
    assert here.post("/settings/profile/passwords", data=form).status_code == 303
    assert (here.get("/lists").status_code, there.get("/lists").status_code) == (200, 302)
    with workspace.inside():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(PersonSession)) == 1


def test_a_stranger_who_tries_passwords_does_not_lock_the_owner_out(workspace: Place) -> None:
    own = workspace.anonymous()
    sign_in(own, workspace.email, PASSWORD)
    own.post("/sign-out")
    stranger = workspace.anonymous()
    tries = [sign_in(stranger, workspace.email, "not this one") for _ in range(11)]
    assert tries == [422] * 10 + [429]
    assert sign_in(workspace.anonymous(), workspace.email, PASSWORD) == 429
    assert sign_in(own, workspace.email, PASSWORD) == 303


def test_a_known_browser_tries_no_more_often_than_others_and_is_known_for_one_person(
    workspace: Place, other_workspace: Place
) -> None:
    own = workspace.anonymous()
    sign_in(own, workspace.email, PASSWORD)
    own.post("/sign-out")
    assert [sign_in(own, workspace.email, "not this one") for _ in range(11)][-1] == 429
    cookie = own.get_cookie("messagepark-device", domain=workspace.url.removeprefix("http://"))
    assert cookie is not None
    elsewhere = browser(other_workspace.app, other_workspace.url)
    elsewhere.set_cookie("messagepark-device", cookie.value, domain=other_workspace.url.removeprefix("http://"))
    assert [sign_in(elsewhere, other_workspace.email, "not this") for _ in range(11)][-1] == 429
    assert sign_in(other_workspace.anonymous(), other_workspace.email, PASSWORD) == 429
