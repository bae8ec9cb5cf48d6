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
ROWS = """
import_rows r WHERE r.tenant_id = :tenant AND r.import_id = :import_id AND r.line > :after AND r.line <= :through
AND r.verdict IN ('new', 'known')
"""
_PEOPLE = sa.text(f"""
SELECT array_agg(c.id ORDER BY c.id) FROM contacts c
WHERE c.tenant_id = :tenant AND c.address_key = ANY(ARRAY(SELECT r.address_key FROM {ROWS}))
""")  # noqa: S608 - our own text
_NEWCOMERS = sa.text(f"""
SELECT count(*) FROM {ROWS} AND r.verdict = 'new'
AND NOT EXISTS (SELECT FROM contacts c WHERE c.tenant_id = :tenant AND c.address_key = r.address_key)
""")  # noqa: S608 - our own text
# While tables grow under it, the planner takes them for small: it is told to look people up by their keys. A join with
# `subscriptions` would even so scan the whole list for each person; hence arrays.
_BY_KEYS = sa.text(
    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),"
    " set_config('enable_mergejoin', 'off', true)"
)


def next_slice(import_id: int, *, after: int, size: int) -> dict[str, int] | None:
    """Return what tells the lines of the next slice to `ROWS`; None behind the last."""
    where = {"tenant": current_tenant_id() or 0, "import_id": import_id, "after": after}
    through = db.session.scalar(_NEXT, {**where, "size": size})
    if through is None:
        return None
    db.session.execute(_BY_KEYS)
    return {**where, "through": through}


def newcomers(where: Mapping[str, object]) -> int:
    """Return how many of a slice's rows speak of people whom we do not know by now."""
    return db.session.scalar(_NEWCOMERS, dict(where)) or 0


def people(where: Mapping[str, object]) -> list[int]:
    """Return who the rows of a slice speak of, as far as we know them."""
    return db.session.scalar(_PEOPLE, dict(where)) or []
