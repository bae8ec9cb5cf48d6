"""The thin strip above every page: what waits, what went today, how it is received, how much of the month is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from app.billing.banners import Banner, banners
from app.billing.queries import usage
from app.conduct.queries import is_braked
from app.conduct.service import IsBraked
from app.core import clock
from app.domains.queries import health
from app.reports import queries as reports
from app.tenants.queries import current_workspace

RATE_OVER_DAYS = 28


@dataclass(frozen=True, slots=True)
class Strip:
    """Numbers of the workspace at this moment; a rate is a share from 0 to 1.

    `waiting` counts mailings that wait, are held or under way; the others count mails.
    """

    waiting: int
    sent_today: int
    bounce_rate: float | None
    domain_state: str
    quota_used: int
    quota_limit: int
    banners: Sequence[Banner] = ()


def load_strip() -> Strip:
    now = clock.now()
    workspace = current_workspace()
    today = now.astimezone(ZoneInfo(workspace.timezone)).date()
    days = reports.days(today - timedelta(days=RATE_OVER_DAYS - 1), today)
    answered = sum(day.accepted + day.bounced for day in days)
    month = usage(now)
    return Strip(
        waiting=reports.open_count(),
        sent_today=days[-1].accepted,
        bounce_rate=sum(day.bounced for day in days) / answered if answered else None,
        domain_state=health(workspace.sender_address),
        quota_used=month.used,
        quota_limit=month.limit,
        banners=[*_brake(), *banners(month)],
    )


def _brake() -> list[Banner]:
    return [Banner("red", _(IsBraked.message), _("See what happened"), "conduct.index")] if is_braked() else []
