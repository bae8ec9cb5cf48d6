"""Paying through Stripe: to its pages and back. No transaction is open while it is asked: read, ask, record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.billing import gateway, queries, standing
from app.billing.gateway import Event, Payer, Purchase
from app.billing.models import BillingAccount, PaymentEvent, UsageMonth
from app.billing.wishes import NoSuchPlan, PlanThereAlready
from app.core import clock, queue, unit
from app.core.db import db
from app.core.errors import N_, Conflict, NotFound
from app.core.tenancy import control_plane, current_tenant_id, tenant_scope
from app.tenants.plans import plan, plans
from app.tenants.queries import Workspace, current_workspace

PLAN_PAGE = "/settings/plan"


class NothingToPay(Conflict):
    message = N_("Nothing is paid through the payment service yet. Choose a plan first.")


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys: the address that Stripe writes to, and the language that its pages speak."""

    email: str
    locale: str


def choose(code: str, buyer: Buyer) -> str:
    """Take another plan; return the address of the page where it goes on: Stripe's to pay, ours where that is done.

    A running subscription changes to the plan, with the days reckoned up; the free plan comes when it has run out.

    Raises:
        NoSuchPlan, PlanThereAlready: nothing can be chosen there.
        PaymentAway: Stripe does not answer; nothing was changed.
    """
    if code not in plans():
        raise NoSuchPlan
    with unit.unit_of_work():
        workspace, account = current_workspace(), queries.account()
        lives = queries.pays()
        customer, currency, subscription = account.customer, account.currency, account.subscription
        trial_days = 0 if subscription else plan(code).trial_days
    if code == workspace.plan_code and not (lives and account.ends_at):
        raise PlanThereAlready
    if lives and customer:
        _change(code, customer, subscription, currency)
        return f"{workspace.url}{PLAN_PAGE}"
    customer = customer or _made_known(workspace, buyer)
    back = f"{workspace.url}{PLAN_PAGE}"
    return gateway.checkout(Purchase(customer, plan(code), currency, trial_days, f"{back}?paid=1", back))


def _change(code: str, customer: str, subscription_id: str, currency: str) -> None:
    if plan(code).is_free:
        gateway.end_with_period(subscription_id)
    else:
        found = gateway.look(customer).subscription
        if found is None or found.over:
            raise NothingToPay
        gateway.change_plan(found, plan(code), currency)
    look_again(customer)


def _made_known(workspace: Workspace, buyer: Buyer) -> str:
    customer = gateway.make_customer(
        Payer(str(workspace.id), workspace.legal_name or workspace.name, buyer.email, buyer.locale)
    )
    with unit.unit_of_work():
        standing.note_customer(customer)
    return customer


def portal() -> str:
    """Return the address of Stripe's page for cards, addresses, tax numbers and invoices of the present workspace.

    Raises:
        NothingToPay: Stripe does not know it yet, or plans are not paid through it here.
        PaymentAway: Stripe does not answer.
    """
    with unit.unit_of_work():
        customer, back = queries.account().customer, f"{current_workspace().url}{PLAN_PAGE}"
    if not (customer and gateway.configured()):
        raise NothingToPay
    return gateway.portal(customer, back)


def look_again(customer: str) -> bool:
    """Ask Stripe how a customer stands, and take that over. False: no workspace of ours is this customer."""
    tenant_id = standing.tenant_of(customer)
    if tenant_id is None:
        return False
    asked_at = clock.now()
    unit.commit()
    found = gateway.look(customer)
    with tenant_scope(tenant_id), unit.unit_of_work():
        standing.take_over(found, asked_at=asked_at)
    return True


# --- what Stripe tells ------------------------------------------------------------------------------------------


def hear(event: Event) -> bool:
    """Keep an event, once, and have it looked into; False where it was heard before. Control plane."""
    with control_plane():
        fresh = insert(PaymentEvent).values(
            id=event.id, kind=event.kind, customer=event.customer, created_at=event.created_at
        )
        kept = db.session.scalar(fresh.on_conflict_do_nothing().returning(PaymentEvent.id))
    if kept:
        _have_applied(event.id, event.customer)
    return kept is not None


def _have_applied(event_id: str, customer: str | None) -> None:
    """Ask for the job, in the workspace that it is about: that is where its letters are written."""
    with tenant_scope(standing.tenant_of(customer) if customer else None):
        queue.enqueue("billing.apply_event", event_id)


def apply(event_id: str) -> None:
    """Look at the customer that an event is about. May be repeated at will: only what Stripe says now counts."""
    with unit.unit_of_work(), control_plane():
        customer = db.session.scalar(sa.select(PaymentEvent.customer).where(PaymentEvent.id == event_id))
    ours = bool(customer) and look_again(customer or "")
    with unit.unit_of_work(), control_plane():
        _mark(event_id, applied_at=sa.func.now(), problem="" if ours else "nobody")


def _mark(event_id: str, **values: object) -> None:
    db.session.execute(sa.update(PaymentEvent).where(PaymentEvent.id == event_id).values(**values))


def replay(event_id: str) -> None:
    """Have an event looked into again. Control plane.

    Raises:
        NotFound: none of this number was heard.
    """
    with control_plane():
        event = db.session.get(PaymentEvent, event_id)
        if event is None:
            raise NotFound
        customer = event.customer
        _mark(event_id, applied_at=None, problem="")
    _have_applied(event_id, customer)


def events(count: int = 100) -> list[PaymentEvent]:
    """Return the latest events. Control plane."""
    with control_plane():
        query = sa.select(PaymentEvent).order_by(PaymentEvent.received_at.desc(), PaymentEvent.id).limit(count)
        return list(db.session.scalars(query))


def forgotten_events(before: datetime) -> list[tuple[int | None, str]]:
    """Return (tenant, event) of what was heard before a moment and not looked into: its job was lost. Control plane."""
    with control_plane():
        lost = sa.and_(PaymentEvent.applied_at.is_(None), PaymentEvent.received_at < before)
        whose = sa.select(BillingAccount.tenant_id, PaymentEvent.id).join_from(
            PaymentEvent, BillingAccount, BillingAccount.customer == PaymentEvent.customer, isouter=True
        )
        return [(row[0], row[1]) for row in db.session.execute(whose.where(lost).limit(100))]


# --- mails above the plan's number ------------------------------------------------------------------------------


def tell_overage(month: date) -> None:
    """Report what was sent above the plan's number since the last report. Stripe counts each report once."""
    with unit.unit_of_work():
        customer = queries.account().customer
        row = db.session.get(UsageMonth, (current_tenant_id(), month), populate_existing=True)
        overage, told = (row.overage, row.overage_told) if row else (0, 0)
    if not customer or overage <= told:
        return
    gateway.tell_overage(customer, overage - told, reference=f"{current_tenant_id()}-{month}-{told}-{overage}")
    with unit.unit_of_work():
        mine = sa.and_(UsageMonth.tenant_id == current_tenant_id(), UsageMonth.month == month)
        told_now = sa.func.greatest(UsageMonth.overage_told, overage)
        db.session.execute(sa.update(UsageMonth).where(mine).values(overage_told=told_now))


def untold_overage() -> list[tuple[int, date]]:
    """Return the workspaces and months of which Stripe does not know all. Control plane."""
    with control_plane():
        query = (
            sa.select(UsageMonth.tenant_id, UsageMonth.month)
            .join(BillingAccount, BillingAccount.tenant_id == UsageMonth.tenant_id)
            .where(UsageMonth.overage > UsageMonth.overage_told, BillingAccount.customer.is_not(None))
        )
        return [(row[0], row[1]) for row in db.session.execute(query)]
