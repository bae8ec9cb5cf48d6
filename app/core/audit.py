"""The log of changes: who changed what, from what to what, from where. Append-only: nobody who works here alters it.

Changes of rows are written by a trigger in the same transaction (`migrations/audit.py` says which tables it watches),
so that no service can forget it. `record` is for what changes no row: coming in, taking a file away.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.actor import present_actor
from app.core.db import Model, NumberedTenantModel, db


class AuditEntry(NumberedTenantModel, Model):
    """One change. `thing` is a table's name or a word for what has no table; `action`: insert, update, delete, or a
    word. `before` and `after` hold the columns that differ; a secret is a row of dots, a long text its beginning.
    """

    __tablename__ = "audit_entries"

    at: Mapped[datetime] = mapped_column(server_default=sa.func.clock_timestamp())
    actor_kind: Mapped[str]
    actor_id: Mapped[int]
    actor_name: Mapped[str]
    place: Mapped[str] = mapped_column(server_default="")
    device: Mapped[str] = mapped_column(server_default="")
    action: Mapped[str]
    thing: Mapped[str]
    thing_id: Mapped[str] = mapped_column(server_default="")
    title: Mapped[str] = mapped_column(server_default="")
    before: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    after: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")

    __table_args__ = (
        sa.Index("ix_audit_entries_tenant_id_thing_id", "tenant_id", "thing", "id"),
        sa.Index("ix_audit_entries_tenant_id_actor_id_id", "tenant_id", "actor_id", "id"),
    )


def record(
    action: str, thing: str, *, thing_id: object = "", title: str = "", after: dict[str, Any] | None = None
) -> None:
    """Write down what somebody does that changes no row. Without an actor it is the service's own work, and no news."""
    actor = present_actor()
    if actor is not None:
        entry = AuditEntry(
            actor_kind=actor.kind, actor_id=actor.id, actor_name=actor.name, place=actor.place, device=actor.device,
            action=action, thing=thing, thing_id=str(thing_id), title=title, after=after or {},
        )  # fmt: skip
        db.session.add(entry)
