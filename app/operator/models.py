"""Tables of the console."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model


class Announcement(Model):
    """Something that every member of every workspace reads above each page, from then until then. All may read it."""

    __tablename__ = "announcements"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    korean: Mapped[str]
    english: Mapped[str]
    tone: Mapped[str]
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    author: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class OperatorFactor(Model):
    """An operator's second factor. Only the owner role reads it.

    `secret` is sealed, `last_step` the time step whose code was used last, `recovery` the hashes of codes not used yet.
    """

    __tablename__ = "operator_factors"

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[bytes]
    last_step: Mapped[int]
    recovery: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    confirmed_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
