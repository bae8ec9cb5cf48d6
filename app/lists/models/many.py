"""Tables of choosing many people, and of what is done to them at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, NumberedTenantModel, TenantModel
from app.lists.states import SegmentKind


class Segment(NumberedTenantModel, Model):
    """People by a rule: a tree of conditions, or SQL where `sql` is not empty. A favourite is a piece to build with."""

    __tablename__ = "segments"

    kind: Mapped[str] = mapped_column(server_default=SegmentKind.SEGMENT.value)
    title: Mapped[str]
    folder: Mapped[str] = mapped_column(server_default="")
    condition: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    sql: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    archived_at: Mapped[datetime | None]


class HiddenTarget(TenantModel, Model):
    """Something that the workspace does not want to be offered when a segment is built."""

    __tablename__ = "hidden_targets"

    target: Mapped[str] = mapped_column(primary_key=True)


class BulkAction(NumberedTenantModel, Model):
    """Something that is done to many people by a job, slice by slice: those up to `through` are done.

    `last_id` is the newest contact there was when it began: who comes later is not meant.
    """

    __tablename__ = "bulk_actions"

    kind: Mapped[str]
    selection: Mapped[dict[str, Any]] = mapped_column(JSONB)
    params: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    state: Mapped[str]
    through: Mapped[int] = mapped_column(server_default="0")
    last_id: Mapped[int] = mapped_column(server_default="0")
    total: Mapped[int] = mapped_column(server_default="0")
    done: Mapped[int] = mapped_column(server_default="0")
    changed: Mapped[int] = mapped_column(server_default="0")
    started_by: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    finished_at: Mapped[datetime | None]


class BulkChange(TenantModel, Model):
    """What was before a bulk action, so that it can be undone. `list_id` is 0 where no list is concerned."""

    __tablename__ = "bulk_changes"

    action_id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(primary_key=True)
    was: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "action_id"], ["bulk_actions.tenant_id", "bulk_actions.id"], ondelete="CASCADE"
        ),
    )


class Export(NumberedTenantModel, Model):
    """People written into a file by a job. `unencodable` counts people with letters that the encoding does not have."""

    __tablename__ = "exports"

    selection: Mapped[dict[str, Any]] = mapped_column(JSONB)
    columns: Mapped[list[str]] = mapped_column(JSONB)
    format: Mapped[str]
    state: Mapped[str]
    total: Mapped[int] = mapped_column(server_default="0")
    done: Mapped[int] = mapped_column(server_default="0")
    unencodable: Mapped[int] = mapped_column(server_default="0")
    size: Mapped[int] = mapped_column(server_default="0")
    started_by: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    finished_at: Mapped[datetime | None]


class ExportChunk(TenantModel, Model):
    """A piece of the file of an export, until it expires."""

    __tablename__ = "export_chunks"

    export_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)

    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "export_id"], ["exports.tenant_id", "exports.id"], ondelete="CASCADE"),
    )
