"""A workspace of which the planner has no statistics: its people are looked up by their keys all the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import control_plane
from app.core.unit import unit_of_work
from app.lists.importer import imports
from tests.lists.test_import_paste import counts, new_list, run
from tests.support.workspaces import Place

# Their long addresses make the index by address deep, and any other look cheaper.
CROWD = sa.text("""
INSERT INTO contacts (tenant_id, address, address_key) SELECT :tenant, a, a
FROM (SELECT repeat('crowd', 20) || n || '@example.com' AS a FROM generate_series(1, 20000) AS n) AS crowd
""")
PEOPLE = 600


def test_people_are_looked_up_by_their_keys_while_statistics_do_not_know_the_workspace(
    workspace: Place, other_workspace: Place
) -> None:
    with other_workspace.inside(), unit_of_work():
        db.session.execute(CROWD, {"tenant": other_workspace.workspace.id})
    with workspace.app.app_context(), control_plane(), unit_of_work():
        db.session.execute(sa.text("ANALYZE contacts"))
    with workspace.inside(), scans_of("contacts", "subscriptions") as scans:
        list_id = new_list()
        first = run(imports.paste(list_id, people("First")), size=200)
        again = run(imports.paste(list_id, people("Again")), size=200)
        assert (counts(first), counts(again)) == ((PEOPLE, 0, 0, 0, 0), (0, PEOPLE, 0, 0, 0))
    assert len(scans) > 15
    assert not [scan for scan in scans if not re.search(r"\b(address_key|contact_id|id)\b", scan)]


def people(name: str) -> str:
    return "\n".join(f"{name} {n} <person{n}@example.com>" for n in range(PEOPLE))


@contextmanager
def scans_of(*tables: str) -> Iterator[list[str]]:
    """Collect how the statements of importing reach into the tables: each scan's condition."""
    found: list[str] = []

    def explain(connection: sa.Connection, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith("EXPLAIN"):
            return
        if "import_rows" in statement or "subscriptions s" in statement or "contacts c" in statement:
            plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar_one()
            found.extend(scans_in(plan if isinstance(plan, list) else json.loads(plan), tables))

    engine = db.engines[None]
    sa.event.listen(engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        sa.event.remove(engine, "before_cursor_execute", explain)


def scans_in(node: Any, tables: tuple[str, ...]) -> Iterator[str]:
    if isinstance(node, list):
        for part in node:
            yield from scans_in(part, tables)
    elif isinstance(node, dict):
        if node.get("Relation Name") in tables and "Scan" in node.get("Node Type", ""):
            condition = node.get("Index Cond") or node.get("Recheck Cond")
            yield f"{node['Node Type']} on {node['Relation Name']}: {condition}"
        for part in node.values():
            yield from scans_in(part, tables)
