"""Writing judged lines into `import_rows`: which are new, known, twice in the source, or invalid, and how many of each.

COPY is refused on a table with row-level security, so lines are copied into a temporary table and inserted from there;
what is told apart by comparing many rows is told apart in that INSERT.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

import msgspec
import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.lists.importer.validation import Judged

_TEMPORARY = """
CREATE TEMPORARY TABLE staged (
  line bigint, cells jsonb, address text, address_key text, name text, fields jsonb, invalid boolean, reason text
) ON COMMIT DROP
"""
_BATCH = 5000
_encode = msgspec.json.Encoder().encode
_COPY = "COPY staged (line, cells, address, address_key, name, fields, invalid, reason) FROM STDIN"

_INSERT = sa.text("""
INSERT INTO import_rows (tenant_id, import_id, line, cells, address, address_key, name, fields, verdict, reason)
SELECT :tenant, :import_id, s.line, s.cells, s.address, s.address_key, s.name, s.fields,
       CASE WHEN s.invalid THEN 'invalid' WHEN s.line <> s.first THEN 'duplicate'
            WHEN c.id IS NOT NULL THEN 'known' ELSE 'new' END,
       CASE WHEN NOT s.invalid AND s.line <> s.first THEN 'same:' || s.first ELSE s.reason END
FROM (SELECT *, CASE WHEN invalid THEN line ELSE min(line) OVER (PARTITION BY address_key, invalid) END AS first
      FROM staged) s
LEFT JOIN contacts c ON c.tenant_id = :tenant AND c.address_key = s.address_key AND NOT s.invalid
ORDER BY s.line
""")
_FORGET = sa.text("DELETE FROM import_rows WHERE tenant_id = :tenant AND import_id = :import_id")

_FINDINGS = sa.text("""
SELECT count(*) AS rows,
       count(*) FILTER (WHERE r.verdict = 'new') AS new,
       count(*) FILTER (WHERE r.verdict = 'known') AS known,
       count(*) FILTER (WHERE r.verdict = 'duplicate') AS duplicate,
       count(*) FILTER (WHERE r.verdict = 'invalid') AS invalid,
       count(*) FILTER (WHERE r.verdict IN ('new', 'known') AND r.reason <> '') AS warned
FROM import_rows r WHERE r.tenant_id = :tenant AND r.import_id = :import_id
""")
_KNOWN = """
SELECT c.id FROM import_rows r JOIN contacts c ON c.tenant_id = :tenant AND c.address_key = r.address_key
WHERE r.tenant_id = :tenant AND r.import_id = :import_id AND r.verdict = 'known'
"""
# Never a join for each person: until it has statistics, the planner scans a new list once for every row.
_MET_BEFORE = sa.text(f"""
SELECT count(*) FILTER (WHERE s.state IN ('subscribed', 'unconfirmed')) AS inside,
       count(*) FILTER (WHERE s.state NOT IN ('subscribed', 'unconfirmed')) AS departed
FROM subscriptions s WHERE s.tenant_id = :tenant AND s.list_id = :list_id AND s.contact_id = ANY(ARRAY({_KNOWN}))
""")  # noqa: S608 - our own text
_SUPPRESSED = sa.text("""
SELECT count(*) FROM import_rows r JOIN suppressions x ON x.tenant_id = :tenant AND x.address_key = r.address_key
WHERE r.tenant_id = :tenant AND r.import_id = :import_id AND r.verdict IN ('new', 'known')
""")
FINDINGS = ("rows", "new", "known", "duplicate", "invalid", "warned", "inside", "departed", "suppressed")


def stage(import_id: int, list_id: int, judged: Iterable[Judged]) -> dict[str, int]:
    """Replace the staged rows of an import; return the findings: how many of which kind."""
    what = {"tenant": current_tenant_id(), "import_id": import_id}
    connection = db.session.connection()
    connection.execute(_FORGET, what)
    connection.execute(sa.text(_TEMPORARY))
    _copy(connection, judged)
    connection.execute(sa.text("ANALYZE staged"))
    connection.execute(_INSERT, what)
    connection.execute(sa.text("DROP TABLE staged"))
    counted = connection.execute(_FINDINGS, what).mappings().one()
    met = connection.execute(_MET_BEFORE, {**what, "list_id": list_id}).mappings().one()
    return {**counted, **met, "suppressed": connection.scalar(_SUPPRESSED, what) or 0}


def _copy(connection: sa.Connection, judged: Iterable[Judged]) -> None:
    """Copy in batches: the source may be read through the same connection, which can do one thing at a time."""
    driver: Any = connection.connection.driver_connection
    rows = iter(judged)
    while batch := list(islice(rows, _BATCH)):
        with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
            copy.set_types(["int8", "text", "text", "text", "text", "text", "bool", "text"])
            for row in batch:
                copy.write_row(_values(row))


def _values(row: Judged) -> tuple[object, ...]:
    fields = _encode(row.fields).decode() if row.fields else "{}"
    cells = _encode(row.line.cells).decode()
    return row.line.number, cells, row.address, row.key, row.name, fields, row.invalid, row.reason
