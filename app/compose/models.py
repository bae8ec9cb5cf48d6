"""Mailings as they are written."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, NumberedTenantModel


class MailingKind(StrEnum):
    NEWSLETTER = "newsletter"
    NOTICE = "notice"
    ADVERTISING = "advertising"
    BREAKING = "breaking"


def _of_campaign() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "campaign_id"], ["campaigns.tenant_id", "campaigns.id"], ondelete="SET NULL (campaign_id)"
    )


class Campaign(NumberedTenantModel, Model):
    """What several mailings are for. `owner_id` is the member who answers for it."""

    __tablename__ = "campaigns"

    title: Mapped[str]
    purpose: Mapped[str] = mapped_column(server_default="")
    folder: Mapped[str] = mapped_column(server_default="")
    owner_id: Mapped[int | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class Mailing(NumberedTenantModel, Model):
    """One message to one audience, editable until it is launched. `version` rises with each save.

    `html` is what is sent. Where there is a `document`, it is rendered from that; else somebody wrote it as HTML.
    `trial` holds variants to try (`app.compose.trials`); `replaces_id` is the running mailing whose rest gets this one.
    `text_part` is the author's own; empty, it is derived from the HTML. `at_time` is the hour that is usual for it;
    opens and clicks count for `tracking_days`, without end where that is empty. `tested_version` was sent as a test.
    `attachments` are files and the way they go, as `app.compose.attachments` keeps them.
    `wished_at` is when a draft is meant to go; nothing goes by itself then.
    """

    __tablename__ = "mailings"

    subject: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[str] = mapped_column(server_default=MailingKind.NEWSLETTER.value)
    sender_name: Mapped[str] = mapped_column(server_default="")
    sender_address: Mapped[str] = mapped_column(server_default="")
    reply_to: Mapped[str] = mapped_column(server_default="")
    document: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    html: Mapped[str] = mapped_column(server_default="")
    text_part: Mapped[str] = mapped_column(server_default="")
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    list_ids: Mapped[list[int]] = mapped_column(ARRAY(sa.BigInteger), server_default="{}")
    segment_ids: Mapped[list[int]] = mapped_column(ARRAY(sa.BigInteger), server_default="{}")
    excluded_list_ids: Mapped[list[int]] = mapped_column(ARRAY(sa.BigInteger), server_default="{}")
    excluded_segment_ids: Mapped[list[int]] = mapped_column(ARRAY(sa.BigInteger), server_default="{}")
    report_to_author: Mapped[bool] = mapped_column(server_default=sa.true())
    report_recipients: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), server_default="{}")
    series_id: Mapped[int | None]
    trial: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    replaces_id: Mapped[int | None]
    campaign_id: Mapped[int | None]
    at_time: Mapped[time | None] = mapped_column(sa.Time())
    tracking_days: Mapped[int | None] = mapped_column(sa.SmallInteger)
    tested_version: Mapped[int | None]
    wished_at: Mapped[datetime | None]
    author_id: Mapped[int | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (
        _of_campaign(),
        sa.Index(None, "tenant_id", "campaign_id"),
        sa.Index("ix_mailings_wished_at", "tenant_id", "wished_at", postgresql_where=sa.text("wished_at IS NOT NULL")),
    )


class Pattern(NumberedTenantModel, Model):
    """What a mailing of a kind is each time: its envelope, audience, hour, and what its body begins with (`start`)."""

    __tablename__ = "mail_patterns"

    title: Mapped[str]
    subject: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[str] = mapped_column(server_default=MailingKind.NEWSLETTER.value)
    sender_name: Mapped[str] = mapped_column(server_default="")
    sender_address: Mapped[str] = mapped_column(server_default="")
    reply_to: Mapped[str] = mapped_column(server_default="")
    list_ids: Mapped[list[int]] = mapped_column(ARRAY(sa.BigInteger), server_default="{}")
    segment_ids: Mapped[list[int]] = mapped_column(ARRAY(sa.BigInteger), server_default="{}")
    excluded_list_ids: Mapped[list[int]] = mapped_column(ARRAY(sa.BigInteger), server_default="{}")
    excluded_segment_ids: Mapped[list[int]] = mapped_column(ARRAY(sa.BigInteger), server_default="{}")
    campaign_id: Mapped[int | None]
    at_time: Mapped[time | None] = mapped_column(sa.Time())
    tracking_days: Mapped[int | None] = mapped_column(sa.SmallInteger)
    start: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (_of_campaign(),)


class Approval(NumberedTenantModel, Model):
    """What somebody asked a second person's yes for: an `act` as it was `wanted`, and what the mailing said then."""

    __tablename__ = "approvals"

    mailing_id: Mapped[int]
    act: Mapped[str] = mapped_column(server_default="launch")
    digest: Mapped[str]
    wanted: Mapped[dict[str, Any]] = mapped_column(JSONB)
    planned_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(server_default="")
    asked_by: Mapped[int]
    asked_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    state: Mapped[str] = mapped_column(server_default="asked")
    decided_by: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    reply: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "mailing_id"], ["mailings.tenant_id", "mailings.id"], ondelete="CASCADE"),
        sa.Index(
            "uq_approvals_open", "tenant_id", "mailing_id", unique=True, postgresql_where=sa.text("state = 'asked'")
        ),
    )


class SavedBlock(NumberedTenantModel, Model):
    """A block that is kept for other mails; each copy names it in its `saved`."""

    __tablename__ = "saved_blocks"

    title: Mapped[str]
    block: Mapped[dict[str, Any]] = mapped_column(JSONB)
    updated_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class TestGroup(NumberedTenantModel, Model):
    """Addresses that tests go to, under a name."""

    __tablename__ = "test_groups"
    title: Mapped[str]
    addresses: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))


class MailingVersion(NumberedTenantModel, Model):
    """What a mailing said from `saved_at` on. What one person saves within a few minutes of `began_at` is one."""

    __tablename__ = "mailing_versions"

    mailing_id: Mapped[int]
    subject: Mapped[str]
    document: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    html: Mapped[str]
    text_part: Mapped[str]
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    author_id: Mapped[int | None]
    began_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    saved_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "mailing_id"], ["mailings.tenant_id", "mailings.id"], ondelete="CASCADE"),
        sa.Index(None, "tenant_id", "mailing_id", "id"),
    )


class Series(NumberedTenantModel, Model):
    """A mailing that comes again: at each of its times a copy of its pattern, `mailing_id`, is scheduled.

    `rule` is an RRULE (RFC 5545) of days on the workspace's clock. With a `field_key`, each of its days is for those
    whose date in that field was `offset` days before. `problem` says why it rests. With a `digest` it was approved,
    and comes only while its pattern says what it said then.
    """

    __tablename__ = "series"

    mailing_id: Mapped[int]
    rule: Mapped[str]
    at_time: Mapped[time] = mapped_column(sa.Time())
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    skipped: Mapped[list[date]] = mapped_column(ARRAY(sa.Date), server_default="{}")
    field_key: Mapped[str] = mapped_column(server_default="")
    offset: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    leap_day: Mapped[str] = mapped_column(server_default="02-28")
    active: Mapped[bool] = mapped_column(server_default=sa.true())
    next_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(server_default="")
    report_to: Mapped[str] = mapped_column(server_default="")
    digest: Mapped[str] = mapped_column(server_default="")
    author_id: Mapped[int | None]

    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "mailing_id"], ["mailings.tenant_id", "mailings.id"], ondelete="CASCADE"),
        sa.UniqueConstraint("tenant_id", "mailing_id"),
        sa.Index("ix_series_next", "next_at", postgresql_where=sa.text("active")),
    )
