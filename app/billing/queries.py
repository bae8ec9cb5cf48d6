"""How much of the plan is used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.billing.models import BillingAccount, Invoice, UsageMonth
from app.billing.terms import OVER
from app.core.db import asked_once, db
from app.core.tenancy import current_tenant_id
from app.tenants.plans import Currency, Plan
from app.tenants.queries import Workspace, current_workspace


@dataclass(frozen=True, slots=True)
class Usage:
    """The month so far. `reserved` mails belong to mailings under way; they become `sent` or are given back.

    `overage`: how many were sent above the limit. `goes_on`: what is above the limit goes out as well and is counted,
    as the workspace chose.
    """

    plan_name: str
    limit: int
    reserved: int
    sent: int
    overage: int = 0
    goes_on: bool = False

    @property
    def used(self) -> int:
        return self.reserved + self.sent

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True)
class PastMonth:
    """A month by its first day, and what was sent in it."""

    month: date
    sent: int
    reserved: int
    overage: int = 0


def month_of(workspace: Workspace, now: datetime) -> date:
    """Return the first day of the month that `now` is in, in the workspace's zone."""
    return now.astimezone(ZoneInfo(workspace.timezone)).date().replace(day=1)


def bought() -> Plan:
    """Return the present workspace's plan."""
    return current_workspace().plan


@asked_once
def account() -> BillingAccount:
    """Return how the present workspace pays; nothing is stored where it never decided anything of it."""
    kept = db.session.get(BillingAccount, current_tenant_id())
    return kept or BillingAccount(overage=False, currency=usual_currency(), subscription="", subscription_state="")


def pays() -> bool:
    """Tell whether the present workspace has a subscription that is not over."""
    kept = db.session.get(BillingAccount, current_tenant_id())
    return kept is not None and bool(kept.subscription) and kept.subscription_state not in ("", *OVER)


def invoices(count: int = 24) -> list[Invoice]:
    """Return the present workspace's invoices, the newest first."""
    query = sa.select(Invoice).where(Invoice.tenant_id == current_tenant_id())
    return list(db.session.scalars(query.order_by(Invoice.created_at.desc(), Invoice.id).limit(count)))


def goes_on() -> bool:
    """Tell whether the present workspace chose to go on above its plan's number, and the plan lets it."""
    return bool(bought().overage) and account().overage


def usual_currency() -> Currency:
    return Currency.KRW if current_workspace().locale == "ko" else Currency.USD


def usage(now: datetime) -> Usage:
    """Return the present workspace's usage of the month that `now` is in."""
    workspace, has = current_workspace(), bought()
    query = sa.select(UsageMonth.reserved, UsageMonth.sent, UsageMonth.overage).where(
        UsageMonth.tenant_id == current_tenant_id(), UsageMonth.month == month_of(workspace, now)
    )
    reserved, sent, overage = db.session.execute(query).one_or_none() or (0, 0, 0)
    return Usage(has.name, has.mails_a_month, reserved, sent, overage, goes_on())


def room(now: datetime) -> int | None:
    """Return how many mails more may go this month; None for any number."""
    month = usage(now)
    return None if month.goes_on else month.left


def past_months(now: datetime, count: int = 24) -> list[PastMonth]:
    """Return the months before the present one in which something was sent, the newest first."""
    query = (
        sa.select(UsageMonth.month, UsageMonth.sent, UsageMonth.reserved, UsageMonth.overage)
        .where(UsageMonth.tenant_id == current_tenant_id(), UsageMonth.month < month_of(current_workspace(), now))
        .order_by(UsageMonth.month.desc())
        .limit(count)
    )
    return [PastMonth(*row) for row in db.session.execute(query)]
