"""What columns with these titles were taken for the last time; recognised by the titles, in any import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.lists import fields
from app.lists.importer.mapping import FIELD, IGNORE
from app.lists.models import Import, ImportMapping


def remember(entry: Import, now: datetime) -> None:
    """Keep what a person has said yes to. Columns without titles cannot be recognised."""
    titles = _titles(entry.columns)
    if not any(titles):
        return
    row = insert(ImportMapping).values(titles=titles, mapping=entry.mapping, used_at=now)
    kept = {"mapping": entry.mapping, "used_at": now}
    db.session.execute(row.on_conflict_do_update(index_elements=["tenant_id", "titles"], set_=kept))


def recall(columns: Sequence[Mapping[str, Any]]) -> list[str] | None:
    """Return the mapping of the last import with these titles, without fields that were put away since."""
    titles = _titles(columns)
    query = sa.select(ImportMapping.mapping).where(
        ImportMapping.tenant_id == current_tenant_id(), ImportMapping.titles == titles
    )
    found = db.session.scalar(query) if any(titles) else None
    if found is None:
        return None
    living = {f"{FIELD}{field.key}" for field in fields.fields()}
    return [target if not target.startswith(FIELD) or target in living else IGNORE for target in found]


def _titles(columns: Sequence[Mapping[str, Any]]) -> list[str]:
    return [" ".join(str(column.get("title", "")).split()).casefold() for column in columns]
