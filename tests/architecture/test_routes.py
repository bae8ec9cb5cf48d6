"""Every route stands behind a declared guard, and no GET changes anything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

from app.core.access import Guard
from app.core.db import db
from app.core.tenancy import control_plane
from app.dispatch import Dispatcher
from tests.support.workspaces import Place

# What every member may do to their own account or view, whatever the role.
SELF_SERVICE = {
    "tenants.preferences",
    "tenants.save_profile",
    "tenants.change_password",
    "tenants.resend_verification",
    "tenants.sign_out",
    "reports.mark_read",
    "tenants.add_app",
    "tenants.change_address",
    "tenants.remove_app",
    "tenants.renew_recovery_codes",
    "tenants.add_passkey",
    "tenants.remove_passkey",
    "tenants.disconnect",
    "tenants.end_session",
    "tenants.end_other_sessions",
}
OPERATORS = "http://operator.messagepark.test"
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}


def rules(app: Flask) -> Iterator[Rule]:
    return (rule for rule in app.url_map.iter_rules() if rule.endpoint != "static")


def apps(dispatcher: Dispatcher) -> list[Flask]:
    return [dispatcher.site, dispatcher.console, dispatcher.prototype]


def test_every_route_belongs_to_a_blueprint_with_a_guard(dispatcher: Dispatcher) -> None:
    for app in apps(dispatcher):
        unguarded = [r.rule for r in rules(app) if r.endpoint.partition(".")[0] not in app.extensions["guards"]]
        assert unguarded == []


def test_every_change_by_a_member_asks_for_a_permission(dispatcher: Dispatcher) -> None:
    app = dispatcher.prototype
    careless = [
        rule.endpoint
        for rule in rules(app)
        if app.extensions["guards"][rule.endpoint.partition(".")[0]] is Guard.MEMBER
        and CHANGING & (rule.methods or set())
        and rule.endpoint not in SELF_SERVICE
        and not hasattr(app.view_functions[rule.endpoint], "required_permission")
    ]
    assert careless == []


def test_a_stranger_is_sent_to_sign_in(workspace: Place) -> None:
    app = workspace.app
    client = workspace.anonymous()
    for rule in rules(app):
        if app.extensions["guards"][rule.endpoint.partition(".")[0]] is not Guard.MEMBER:
            continue
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            answer = client.open(_path(app, rule, {}), method=method)
            assert answer.status_code == 302, (rule.rule, method)
            assert "/sign-in" in answer.headers["Location"]


def test_no_get_changes_the_database(full_workspace: tuple[Place, dict[str, int]]) -> None:
    place, ids = full_workspace
    app, client = place.app, place.client()
    before = digest(place.dispatcher)
    failed = []
    for rule in rules(app):
        if "GET" in (rule.methods or set()):
            answer = client.get(_path(app, rule, ids))
            answer.get_data()
            if answer.status_code >= 500:
                failed.append((rule.rule, answer.status_code))
    assert failed == []
    assert digest(place.dispatcher) == before


def test_no_get_of_the_site_changes_the_database(dispatcher: Dispatcher) -> None:
    client = dispatcher.site.test_client()
    before = digest(dispatcher)
    for rule in rules(dispatcher.site):
        if "GET" in (rule.methods or set()):
            client.get(_path(dispatcher.site, rule, {}), base_url="http://messagepark.test").get_data()
    assert digest(dispatcher) == before


def test_the_console_sends_a_stranger_to_its_door(dispatcher: Dispatcher) -> None:
    app = dispatcher.console
    for rule in rules(app):
        if app.extensions["guards"][rule.endpoint.partition(".")[0]] is not Guard.OPERATOR:
            continue
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            answer = app.test_client().open(_path(app, rule, {}), method=method, base_url=OPERATORS)
            assert (answer.status_code, answer.location) == (302, "/sign-in"), (rule.rule, method)


def _path(app: Flask, rule: Rule, ids: dict[str, int]) -> str:
    values = {name: ids.get(name, 1 if _is_number(rule, name) else ids.get("token", "x")) for name in rule.arguments}
    built = rule.build(values)
    assert built is not None, rule
    return built[1]


def _is_number(rule: Rule, name: str) -> bool:
    return type(rule._converters[name]).__name__ in ("IntegerConverter", "FloatConverter")


def digest(dispatcher: Dispatcher) -> dict[str, str]:
    """A fingerprint of every row of every table."""
    with dispatcher.site.app_context(), control_plane():
        tables = sa.inspect(db.session.connection()).get_table_names()
        query = "SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {} t"
        prints = {table: str(db.session.scalar(sa.text(query.format(table)))) for table in tables}
        db.session.rollback()
        return prints


@pytest.fixture
def full_workspace(workspace: Place) -> tuple[Place, dict[str, int]]:
    from tests.support.content import fill

    return workspace, fill(workspace)
