"""Finding people by any part of their address or name, among a million as among ten.

Sixty-four neighbours' texts stand together in a row of `contact_blocks`, written by a trigger of `contacts`. A search
walks the blocks from the newest and opens those that hold all its words (ADR 0009).
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id

BLOCK = 64
MOST_WORDS = 8

# Plan: the key of contact_blocks backwards, filtered by strpos; the lines of the blocks that pass; stops at the limit.
_FIND = """
SELECT b.ids[l.n] FROM contact_blocks b
CROSS JOIN LATERAL string_to_table(b.texts, E'\\n') WITH ORDINALITY AS l (line, n) {join}
WHERE b.tenant_id = :tenant AND b.block <= :last AND b.ids[l.n] < :before {words}
ORDER BY b.block DESC, l.n LIMIT :count
"""
_MEMBER = (
    # OFFSET 0: asked for one person after the other, so that the walk can stop; a join would first gather everybody.
    "CROSS JOIN LATERAL (SELECT FROM subscriptions s WHERE s.tenant_id = :tenant AND s.list_id = :list"
    " AND s.contact_id = b.ids[l.n] AND (:state = '' OR s.state = :state) OFFSET 0) AS member"
)


def newest_with(
    text: str, *, before: int | None, count: int, list_id: int | None = None, state: str | None = None
) -> Sequence[int]:
    """Return the highest ids below `before` of people (of a list, in a state) in whom every word of `text` stands."""
    words = text.split()[:MOST_WORDS]
    conditions = "".join(
        f" AND strpos(b.texts, lower(:word{n})) > 0 AND strpos(l.line, lower(:word{n})) > 0" for n in range(len(words))
    )
    below = before if before is not None else 2**62
    values = {f"word{n}": word for n, word in enumerate(words)}
    statement = sa.text(_FIND.format(join=_MEMBER if list_id else "", words=conditions))
    place = {"list": list_id, "state": state or ""} if list_id else {}
    return db.session.scalars(
        statement,
        {"tenant": current_tenant_id(), "before": below, "last": below // BLOCK, "count": count, **values, **place},
    ).all()
