"""Taking mails out of the month's quota and giving them back.

A launch reserves what it may send; what has left is settled as sent, what never will is given back. The limit stands in
the WHERE of the one statement that raises the count, so no two launches pass it together.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.billing.models import UsageMonth
from app.billing.queries import month_of
from app.core.db import db
from app.core.errors import Invalid, QuotaExceeded
from app.core.tenancy import current_tenant_id
from app.tenants.queries import current_workspace


def reserve(count: int, now: datetime) -> date:
    """Reserve `count` mails of the month that `now` is in, all or none.

    Returns:
        The month, by its first day: `settle` needs it, also when it has passed by then.

    Raises:
        QuotaExceeded: fewer than `count` are left.
    """
    if count < 0:
        raise Invalid
    workspace = current_workspace()
    limit = workspace.plan.mails_a_month
    month = month_of(workspace, now)
    if count > limit or db.session.execute(_take(count, month, limit)).one_or_none() is None:
        raise QuotaExceeded(limit=f"{limit:,}")
    return month


def _take(count: int, month: date, limit: int) -> sa.Executable:
    fresh = insert(UsageMonth).values(tenant_id=current_tenant_id(), month=month, reserved=count)
    wanted = UsageMonth.reserved + UsageMonth.sent + fresh.excluded.reserved
    return fresh.on_conflict_do_update(
        index_elements=[UsageMonth.tenant_id, UsageMonth.month],
        set_={"reserved": UsageMonth.reserved + fresh.excluded.reserved},
        where=wanted <= limit,
    ).returning(UsageMonth.month)


def settle(month: date, *, reserved: int, sent: int) -> None:
    """Take `reserved` mails off the reservation of a month; `sent` of them have left, the rest is given back.

    Raises:
        Invalid: more was settled than is reserved; nothing was changed.
    """
    if not 0 <= sent <= reserved:
        raise Invalid
    change = (
        sa.update(UsageMonth)
        .where(UsageMonth.tenant_id == current_tenant_id(), UsageMonth.month == month, UsageMonth.reserved >= reserved)
        .values(reserved=UsageMonth.reserved - reserved, sent=UsageMonth.sent + sent)
        .returning(UsageMonth.month)
    )
    if reserved and db.session.execute(change).one_or_none() is None:
        raise Invalid
