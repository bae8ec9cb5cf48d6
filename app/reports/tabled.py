"""Reports by name, as the tables that their pages show and give away as files: for programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from app.billing.accounting import account_of
from app.billing.forecast import forecast
from app.core import clock
from app.lists.fields import fields
from app.reports import (
    answers,
    arriving,
    clients,
    conversions,
    growth,
    health,
    queries,
    readers,
    sheets,
    statistics,
    use,
)
from app.reports.exhibits import Exhibit
from app.reports.queries import Report
from app.reports.statistics import Unit
from app.reports.tables import Table
from app.tenants.queries import current_workspace


def _zone() -> str:
    return current_workspace().timezone


def _today() -> date:
    return clock.now().astimezone(ZoneInfo(_zone())).date()


def _shown(exhibits: Sequence[Exhibit | None]) -> list[Table]:
    return [each.table for each in exhibits if each is not None]


def _delivery(report: Report) -> list[Table]:
    line = answers.delivery_line(answers.minutes(report.mailing_id), _zone())
    return sheets.delivery_tables(line, answers.domains(report.mailing_id).shown)


def _clients(report: Report) -> list[Table]:
    return clients.tables(clients.reading(report.mailing_id, _zone()))


def _readers(report: Report) -> list[Table]:
    return _shown([*(readers.by_field(report, each) for each in fields()), readers.by_source(report)])


def _orders(report: Report) -> list[Table]:
    return _shown(conversions.of_mailing(report))


OF_MAILING: Mapping[str, Callable[[Report], list[Table]]] = {
    "delivery": _delivery,
    "clients": _clients,
    "readers": _readers,
    "orders": _orders,
}


def _statistics() -> list[Table]:
    now, zone = clock.now(), _zone()
    periods = statistics.periods(Unit.MONTH, _today(), zone)
    return sheets.statistics_tables(periods, statistics.reading_week(now, zone), statistics.open_rates(now, zone))


def _audience() -> list[Table]:
    span = growth.span_of(Unit.MONTH, _today(), _zone(), 0)
    found = growth.periods(Unit.MONTH, span, today=_today())
    return _shown([growth.growth(found, Unit.MONTH, span), growth.leaving(found, span), growth.reasons(span)])


def _usage() -> list[Table]:
    today = _today()
    account = account_of(today.replace(day=1), today=today)
    days = use.day_by_day(forecast(clock.now()), today=today)
    return _shown([days, use.by_mailing(account), use.by_member(account)])


def _deliverability() -> list[Table]:
    found = health.providers(clock.now())
    days = queries.days(_today() - timedelta(days=health.targets().days - 1), _today())
    return _shown([arriving.measures(found), arriving.by_provider(found), arriving.by_day(days)] if found else [])


def _conversions() -> list[Table]:
    return _shown(conversions.of_mailings(current_workspace().conversion_days))


OF_WORKSPACE: Mapping[str, Callable[[], list[Table]]] = {
    "statistics": _statistics,
    "audience": _audience,
    "usage": _usage,
    "deliverability": _deliverability,
    "conversions": _conversions,
}
