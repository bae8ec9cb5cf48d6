"""What many parts of a page ask for is asked for once, and never kept beyond what it is true for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import tenant_scope
from app.core.unit import unit_of_work
from app.tenants.models import Tenant
from app.tenants.queries import current_workspace
from tests.support.workspaces import HostClient, Place


@contextmanager
def statements(of: str) -> Iterator[list[str]]:
    """The statements that mention something, as they are asked."""
    seen: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if of in statement:
            seen.append(statement)

    engine = db.engines[None]
    sa.event.listen(engine, "before_cursor_execute", hear)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", hear)


def test_a_page_asks_once_for_its_workspace(workspace: Place, client: HostClient) -> None:
    client.get("/")
    with statements("FROM tenants \nWHERE tenants.id") as seen:
        assert client.get("/").status_code == 200
    assert len(seen) == 1


def test_what_is_changed_is_seen_at_once(workspace: Place) -> None:
    with workspace.app.test_request_context(base_url=workspace.url, method="POST"), unit_of_work():
        assert current_workspace().name != "Else"
        db.session.execute(sa.update(Tenant).values(name="Else").where(Tenant.id == workspace.id))
        assert current_workspace().name == "Else"


def test_one_workspace_is_never_taken_for_another(workspace: Place, other_workspace: Place) -> None:
    with workspace.app.test_request_context(base_url=workspace.url):
        assert current_workspace().id == workspace.id
        with tenant_scope(other_workspace.id):
            assert current_workspace().id == other_workspace.id
        assert current_workspace().id == workspace.id
