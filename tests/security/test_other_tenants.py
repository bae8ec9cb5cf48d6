"""Nobody reaches another workspace's things: not by a route, not by a reader's address, not by a job."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

from app.core.access import Guard
from app.core.db import Base, db
from app.core.errors import DomainError
from app.schema import import_models
from tests.architecture.test_changes import FORM
from tests.architecture.test_routes import _path, rules
from tests.document.samples import doc, words
from tests.support.content import fill
from tests.support.programs import make_key
from tests.support.workspaces import Place
from worker.registry import TASKS

import_models()
# Arguments that name a thing of a workspace; others are kinds, days, numbers inside of such a thing.
OWNED = {
    "action_id", "approval_id", "campaign_id", "connection_id", "contact_id", "domain_id", "export_id", "import_id",
    "invitation_id", "key", "key_id", "list_id", "mailing_id", "member_id", "name", "pattern_id", "picture_id",
    "role_id", "segment_id", "sync_id", "template_id", "token", "version_id",
}  # fmt: skip
# What programs send, of the operations that take something.
GIVEN: dict[str, dict[str, str]] = {
    "api.subscribe": {"address": "new-reader@example.com", "consent": "asked"},
    "api.unsubscribe": {"address": "reader@example.com"},
    "api.launch_mailing": {},
}
# What the service counts and remembers by the way, and what each browser of a test is signed in by.
PASSING = {"notices", "sessions"}


@pytest.fixture
def theirs(other_workspace: Place) -> tuple[Place, dict[str, int]]:
    return other_workspace, fill(other_workspace)


def named(app: Flask, guard: Guard) -> Iterator[Rule]:
    """The routes behind a guard that name a thing of a workspace."""
    for rule in rules(app):
        if app.extensions["guards"][rule.endpoint.partition(".")[0]] is guard and OWNED & rule.arguments:
            yield rule


def asked(rule: Rule, method: str) -> dict[str, Any]:
    """What makes a change wanted, so that it fails for nothing but whose thing it is."""
    if method == "GET":
        return {}
    if rule.endpoint in GIVEN:
        return {"json": GIVEN[rule.endpoint]}
    if rule.rule.endswith("/document"):
        return {"json": {"document": doc(words("Else")), "version": 1}}
    return {"data": FORM | {"at": "2030-01-01T09:00"}}


def rows(place: Place) -> dict[str, str]:
    """A fingerprint of all that a workspace has."""
    tables = [t.name for t in Base.metadata.tables.values() if "tenant_id" in t.columns and t.name not in PASSING]
    query = "SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {} t"
    with place.inside():
        return {table: str(db.session.scalar(sa.text(query.format(table)))) for table in sorted(tables)}


@pytest.mark.parametrize("guard", [Guard.MEMBER, Guard.PUBLIC, Guard.KEY])
def test_no_route_leads_to_another_workspaces_things(
    workspace: Place, theirs: tuple[Place, dict[str, int]], guard: Guard
) -> None:
    place, ids = theirs
    before = rows(place)
    reached = []
    key = {"Authorization": f"Bearer {make_key(workspace)}"} if guard is Guard.KEY else {}
    for rule in named(workspace.app, guard):
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            client = workspace.client() if guard is Guard.MEMBER else workspace.anonymous()
            answer = client.open(_path(workspace.app, rule, ids), method=method, headers=key, **asked(rule, method))
            if answer.status_code not in (404, 410):
                reached.append((rule.rule, method, answer.status_code))
    assert not reached, "\n".join(map(str, reached))
    assert rows(place) == before


def test_no_job_does_anything_to_another_workspaces_things(
    workspace: Place, theirs: tuple[Place, dict[str, int]]
) -> None:
    place, ids = theirs
    before = rows(place)
    tried = []
    for name, entry in TASKS.items():
        call = entry.load()
        takes = inspect.signature(call).parameters
        if not takes or not set(takes) <= OWNED:
            continue
        tried.append(name)
        try:
            with workspace.app.app_context():
                if entry.own_units:
                    call(**{argument: ids[argument] for argument in takes})
                else:
                    with workspace.inside():
                        call(**{argument: ids[argument] for argument in takes})
        except DomainError:
            pass  # it says that there is no such thing
    assert rows(place) == before
    assert len(tried) >= 12, tried


def test_a_key_of_another_workspace_leads_nowhere(workspace: Place, other_workspace: Place) -> None:
    ids, key = fill(workspace), {"Authorization": f"Bearer {make_key(other_workspace)}"}
    before = rows(workspace)
    for rule in rules(workspace.app):
        if workspace.app.extensions["guards"][rule.endpoint.partition(".")[0]] is not Guard.KEY:
            continue
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            path = _path(workspace.app, rule, ids)
            answer = workspace.anonymous().open(path, method=method, headers=key, **asked(rule, method))
            assert answer.status_code == 401, rule.rule
    assert rows(workspace) == before
