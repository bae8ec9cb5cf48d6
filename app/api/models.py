"""Tables of keys, and of answers that may be asked for again."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, NumberedTenantModel, TenantModel


class ApiKey(NumberedTenantModel, Model):
    """What a program shows to come in. Only a keyed hash of it is here, found by its public beginning (`prefix`).

    It may do what stands in `scopes`, as far as the member who made it may do that now; it goes with that member.
    `networks` are where it may be used from, none: anywhere. `expires_on` is its last day, `used_on` when it was used
    last.
    """

    __tablename__ = "api_keys"

    member_id: Mapped[int]
    name: Mapped[str]
    prefix: Mapped[str]
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    networks: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), server_default="{}")
    expires_on: Mapped[date | None]
    used_on: Mapped[date | None]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "prefix"),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["members.tenant_id", "members.id"], ondelete="CASCADE"),
    )


class ApiAnswer(TenantModel, Model):
    """What a request with an Idempotency-Key was answered, so that the same one again does nothing twice.

    `digest` is of the request; the row is written in the transaction of what the request did.
    """

    __tablename__ = "api_answers"

    key_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary)
    status: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    body: Mapped[bytes] = mapped_column(sa.LargeBinary, server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "key_id"], ["api_keys.tenant_id", "api_keys.id"], ondelete="CASCADE"),
        sa.Index("ix_api_answers_created_at", "tenant_id", "created_at"),
    )
