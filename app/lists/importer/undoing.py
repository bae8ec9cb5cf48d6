"""Taking an import back: places in the list, people nobody else knows, and what people's rows said before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.lists.models import Import

# Whoever has left or bounced since then keeps that mark: forgetting it would mail them again.
_LEAVE = sa.text("""
DELETE FROM subscriptions s WHERE s.tenant_id = :tenant AND s.list_id = ANY(:lists) AND s.import_id = :import_id
AND s.state IN ('subscribed', 'unconfirmed')
""")
_FORGET = sa.text("""
DELETE FROM contacts c USING import_rows r
WHERE r.tenant_id = :tenant AND r.import_id = :import_id AND r.verdict IN ('new', 'known')
AND c.tenant_id = :tenant AND c.address_key = r.address_key
AND c.created_import_id = :import_id AND c.import_id = :import_id
AND NOT EXISTS (SELECT FROM subscriptions s WHERE s.tenant_id = :tenant AND s.contact_id = c.id)
""")
_RESTORE = sa.text("""
UPDATE contacts c SET name = h.name, fields = h.fields, import_id = NULL, updated_at = now()
FROM import_changes h
WHERE h.tenant_id = :tenant AND h.import_id = :import_id
AND c.tenant_id = :tenant AND c.id = h.contact_id AND c.import_id = :import_id
""")


@dataclass(frozen=True, slots=True)
class Undone:
    """How many left the list, were forgotten, and say again what they said before."""

    left: int
    forgotten: int
    restored: int


def take_back(entry: Import) -> Undone:
    """Undo an import in the present transaction. People whom something later touched keep what that said."""
    values = {"tenant": current_tenant_id(), "import_id": entry.id, "lists": [entry.list_id, *entry.also_lists]}
    left, forgotten, restored = (_count(statement, values) for statement in (_LEAVE, _FORGET, _RESTORE))
    return Undone(left, forgotten, restored)


def _count(statement: sa.TextClause, values: dict[str, Any]) -> int:
    return int(getattr(db.session.execute(statement, values), "rowcount", 0))
