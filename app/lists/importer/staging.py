"""Writing judged lines into `import_rows`, a slice at a time, and telling what only all of them together show.

COPY is refused on a table with row-level security, so lines are copied into a temporary table and inserted from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.lists.importer.slices import PERSON
from app.lists.importer.validation import Judged
from app.lists.suppression import forgotten

_TEMPORARY = sa.text("""
CREATE TEMPORARY TABLE IF NOT EXISTS staged (
  line bigint, cells jsonb, address text, address_key text, name text, fields jsonb, invalid boolean, reason text
) ON COMMIT DROP
""")
_COPY = "COPY staged (line, cells, address, address_key, name, fields, invalid, reason) FROM STDIN"
_TYPES = ["int8", "text", "text", "text", "text", "text", "bool", "text"]
_SORTS = sa.text("SELECT set_config('enable_sort', :sorts, true)")
# The planner takes fresh rows for few, and would compare each of them with each.
_NO_LOOPS = sa.text("SELECT set_config('enable_nestloop', :loops, true)")
_INSERT = """
INSERT INTO import_rows (tenant_id, import_id, line, cells, address, address_key, name, fields, verdict, reason)
SELECT %(tenant)s, %(import_id)s, s.line, s.cells, s.address, s.address_key, s.name, s.fields,
       CASE WHEN s.invalid THEN 'invalid' WHEN c.id IS NOT NULL THEN 'known' ELSE 'new' END, s.reason
FROM staged s LEFT JOIN LATERAL (
  SELECT c.id FROM contacts c WHERE c.tenant_id = %(tenant)s AND NOT s.invalid
  AND c.address_key BETWEEN s.address_key AND s.address_key ORDER BY c.address_key LIMIT 1) c ON true
"""
_STAGED = sa.table(
    "staged", sa.column("address_key", sa.Text), sa.column("invalid", sa.Boolean), sa.column("reason", sa.Text)
)
_FORGET = sa.text("DELETE FROM import_rows WHERE tenant_id = :tenant AND import_id = :import_id")
# Plan: one pass over the import's rows and a sort that spills to disk; only what is there twice is written.
_DUPLICATES = sa.text("""
UPDATE import_rows r SET verdict = 'duplicate', reason = 'same:' || d.first
FROM (SELECT line, min(line) OVER (PARTITION BY address_key) AS first FROM import_rows
      WHERE tenant_id = :tenant AND import_id = :import_id AND verdict IN ('new', 'known')) d
WHERE r.tenant_id = :tenant AND r.import_id = :import_id AND r.line = d.line AND d.line <> d.first
""")
_FINDINGS = sa.text("""
SELECT count(*) AS rows,
       count(*) FILTER (WHERE r.verdict = 'new') AS new,
       count(*) FILTER (WHERE r.verdict = 'known') AS known,
       count(*) FILTER (WHERE r.verdict = 'duplicate') AS duplicate,
       count(*) FILTER (WHERE r.verdict = 'invalid') AS invalid,
       count(*) FILTER (WHERE r.verdict IN ('new', 'known') AND r.reason <> '') AS warned
FROM import_rows r WHERE r.tenant_id = :tenant AND r.import_id = :import_id
""")
_MET_BEFORE = sa.text(f"""
SELECT count(*) FILTER (WHERE place.state IN ('subscribed', 'unconfirmed')) AS inside,
       count(*) FILTER (WHERE place.state NOT IN ('subscribed', 'unconfirmed')) AS departed
FROM import_rows r {PERSON} CROSS JOIN LATERAL (
  SELECT s.state FROM subscriptions s WHERE s.tenant_id = :tenant AND s.list_id = :list_id
  AND s.contact_id BETWEEN known.id AND known.id ORDER BY s.contact_id LIMIT 1) AS place
WHERE r.tenant_id = :tenant AND r.import_id = :import_id AND r.verdict = 'known'
""")  # noqa: S608 - our own text
_SUPPRESSED = sa.text("""
SELECT count(*) FROM import_rows r CROSS JOIN LATERAL (
  SELECT FROM suppressions x WHERE x.tenant_id = :tenant
  AND x.address_key BETWEEN r.address_key AND r.address_key ORDER BY x.address_key LIMIT 1) AS entry
WHERE r.tenant_id = :tenant AND r.import_id = :import_id AND r.verdict IN ('new', 'known')
AND EXISTS (SELECT FROM suppressions WHERE tenant_id = :tenant)
""")
FINDINGS = ("rows", "new", "known", "duplicate", "invalid", "warned", "inside", "departed", "suppressed")


def forget(import_id: int) -> None:
    """Drop what is staged, to begin again."""
    db.session.execute(_FORGET, {"tenant": current_tenant_id(), "import_id": import_id})


@contextmanager
def staged(import_id: int, judged: Sequence[Judged]) -> Iterator[None]:
    """Write a slice of lines, looking up which people are known.

    The database is at it while the block runs; what the block asks of it waits (a connection of psycopg may be shared).
    """
    connection = db.session.connection()
    driver: Any = connection.connection.driver_connection
    connection.execute(_TEMPORARY)
    _copy(driver, judged)
    connection.execute(_refusal())
    with _by_keys(connection):
        with ThreadPoolExecutor(1) as beside:
            written = beside.submit(driver.execute, _INSERT, {"tenant": current_tenant_id(), "import_id": import_id})
            yield
        written.result()
    connection.execute(sa.text("DROP TABLE staged"))


@contextmanager
def _by_keys(connection: sa.Connection) -> Iterator[None]:
    """Look people up by their key, as `slices.PERSON` explains."""
    connection.execute(_SORTS, {"sorts": "off"})
    yield
    connection.execute(_SORTS, {"sorts": "on"})


def _refusal() -> sa.Update:
    """Whoever asked to be forgotten is not brought back by a file."""
    refused = sa.update(_STAGED).where(sa.not_(_STAGED.c.invalid), forgotten(_STAGED.c.address_key))
    return refused.values(invalid=True, reason="forgotten")


def _copy(driver: Any, judged: Sequence[Judged]) -> None:
    with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for row in judged:
            copy.write_row(row)


def findings(import_id: int, list_id: int) -> dict[str, int]:
    """Tell who is in it twice, and return how many rows are of which kind."""
    what = {"tenant": current_tenant_id(), "import_id": import_id}
    connection = db.session.connection()
    connection.execute(_NO_LOOPS, {"loops": "off"})
    connection.execute(_DUPLICATES, what)
    connection.execute(_NO_LOOPS, {"loops": "on"})
    counted = connection.execute(_FINDINGS, what).mappings().one()
    with _by_keys(connection):
        met = connection.execute(_MET_BEFORE, {**what, "list_id": list_id}).mappings().one()
        suppressed = connection.scalar(_SUPPRESSED, what) or 0
    return {**counted, **met, "suppressed": suppressed}
