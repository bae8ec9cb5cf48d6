"""The staged rows of an import in slices of lines, each small enough for one transaction."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id

SIZE = 10_000

_NEXT = sa.text("""
SELECT max(line) FROM (
  SELECT line FROM import_rows WHERE tenant_id = :tenant AND import_id = :import_id AND line > :after
  ORDER BY line LIMIT :size) AS slice
""")
SLICE = """
r.tenant_id = :tenant AND r.import_id = :import_id AND r.line > :after AND r.line <= :through
AND r.verdict IN ('new', 'known')
"""
ROWS = f"import_rows r WHERE {SLICE}"
# Statistics do not know a workspace that is being filled: any index of its people looks as short as any other. What is
# wanted in an order that one index has, and may not be sorted, is looked up there, whatever the planner believes; and a
# `BETWEEN` of one key is no equation, which would make the order idle.
PERSON = """
CROSS JOIN LATERAL (SELECT c.id FROM contacts c WHERE c.tenant_id = :tenant
AND c.address_key BETWEEN r.address_key AND r.address_key ORDER BY c.address_key LIMIT 1) AS known
"""
_MET = sa.text(f"""
SELECT coalesce(array_agg(known.id ORDER BY known.id), '{{}}') FROM import_rows r {PERSON} WHERE {SLICE}
""")  # noqa: S608 - our own text
_COUNT = sa.text(f"SELECT count(*) FROM {ROWS}")  # noqa: S608 - our own text
# A slice that a crash of the database takes with it is done again: its commit is not waited for.
_BY_KEYS = sa.text(
    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),"
    " set_config('enable_mergejoin', 'off', true), set_config('enable_sort', 'off', true),"
    " set_config('synchronous_commit', 'off', true)"
)


def next_slice(import_id: int, *, after: int, size: int) -> dict[str, int] | None:
    """Return what tells the lines of the next slice to `ROWS`; None behind the last."""
    where = {"tenant": current_tenant_id() or 0, "import_id": import_id, "after": after}
    through = db.session.scalar(_NEXT, {**where, "size": size})
    if through is None:
        return None
    db.session.execute(_BY_KEYS)
    return {**where, "through": through}


def count(where: Mapping[str, object]) -> int:
    """Return how many people the rows of a slice speak of."""
    return db.session.scalar(_COUNT, dict(where)) or 0


def people(where: Mapping[str, object]) -> list[int]:
    """Return who the rows of a slice speak of, as far as we know them."""
    return db.session.scalar(_MET, dict(where)) or []
