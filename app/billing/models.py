"""Usage of a workspace, a row a month; how it pays; which plans it asked for."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.billing.terms import WishState
from app.core.db import Model, NumberedTenantModel, TenantModel


class UsageMonth(TenantModel, Model):
    """Mails reserved at launch and not yet settled, and mails sent. `month` is its first day in the tenant's zone.

    `overage`: how many of those sent were above the plan's number; `overage_told` of them the payment service knows.
    `warned`: the highest share of the plan, in percent, of which the members were told by mail.
    """

    __tablename__ = "usage_months"

    month: Mapped[date] = mapped_column(primary_key=True)
    reserved: Mapped[int] = mapped_column(server_default="0")
    sent: Mapped[int] = mapped_column(server_default="0")
    overage: Mapped[int] = mapped_column(server_default="0")
    overage_told: Mapped[int] = mapped_column(server_default="0")
    warned: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")

    __table_args__ = (sa.CheckConstraint("reserved >= 0 AND sent >= 0", name="not_negative"),)


class BillingAccount(TenantModel, Model):
    """How a workspace pays, made when something of it is first decided.

    `overage`: mails above the plan's number go out and are counted, instead of waiting. The rest is what the payment
    service said of its customer when it was asked last, at `asked_at`; all of it is empty without one.
    `past_due_since`: from when on a bill is open.
    """

    __tablename__ = "billing_accounts"

    overage: Mapped[bool] = mapped_column(server_default=sa.false())
    currency: Mapped[str] = mapped_column(server_default="krw")
    customer: Mapped[str | None] = mapped_column(unique=True)
    subscription: Mapped[str] = mapped_column(server_default="")
    subscription_state: Mapped[str] = mapped_column(server_default="")
    renews_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    trial_ends_at: Mapped[datetime | None]
    past_due_since: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]


class PlanWish(NumberedTenantModel, Model):
    """Another plan that was asked for, to be confirmed by the operator; a workspace has one open at a time."""

    __tablename__ = "plan_wishes"

    plan_code: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=WishState.ASKED.value)
    asked_by: Mapped[int | None]
    asked_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    decided_by: Mapped[str] = mapped_column(server_default="")
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index("uq_plan_wishes_open", "tenant_id", unique=True, postgresql_where=sa.text("state = 'asked'")),
    )


class UsageEntry(TenantModel, Model):
    """What one mailing took of a month, and whose it was. It stays when the mailing is deleted: bills rest on it.

    `reserved` is what it could have sent when it began; `sent` counts once it is over (`settled_at`).
    """

    __tablename__ = "usage_entries"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[date]
    title: Mapped[str]
    member_id: Mapped[int | None]
    reserved: Mapped[int]
    sent: Mapped[int] = mapped_column(server_default="0")
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    __table_args__ = (sa.Index(None, "tenant_id", "month"),)


class Invoice(TenantModel, Model):
    """An invoice as the payment service keeps it. `total` is in the currency's smallest unit."""

    __tablename__ = "invoices"

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str]
    created_at: Mapped[datetime]
    total: Mapped[int]
    currency: Mapped[str]
    state: Mapped[str]
    url: Mapped[str]
    pdf: Mapped[str]


class SubscriptionEnding(Model):
    """What the payment service is to be told of a subscription because its workspace leaves, or stays after all.

    It outlives the workspace, and nothing in it says whose it was. `done_at`: when the payment service had been told.
    Only the owner role reads it.
    """

    __tablename__ = "subscription_endings"

    subscription: Mapped[str] = mapped_column(primary_key=True)
    ending: Mapped[str]
    asked_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class PaymentEvent(Model):
    """Something that the payment service told, once by its number there. Only the owner role reads it.

    `applied_at`: when its customer was looked at because of it; `problem` says why that could not be done.
    """

    __tablename__ = "payment_events"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    customer: Mapped[str | None]
    created_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    applied_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        sa.Index("ix_payment_events_received_at", "received_at"),
        sa.Index("ix_payment_events_open", "received_at", postgresql_where=sa.text("applied_at IS NULL")),
    )
