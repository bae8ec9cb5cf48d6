"""Usage of a workspace, a row a month."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, TenantModel


class UsageMonth(TenantModel, Model):
    """Mails reserved at launch and not yet settled, and mails sent. `month` is its first day in the tenant's zone."""

    __tablename__ = "usage_months"

    month: Mapped[date] = mapped_column(primary_key=True)
    reserved: Mapped[int] = mapped_column(server_default="0")
    sent: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (sa.CheckConstraint("reserved >= 0 AND sent >= 0", name="not_negative"),)
