"""Events of recipients, and the counts kept with them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, NumberedTenantModel, TenantModel


class Event(NumberedTenantModel, Model):
    """Something a recipient, or a machine in its place, did. `key` makes a second ingest of the same event harmless."""

    __tablename__ = "events"

    key: Mapped[str]
    mailing_id: Mapped[int]
    seq: Mapped[int] = mapped_column(sa.Integer)
    kind: Mapped[str]
    link: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    human: Mapped[bool]
    reason: Mapped[str] = mapped_column(server_default="")
    user_agent: Mapped[str] = mapped_column(server_default="")
    network: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime]

    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "key"),
        sa.Index("ix_events_recipient", "tenant_id", "mailing_id", "seq"),
    )


class Reaction(TenantModel, Model):
    """First times and totals of one recipient of one mailing, people only; the row is made by the first event."""

    __tablename__ = "reactions"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    opened_at: Mapped[datetime | None]
    clicked_at: Mapped[datetime | None]
    unsubscribed_at: Mapped[datetime | None]
    opens: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    clicks: Mapped[int] = mapped_column(sa.Integer, server_default="0")


class MailingReaction(TenantModel, Model):
    """Counts of a mailing: people (`openers`, `clickers`), their events, and machines beside them."""

    __tablename__ = "mailing_reactions"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    openers: Mapped[int] = mapped_column(server_default="0")
    clickers: Mapped[int] = mapped_column(server_default="0")
    unsubscribers: Mapped[int] = mapped_column(server_default="0")
    opens: Mapped[int] = mapped_column(server_default="0")
    clicks: Mapped[int] = mapped_column(server_default="0")
    machine_opens: Mapped[int] = mapped_column(server_default="0")
    machine_clicks: Mapped[int] = mapped_column(server_default="0")


class LinkReaction(TenantModel, Model):
    """Clicks of people and machines on one link."""

    __tablename__ = "link_reactions"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    clicks: Mapped[int] = mapped_column(server_default="0")
    machine_clicks: Mapped[int] = mapped_column(server_default="0")


class HourReaction(TenantModel, Model):
    """Opens and clicks of people by the hour (UTC)."""

    __tablename__ = "hour_reactions"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    opens: Mapped[int] = mapped_column(server_default="0")
    clicks: Mapped[int] = mapped_column(server_default="0")
