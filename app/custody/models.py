"""Tables of archives."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, NumberedTenantModel, TenantModel


class Archive(NumberedTenantModel, Model):
    """A ZIP of everything that a workspace holds. While `finished_at` is empty, a job writes it."""

    __tablename__ = "archives"

    member_id: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    finished_at: Mapped[datetime | None]
    size: Mapped[int] = mapped_column(server_default="0")
    rows: Mapped[int] = mapped_column(server_default="0")
    files: Mapped[int] = mapped_column(server_default="0")


class ArchiveChunk(TenantModel, Model):
    """A piece of an archive."""

    __tablename__ = "archive_chunks"

    archive_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    content: Mapped[bytes]

    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "archive_id"], ["archives.tenant_id", "archives.id"], ondelete="CASCADE"),
    )
