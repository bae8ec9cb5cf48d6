"""Taking mails out of the month's quota and giving them back.

A launch reserves what it may send; what has left is settled as sent, what never will is given back. The limit stands in
the WHERE of the one statement that raises the count, so no two launches pass it together. A workspace that chose to go
on has no limit there: what was sent above it is counted when it is settled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.billing import queries, thresholds
from app.billing.models import BillingAccount, UsageEntry, UsageMonth
from app.billing.queries import month_of
from app.core import queue
from app.core.db import db
from app.core.errors import Invalid, QuotaExceeded
from app.core.tenancy import current_tenant_id
from app.tenants.plans import NotInPlan
from app.tenants.queries import current_workspace


@dataclass(frozen=True, slots=True)
class Cause:
    """What mails are for: a mailing, by what it is called and who sends it."""

    mailing_id: int
    title: str
    member_id: int | None


def reserve(count: int, now: datetime, cause: Cause | None = None) -> date:
    """Reserve `count` mails of the month that `now` is in, all or none.

    Returns:
        The month, by its first day: `settle` needs it, also when it has passed by then.

    Raises:
        QuotaExceeded: fewer than `count` are left.
    """
    if count < 0:
        raise Invalid
    workspace = current_workspace()
    limit, month = workspace.plan.mails_a_month, month_of(workspace, now)
    bound = None if queries.goes_on() else limit
    used = None if bound is not None and count > bound else db.session.scalar(_take(count, month, bound))
    if used is None:
        raise QuotaExceeded(limit=f"{limit:,}")
    if cause is not None:
        db.session.execute(insert(UsageEntry).values(_entry(cause, count, month, now)).on_conflict_do_nothing())
    thresholds.tell(month, used, limit, now)
    return month


def _take(count: int, month: date, bound: int | None) -> sa.Executable:
    """Return the statement that takes them and says how many are used then, or nothing where they are not left."""
    fresh = insert(UsageMonth).values(tenant_id=current_tenant_id(), month=month, reserved=count)
    wanted = UsageMonth.reserved + UsageMonth.sent + fresh.excluded.reserved
    return fresh.on_conflict_do_update(
        index_elements=[UsageMonth.tenant_id, UsageMonth.month],
        set_={"reserved": UsageMonth.reserved + fresh.excluded.reserved},
        where=None if bound is None else wanted <= bound,
    ).returning(UsageMonth.reserved + UsageMonth.sent)


def _entry(cause: Cause, count: int, month: date, now: datetime) -> dict[str, object]:
    return {
        "tenant_id": current_tenant_id(), "mailing_id": cause.mailing_id, "month": month, "title": cause.title,
        "member_id": cause.member_id, "reserved": count, "at": now,
    }  # fmt: skip


def settle(month: date, *, reserved: int, sent: int, mailing_id: int | None = None) -> None:
    """Take `reserved` mails off the reservation of a month; `sent` of them have left, the rest is given back.

    Raises:
        Invalid: more was settled than is reserved; nothing was changed.
    """
    if not 0 <= sent <= reserved:
        raise Invalid
    above = _above(UsageMonth.sent + sent) - _above(UsageMonth.sent + 0) if queries.goes_on() else 0
    change = (
        sa.update(UsageMonth)
        .where(UsageMonth.tenant_id == current_tenant_id(), UsageMonth.month == month, UsageMonth.reserved >= reserved)
        .values(
            reserved=UsageMonth.reserved - reserved, sent=UsageMonth.sent + sent, overage=UsageMonth.overage + above
        )
        .returning(UsageMonth.month)
    )
    if reserved and db.session.execute(change).one_or_none() is None:
        raise Invalid
    if mailing_id is not None:
        done = sa.update(UsageEntry).where(
            UsageEntry.tenant_id == current_tenant_id(), UsageEntry.mailing_id == mailing_id
        )
        db.session.execute(done.values(sent=sent, settled_at=sa.func.now()))


def _above(count: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """How many of `count` mails of a month are above the plan's number."""
    return sa.func.greatest(0, count - current_workspace().plan.mails_a_month)


def choose_overage(on: bool) -> None:
    """Let mails above the plan's number go out and be counted, or wait. What waits already goes when that is chosen.

    Raises:
        NotInPlan: the plan has no price for them.
    """
    plan = current_workspace().plan
    if on and not plan.overage:
        raise NotInPlan(plan=plan.name)
    fresh = insert(BillingAccount).values(tenant_id=current_tenant_id(), currency=queries.usual_currency(), overage=on)
    db.session.execute(
        fresh.on_conflict_do_update(index_elements=[BillingAccount.tenant_id], set_={"overage": on}).execution_options(
            populate_existing=True
        )
    )
    db.session.expire_all()
    if on:
        queue.enqueue("sending.release_held")
