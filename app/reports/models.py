"""Roll-ups, who has read which report, and which report mails have gone out."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
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
    """Which later reports the workspace wants by mail, beside the one when a mailing is done; and when it is warned.

    Limits of rates are in percent.
    """

    __tablename__ = "report_choices"

    after_day: Mapped[bool] = mapped_column(server_default=sa.false())
    after_week: Mapped[bool] = mapped_column(server_default=sa.false())
    bounce_limit: Mapped[Decimal] = mapped_column(sa.Numeric(4, 1), server_default="5")
    complaint_limit: Mapped[Decimal] = mapped_column(sa.Numeric(4, 2), server_default="0.3")
    stall_minutes: Mapped[int] = mapped_column(sa.SmallInteger, server_default="15")


def _of_member(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "member_id"], ["members.tenant_id", "members.id"], name=f"fk_{table}_members", ondelete="CASCADE"
    )


class ReportWish(TenantModel, Model):
    """What one member wants mailed. Without a row: no summaries, and warnings for owners and admins."""

    __tablename__ = "report_wishes"

    member_id: Mapped[int] = mapped_column(primary_key=True)
    weekly: Mapped[bool] = mapped_column(server_default=sa.false())
    monthly: Mapped[bool] = mapped_column(server_default=sa.false())
    alerts: Mapped[bool] = mapped_column(server_default=sa.true())

    __table_args__ = (_of_member("report_wishes"),)


class SummaryMail(TenantModel, Model):
    """A member got the summary of the week or month (`span`) that began on `first`."""

    __tablename__ = "summary_mails"

    member_id: Mapped[int] = mapped_column(primary_key=True)
    span: Mapped[str] = mapped_column(primary_key=True)
    first: Mapped[date] = mapped_column(primary_key=True)
    posted_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (_of_member("summary_mails"),)


class Alert(TenantModel, Model):
    """Something went beyond a limit, and the workspace was told; one row an incident, open until it is `cleared_at`.

    `mailing_id` is 0 where it is about the workspace.
    """

    __tablename__ = "alerts"

    kind: Mapped[str] = mapped_column(primary_key=True)
    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    raised_at: Mapped[datetime] = mapped_column(primary_key=True, server_default=sa.func.now())
    cleared_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index(
            "uq_alerts_open", "tenant_id", "kind", "mailing_id", unique=True,
            postgresql_where=sa.text("cleared_at IS NULL"),
        ),
    )  # fmt: skip
