"""What the payment service says of a customer becomes the workspace's plan, its state and its invoices.

The newest look wins, whichever event asked for it and in whichever order events came: a look that began before the last
one that was stored changes nothing. After a bill was not paid everything goes on for some days (`GRACE`), then the
workspace can only be read until it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.billing import letters, queries, wishes
from app.billing.gateway import Bill, Standing, Subscription
from app.billing.models import BillingAccount, Invoice
from app.billing.terms import OVER
from app.core import queue
from app.core.db import db
from app.core.tenancy import control_plane, current_tenant_id
from app.tenants import service as tenants
from app.tenants.plans import plans
from app.tenants.queries import current_workspace

GRACE = timedelta(days=7)
UNPAID = ("past_due", "unpaid")
PAID = ("active", "trialing")


def note_customer(customer: str) -> None:
    """Remember under which number Stripe knows the present workspace."""
    fresh = insert(BillingAccount).values(
        tenant_id=current_tenant_id(), currency=queries.usual_currency(), customer=customer
    )
    db.session.execute(fresh.on_conflict_do_update(index_elements=["tenant_id"], set_={"customer": customer}))
    db.session.expire_all()


def tenant_of(customer: str) -> int | None:
    """Return whose customer number this is. Control plane."""
    with control_plane():
        return db.session.scalar(sa.select(BillingAccount.tenant_id).where(BillingAccount.customer == customer))


def take_over(standing: Standing, *, asked_at: datetime) -> bool:
    """Store how the present workspace stands at Stripe, as a look that began at `asked_at` saw it.

    Returns:
        Whether it counts: False where a newer look was stored before.
    """
    before = _locked()
    if before is None or (before.asked_at is not None and before.asked_at >= asked_at):
        return False
    _store_bills(standing.bills)
    found = standing.subscription
    before.asked_at = asked_at
    if found is not None:
        _take_over_subscription(before, found, asked_at)
    db.session.flush()
    return True


def _locked() -> BillingAccount | None:
    query = sa.select(BillingAccount).where(BillingAccount.tenant_id == current_tenant_id())
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def _take_over_subscription(account: BillingAccount, found: Subscription, now: datetime) -> None:
    was_ours = account.subscription == found.id and account.subscription_state not in ("", *OVER)
    account.subscription, account.subscription_state = found.id, found.state
    account.renews_at, account.ends_at, account.trial_ends_at = found.renews_at, found.ends_at, found.trial_ends_at
    if found.state in UNPAID:
        _note_unpaid(account, now)
    elif found.state in PAID:
        account.past_due_since = None
        _open()
        _use(found.plan_code)
    elif found.over and was_ours:
        account.past_due_since = None
        _open()
        _use(next(iter(plans())))
        letters.post_ended()


def _open() -> None:
    if tenants.open_for_changes():
        queue.enqueue("sending.release_held")


def _note_unpaid(account: BillingAccount, now: datetime) -> None:
    if account.past_due_since is None:
        account.past_due_since = now
        letters.post_unpaid(GRACE.days)


def _use(code: str | None) -> None:
    if code and code != current_workspace().plan_code:
        wishes.take(code)


def _store_bills(bills: Sequence[Bill]) -> None:
    for bill in bills:
        values = {name: getattr(bill, name) for name in Bill.__dataclass_fields__}
        fresh = insert(Invoice).values(tenant_id=current_tenant_id(), **values)
        db.session.execute(fresh.on_conflict_do_update(index_elements=["tenant_id", "id"], set_=values))


def overdue(now: datetime) -> list[int]:
    """Return the workspaces whose bill was not paid within the days of grace and that can still be changed.

    Control plane.
    """
    with control_plane():
        query = sa.select(BillingAccount.tenant_id).where(BillingAccount.past_due_since < now - GRACE)
        return list(db.session.scalars(query))


def close_overdue(now: datetime) -> None:
    """Let the present workspace only be read, if its bill is still not paid."""
    account = _locked()
    if account is None or account.past_due_since is None or account.past_due_since >= now - GRACE:
        return
    if tenants.close_for_changes():
        letters.post_closed()
