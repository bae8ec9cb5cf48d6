"""What became of a workspace's mails, a row a day, and where it stands."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, TenantModel


class ConductDay(TenantModel, Model):
    """A day in the workspace's zone: mails handed over (`taken`), and what was answered to them on that day."""

    __tablename__ = "conduct_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    taken: Mapped[int] = mapped_column(server_default="0")
    accepted: Mapped[int] = mapped_column(server_default="0")
    hard_bounces: Mapped[int] = mapped_column(server_default="0")
    complaints: Mapped[int] = mapped_column(server_default="0")


class Brake(TenantModel, Model):
    """Whether a workspace is braked, what it says to that, and whether an operator trusts it.

    `reason`: hard_bounces or complaints; `share` of them when it was braked. What was counted before `counted_from`
    brakes no more: an operator has lifted the brake on it. `words`: why the workspace thinks that it may go on.
    """

    __tablename__ = "brakes"

    braked_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(server_default="")
    share: Mapped[float] = mapped_column(sa.Float, server_default="0")
    words: Mapped[str] = mapped_column(server_default="")
    appealed_at: Mapped[datetime | None]
    counted_from: Mapped[date | None]
    trusted: Mapped[bool] = mapped_column(server_default=sa.false())
    decided_by: Mapped[str] = mapped_column(server_default="")
