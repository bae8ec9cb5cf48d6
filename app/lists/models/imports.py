"""Tables of bringing people in: imports, their rows, the databases they come from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BulkTenantModel, Model, NumberedTenantModel, TenantModel
from app.lists.states import ImportPolicy, ImportState, RowVerdict


class Import(NumberedTenantModel, Model):
    """One bringing-in of people from a source, with what became of its rows.

    `layout` says how the source is read, `choices` how else it could be, `columns` what was found in it, `mapping`
    what each column is taken for, `findings` how many rows got which verdict. `problem` is the code of what went wrong.
    `read_through`, `merged_through`: the last line that is staged and merged; a killed job goes on behind them.
    `undone_through`: the last line that is taken back; `undone`: how many people it had been gone through for,
    `left_again`: how many of them left a list by that.
    `connection_id`, `query`: what a database was asked, `sync_id`: for which standing order. `remembered`: the mapping
    is that of an earlier import with the same columns. `also_lists`: further lists to join. `moved_at`: when a job last
    did something for it.
    """

    __tablename__ = "imports"

    list_id: Mapped[int]
    source: Mapped[str]
    file_name: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default=ImportState.PREVIEWED.value)
    problem: Mapped[str] = mapped_column(server_default="")
    layout: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    columns: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    choices: Mapped[dict[str, list[str]]] = mapped_column(JSONB, server_default="{}")
    mapping: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    findings: Mapped[dict[str, int]] = mapped_column(JSONB, server_default="{}")
    policy: Mapped[str] = mapped_column(server_default=ImportPolicy.UPDATE.value)
    consent: Mapped[str] = mapped_column(server_default="")
    connection_id: Mapped[int | None]
    query: Mapped[str] = mapped_column(server_default="")
    sync_id: Mapped[int | None]
    remembered: Mapped[bool] = mapped_column(server_default=sa.false())
    also_lists: Mapped[list[int]] = mapped_column(JSONB, server_default="[]")
    double_opt_in: Mapped[bool] = mapped_column(server_default=sa.false())
    started_by: Mapped[int | None]
    size: Mapped[int] = mapped_column(server_default="0")
    read_through: Mapped[int] = mapped_column(server_default="0")
    rows: Mapped[int] = mapped_column(server_default="0")
    added: Mapped[int] = mapped_column(server_default="0")
    updated: Mapped[int] = mapped_column(server_default="0")
    unchanged: Mapped[int] = mapped_column(server_default="0")
    kept_out: Mapped[int] = mapped_column(server_default="0")
    rejected: Mapped[int] = mapped_column(server_default="0")
    merged_through: Mapped[int] = mapped_column(server_default="0")
    undone_through: Mapped[int] = mapped_column(server_default="0")
    undone: Mapped[int] = mapped_column(server_default="0")
    left_again: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    moved_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "list_id"], ["lists.tenant_id", "lists.id"], ondelete="CASCADE"),
    )


class ImportChunk(TenantModel, Model):
    """A piece of what was handed in, as it came, until it is no longer needed."""

    __tablename__ = "import_chunks"

    import_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)

    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "import_id"], ["imports.tenant_id", "imports.id"], ondelete="CASCADE"),
    )


class ImportRow(BulkTenantModel, Model):
    """A staged row: its line, what it said, and what we think of it. It goes with its import (a trigger)."""

    __tablename__ = "import_rows"

    import_id: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    cells: Mapped[list[str]] = mapped_column(JSONB)
    address: Mapped[str] = mapped_column(server_default="")
    address_key: Mapped[str] = mapped_column(server_default="")
    name: Mapped[str] = mapped_column(server_default="")
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    verdict: Mapped[str] = mapped_column(server_default=RowVerdict.NEW.value)
    reason: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        sa.Index(
            "ix_import_rows_told", "tenant_id", "import_id", "line",
            postgresql_where=sa.text("reason <> ''"),
        ),
    )  # fmt: skip


class ImportChange(TenantModel, Model):
    """What a contact said before an import changed it, so that the import can be undone."""

    __tablename__ = "import_changes"

    import_id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "import_id"], ["imports.tenant_id", "imports.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "contact_id"], ["contacts.tenant_id", "contacts.id"], ondelete="CASCADE"),
        sa.Index("ix_import_changes_contact", "tenant_id", "contact_id"),
    )


class ImportMapping(NumberedTenantModel, Model):
    """What somebody took columns with these titles for, the last time. `titles` are the folded titles."""

    __tablename__ = "import_mappings"

    titles: Mapped[list[str]] = mapped_column(JSONB)
    mapping: Mapped[list[str]] = mapped_column(JSONB)
    used_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (sa.UniqueConstraint("tenant_id", "titles"),)


class DatabaseConnection(NumberedTenantModel, Model):
    """How to enter a customer's own database. The password is sealed, and never shown again."""

    __tablename__ = "database_connections"

    title: Mapped[str]
    kind: Mapped[str]
    host: Mapped[str]
    port: Mapped[int]
    database: Mapped[str]
    user_name: Mapped[str]
    password: Mapped[bytes] = mapped_column(sa.LargeBinary)
    encryption: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class Sync(NumberedTenantModel, Model):
    """A standing order: ask a database every so often, keep a list in step. `gone`: what becomes of the vanished."""

    __tablename__ = "syncs"

    connection_id: Mapped[int]
    list_id: Mapped[int]
    query: Mapped[str]
    mapping: Mapped[list[str]] = mapped_column(JSONB)
    policy: Mapped[str]
    consent: Mapped[str]
    double_opt_in: Mapped[bool]
    also_lists: Mapped[list[int]] = mapped_column(JSONB, server_default="[]")
    gone: Mapped[str]
    every_hours: Mapped[int]
    next_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "list_id"], ["lists.tenant_id", "lists.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "connection_id"],
            ["database_connections.tenant_id", "database_connections.id"],
            ondelete="CASCADE",
        ),
        sa.Index("ix_syncs_next", "next_at"),
    )


class SyncKey(BulkTenantModel, Model):
    """Whom a key of a standing order's database means, and which address that said last."""

    __tablename__ = "sync_keys"

    sync_id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[int]
    address_key: Mapped[str]

    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "sync_id"], ["syncs.tenant_id", "syncs.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "contact_id"], ["contacts.tenant_id", "contacts.id"], ondelete="CASCADE"),
        sa.Index("ix_sync_keys_contact", "tenant_id", "contact_id"),
    )
