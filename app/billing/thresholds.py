"""Telling how much of the month's quota is used: at 80, 90 and 100 percent, once each, by mail."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import insert

from app.billing import letters, queries, words
from app.billing.forecast import forecast
from app.billing.models import UsageMonth
from app.billing.queries import month_of
from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.tenants.member_letters import Letter
from app.tenants.queries import current_workspace

STEPS = (80, 90, 100)


def tell(month: date, used: int, limit: int, now: datetime) -> None:
    """Mail those who manage the workspace that another step is reached; what was told in this month is not repeated."""
    reached = step(used, limit)
    if reached and _is_news(month, reached):
        letters.post(lambda: _letter(reached, used, limit, now))


def tell_refused(now: datetime) -> None:
    """As `tell`, where a mailing was held although the number itself is not reached yet."""
    used, plan = queries.usage(now).used, current_workspace().plan
    if _is_news(month_of(current_workspace(), now), STEPS[-1]):
        letters.post(lambda: _letter(STEPS[-1], used, plan.mails_a_month, now))


def step(used: int, limit: int) -> int:
    """Return the highest step that is reached, in percent; 0 for none."""
    return max((each for each in STEPS if used * 100 >= each * limit), default=0)


def _is_news(month: date, reached: int) -> bool:
    """Remember that a step was told; False where that or a higher one was told before."""
    fresh = insert(UsageMonth).values(tenant_id=current_tenant_id(), month=month, warned=reached)
    told = fresh.on_conflict_do_update(
        index_elements=[UsageMonth.tenant_id, UsageMonth.month],
        set_={"warned": reached}, where=UsageMonth.warned < reached,
    )  # fmt: skip
    return db.session.scalar(told.returning(UsageMonth.month)) is not None


def begin_anew(now: datetime) -> None:
    """Another plan has other numbers: its steps are told again."""
    month = month_of(current_workspace(), now)
    mine = sa.and_(UsageMonth.tenant_id == current_tenant_id(), UsageMonth.month == month)
    db.session.execute(sa.update(UsageMonth).where(mine).values(warned=0))


def _letter(reached: int, used: int, limit: int, now: datetime) -> Letter:
    said = [figures(used, limit), what_next(reached)]
    if reached < STEPS[-1]:
        today = now.astimezone(ZoneInfo(current_workspace().timezone)).date()
        said.insert(1, f"{words.ahead(forecast(now), today)}.")
    return Letter(_subject(reached), said, _("Look at the usage"), "/settings/usage")


def figures(used: int, limit: int) -> str:
    return _("%(used)s of the %(limit)s mails of this month are sent or reserved.",
             used=f"{used:,}", limit=f"{limit:,}")  # fmt: skip


def _subject(reached: int) -> str:
    if reached >= STEPS[-1]:
        return _("The month's mails are used up")
    return _("%(share)s percent of the month's mails are used", share=reached)


def what_next(reached: int) -> str:
    if queries.goes_on():
        return _("What goes beyond that is sent as well and counted for the bill, as you chose.")
    if reached >= STEPS[-1]:
        return _("A mailing that does not fit waits. It goes by itself when the month turns or the plan is raised.")
    return _("Beyond that mailings wait until the month turns, unless you take a larger plan.")
