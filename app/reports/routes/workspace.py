"""Reports about the whole workspace: the month's use, the health of delivery."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.billing.accounting import account_of
from app.billing.forecast import forecast
from app.core import clock
from app.reports import arriving, health, queries, use
from app.reports.routes.door import reports
from app.reports.routes.exhibits import exhibition
from app.tenants.queries import current_workspace


@reports.get("/statistics/usage")
def month_usage() -> str | Response:
    """This month day by day to its end, by mailing and by member."""
    today = _today()
    account = account_of(today.replace(day=1), today=today)
    told = [use.by_mailing(account), use.by_member(account)]
    return exhibition(
        "usage",
        [use.day_by_day(forecast(clock.now()), today=today), *(each for each in told if each)],
        title=_("Use and forecast"),
        back=(url_for(".statistics_page"), _("Statistics")),
    )


@reports.get("/statistics/deliverability")
def deliverability() -> str | Response:
    """How well mail arrives."""
    today, found = _today(), health.providers(clock.now())
    days = queries.days(today - timedelta(days=health.targets().days - 1), today)
    exhibits = [arriving.measures(found), arriving.by_provider(found), arriving.by_day(days)] if found else []
    return exhibition(
        "deliverability",
        exhibits,
        title=_("Health of delivery"),
        back=(url_for(".statistics_page"), _("Statistics")),
        empty=_("Nothing was sent in the last %(days)s days.", days=health.targets().days),
    )


def _today() -> date:
    return clock.now().astimezone(ZoneInfo(current_workspace().timezone)).date()
