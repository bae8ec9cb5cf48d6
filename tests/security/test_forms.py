"""Changes need a form of ours; what a form does not ask for changes nothing; no field breaks out of its line."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.compose import queries as compose
from app.core.access import Guard
from app.core.tenancy import current_tenant_id
from app.dispatch import Dispatcher
from app.lists import queries as lists
from app.tenants import queries as tenants
from tests.architecture.test_routes import CHANGING, _path, rules
from tests.security.test_other_tenants import rows
from tests.support.content import fill
from tests.support.workspaces import Place, browser

# Whoever answers these has no cookie of ours that means anything: readers, their mail programs, a payment service, a
# shop's server that proves itself by a signature, and programs that come with a key.
WITHOUT_TOKEN = {"readers", "tracking", "payment_events", "conversions", "api"}
BREAKS = ["\r\nBcc: spy@example.com", "\nX-Evil: 1", "\rX", "\x00"]


EXPIRED = b"This page was open too long"


@pytest.fixture
def guarded(dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch) -> None:
    for app in (dispatcher.site, dispatcher.console, dispatcher.prototype):
        monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)


def open_doors(app: Flask, client: FlaskClient, ids: dict[str, int]) -> list[str]:
    """The routes that take a change without a token."""
    taken = []
    for rule in rules(app):
        if rule.endpoint.partition(".")[0] in WITHOUT_TOKEN:
            continue
        for method in sorted(CHANGING & (rule.methods or set())):
            path, english = _path(app, rule, ids), {"Accept-Language": "en"}
            answer = client.open(path, method=method, data={"email": "a@example.com"}, headers=english)
            if answer.status_code != 422 or EXPIRED not in answer.data:
                taken.append(f"{method} {rule.rule} {answer.status_code}")
    return taken


@pytest.mark.usefixtures("guarded")
def test_every_change_on_a_workspace_needs_a_token(workspace: Place) -> None:
    ids = fill(workspace)
    before = rows(workspace)
    assert open_doors(workspace.app, workspace.client(), ids) == []
    assert rows(workspace) == before


@pytest.mark.usefixtures("guarded")
def test_every_change_on_the_site_needs_a_token(dispatcher: Dispatcher) -> None:
    assert open_doors(dispatcher.site, browser(dispatcher.site, "http://messagepark.test"), {}) == []


@pytest.mark.usefixtures("guarded")
def test_every_change_on_the_console_needs_a_token(dispatcher: Dispatcher, operator: FlaskClient) -> None:
    assert open_doors(dispatcher.console, operator, {}) == []


def test_only_named_parts_take_changes_without_a_token(dispatcher: Dispatcher) -> None:
    for app in (dispatcher.site, dispatcher.console, dispatcher.prototype):
        exempt = {name for name in app.extensions["csrf"]._exempt_blueprints if name in app.blueprints}
        assert exempt <= WITHOUT_TOKEN
        assert not app.extensions["csrf"]._exempt_views
        assert all(app.extensions["guards"][name] in (Guard.PUBLIC, Guard.KEY) for name in exempt)


def test_what_a_form_does_not_ask_for_is_not_taken(workspace: Place, other_workspace: Place) -> None:
    """Mass assignment: columns that are nobody's to choose, sent along with those that are."""
    with workspace.inside():
        before = tenants.current_workspace()
    extra = {
        "id": str(other_workspace.id), "tenant_id": str(other_workspace.id),
        "plan_code": "newspaper", "state": "closed",
        "slug": "taken-over", "role": "owner", "account_id": str(other_workspace.account_id),
        "verified_at": "2020-01-01",
        "custom_host": "evil.example", "version": "99",
    }  # fmt: skip
    settings = {
        "name": "New name", "locale": "en", "timezone": "Asia/Seoul", "brand_color": "#123456", "sender_name": "News",
        "sender_address": "news@example.com",
    }  # fmt: skip
    client = workspace.client()
    assert client.post("/settings", data=settings | extra).status_code == 303
    assert (
        client.post("/settings/profile", data={"name": "Me", "locale": "en", "theme": "auto"} | extra).status_code < 400
    )
    assert client.post("/lists", data={"title": "Mine", "code": "mine"} | extra).status_code < 400
    with workspace.inside():
        after, myself = tenants.current_workspace(), tenants.member(workspace.member_id)
        assert (after.id, after.slug, after.plan_code, after.state) == (
            before.id,
            before.slug,
            before.plan_code,
            before.state,
        )
        assert after.custom_host == before.custom_host
        assert myself is not None
        assert myself.account.id == workspace.account_id
        assert "Mine" in [one.title for one in lists.lists()]
        assert current_tenant_id() == workspace.id
    with other_workspace.inside():
        assert lists.lists() == []


@pytest.mark.parametrize("text", BREAKS)
@pytest.mark.parametrize("field", ["subject", "sender_name", "sender_address", "reply_to"])
def test_no_field_of_a_mail_breaks_out_of_its_line(workspace: Place, field: str, text: str) -> None:
    ids = fill(workspace)
    form = {"subject": "Today", "sender_name": "News", "sender_address": "news@example.com", "reply_to": ""}
    given = form[field] or "back@example.com"
    workspace.client().post(f"/mailings/{ids['mailing_id']}/content", data=form | {field: given + text, "version": "1"})
    with workspace.inside():
        mailing = compose.mailing(ids["mailing_id"])
        kept = (mailing.subject, mailing.sender_name, mailing.sender_address, mailing.reply_to)
    assert not any(sign in str(value) for value in kept for sign in "\r\n\0")


@pytest.mark.parametrize("text", BREAKS)
def test_no_name_of_a_workspace_or_a_list_breaks_out_of_its_line(workspace: Place, text: str) -> None:
    client = workspace.client()
    client.post("/lists", data={"title": f"Daily{text}", "code": "daily"})
    client.post("/settings", data={
        "name": f"Paper{text}", "locale": "en", "timezone": "Asia/Seoul", "brand_color": "#123456",
        "sender_name": f"News{text}", "sender_address": "news@example.com",
    })  # fmt: skip
    with workspace.inside():
        now = tenants.current_workspace()
        kept = [now.name, now.sender_name, *(one.title for one in lists.lists())]
    assert not any(sign in value for value in kept for sign in "\r\n\0")
