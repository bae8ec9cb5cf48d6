"""Roll-ups and who has read which report."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, TenantModel


class DayCount(TenantModel, Model):
    """Final answers of a day (UTC), over all mailings, kept in the transaction of ingest."""

    __tablename__ = "day_counts"

    day: Mapped[date] = mapped_column(primary_key=True)
    accepted: Mapped[int] = mapped_column(server_default="0")
    bounced: Mapped[int] = mapped_column(server_default="0")


class ReportRead(TenantModel, Model):
    """A member has opened the report of a mailing."""

    __tablename__ = "report_reads"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(primary_key=True)
    read_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
