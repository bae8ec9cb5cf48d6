"""Roll-ups, who has read which report, and which report mails have gone out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, TenantModel


class DayCount(TenantModel, Model):
    """Final answers of a day in the workspace's zone, over all mailings, kept in the transaction of ingest."""

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


class ReportMail(TenantModel, Model):
    """The report of a mailing has been mailed; the row keeps a repeated job from mailing it again."""

    __tablename__ = "report_mails"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    occasion: Mapped[str] = mapped_column(primary_key=True)
    posted_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class CounterCheck(TenantModel, Model):
    """A night's check of counters against the ledger: how many mailings, and what differed (see `audit.Difference`)."""

    __tablename__ = "counter_checks"

    day: Mapped[date] = mapped_column(primary_key=True)
    mailings: Mapped[int] = mapped_column(server_default="0")
    differences: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    checked_at: Mapped[datetime | None]


class ReportChoice(TenantModel, Model):
    """Which later reports the workspace wants by mail, beside the one when a mailing is done."""

    __tablename__ = "report_choices"

    after_day: Mapped[bool] = mapped_column(server_default=sa.false())
    after_week: Mapped[bool] = mapped_column(server_default=sa.false())
