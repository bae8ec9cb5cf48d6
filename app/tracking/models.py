"""Events of recipients, and the counts kept with them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BulkTenantModel, Model, TenantModel


class Event(BulkTenantModel, Model):
    """Something a recipient, or a machine in its place, did. `link` is that of a click, or a reading's length.

    `key` makes a second ingest of the same event harmless; it begins with the time, so the old ones are a range of it.
    `reason` says how a machine (or a proxy that stands for a person) was known, how somebody left, or what they
    complain of. `device`, `client`, `os`, `language` and `place` are words of `clients` and `places`, empty where
    nothing is known; `network` is forgotten after a while.
    """

    __tablename__ = "events"

    key: Mapped[str] = mapped_column(primary_key=True)
    mailing_id: Mapped[int]
    seq: Mapped[int] = mapped_column(sa.Integer)
    kind: Mapped[str]
    link: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    human: Mapped[bool]
    reason: Mapped[str] = mapped_column(server_default="")
    device: Mapped[str] = mapped_column(server_default="")
    client: Mapped[str] = mapped_column(server_default="")
    os: Mapped[str] = mapped_column(server_default="")
    language: Mapped[str] = mapped_column(server_default="")
    place: Mapped[str] = mapped_column(server_default="")
    network: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime]

    __table_args__ = (sa.Index("ix_events_recipient", "tenant_id", "mailing_id", "seq"),)


class Reaction(BulkTenantModel, Model):
    """First times and totals of one recipient of one mailing, people only; the row is made by the first event.

    `read_for`: the longest reading, in tenths of a second."""

    __tablename__ = "reactions"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    opened_at: Mapped[datetime | None]
    clicked_at: Mapped[datetime | None]
    unsubscribed_at: Mapped[datetime | None]
    complained_at: Mapped[datetime | None]
    opens: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    clicks: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    read_for: Mapped[int | None] = mapped_column(sa.Integer)
    forwards: Mapped[int] = mapped_column(sa.Integer, server_default="0")


class MailingReaction(TenantModel, Model):
    """Counts of a mailing: people (`openers`, `clickers`), their events, and machines beside them."""

    __tablename__ = "mailing_reactions"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    openers: Mapped[int] = mapped_column(server_default="0")
    clickers: Mapped[int] = mapped_column(server_default="0")
    unsubscribers: Mapped[int] = mapped_column(server_default="0")
    complainers: Mapped[int] = mapped_column(server_default="0")
    opens: Mapped[int] = mapped_column(server_default="0")
    clicks: Mapped[int] = mapped_column(server_default="0")
    machine_opens: Mapped[int] = mapped_column(server_default="0")
    machine_clicks: Mapped[int] = mapped_column(server_default="0")
    glanced: Mapped[int] = mapped_column(server_default="0")
    skimmed: Mapped[int] = mapped_column(server_default="0")
    studied: Mapped[int] = mapped_column(server_default="0")
    forwarders: Mapped[int] = mapped_column(server_default="0")


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


class ClientReaction(TenantModel, Model):
    """Opens and clicks of people by what they read with; a word is empty where it is not known."""

    __tablename__ = "client_reactions"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    device: Mapped[str] = mapped_column(primary_key=True)
    client: Mapped[str] = mapped_column(primary_key=True)
    os: Mapped[str] = mapped_column(primary_key=True)
    opens: Mapped[int] = mapped_column(server_default="0")
    clicks: Mapped[int] = mapped_column(server_default="0")


class TraitReaction(TenantModel, Model):
    """Opens and clicks by what else is known (`terms.Trait`): of people their language and place, of machines why."""

    __tablename__ = "trait_reactions"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    trait: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    opens: Mapped[int] = mapped_column(server_default="0")
    clicks: Mapped[int] = mapped_column(server_default="0")


class Tidying(TenantModel, Model):
    """The last day on which a workspace's old events were gone through; networks are forgotten up to a key."""

    __tablename__ = "tidyings"

    day: Mapped[date]
    networks_through: Mapped[str] = mapped_column(server_default="")


class Conversion(TenantModel, Model):
    """An order, and the click it is credited to, if any. The shop's own number makes telling it twice harmless."""

    __tablename__ = "conversions"

    order_id: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[Decimal] = mapped_column(sa.Numeric(16, 2))
    at: Mapped[datetime]
    mailing_id: Mapped[int | None]
    seq: Mapped[int | None] = mapped_column(sa.Integer)
    link: Mapped[int | None] = mapped_column(sa.Integer)
    clicked_at: Mapped[datetime | None]

    __table_args__ = (sa.Index("ix_conversions_mailing", "tenant_id", "mailing_id", "at"),)


class ConversionCount(TenantModel, Model):
    """Orders and what they came to by mailing; mailing 0: those that follow no click."""

    __tablename__ = "conversion_counts"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    orders: Mapped[int] = mapped_column(server_default="0")
    revenue: Mapped[Decimal] = mapped_column(sa.Numeric(18, 2), server_default="0")
