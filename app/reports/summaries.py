"""A week or a month in one mail, to each member who wants it, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.core.tenancy import control_plane
from app.reports import queries
from app.reports.models import SummaryMail
from app.reports.queries import Day, Report

BEST_SHOWN = 3
# So many people at least, or one reader more or less would make a mailing the best.
FEWEST_FOR_BEST = 20


class Span(StrEnum):
    WEEK = "week"
    MONTH = "month"


_DUE = sa.text(
    """
    SELECT w.tenant_id, w.member_id, p.span, p.first
    FROM report_wishes w JOIN tenants t ON t.id = w.tenant_id
    CROSS JOIN LATERAL (SELECT CAST(:now AS timestamptz) AT TIME ZONE t.timezone AS at) AS local
    CROSS JOIN LATERAL (
        VALUES ('week', date_trunc('week', local.at) - interval '1 week', date_trunc('week', local.at)),
               ('month', date_trunc('month', local.at) - interval '1 month', date_trunc('month', local.at))
    ) AS p (span, first, turn)
    WHERE CASE p.span WHEN 'week' THEN w.weekly ELSE w.monthly END
      AND local.at >= p.turn + interval '8 hours' AND local.at < p.turn + interval '2 days'
      AND NOT EXISTS (SELECT FROM summary_mails m WHERE m.tenant_id = w.tenant_id AND m.member_id = w.member_id
                      AND m.span = p.span AND m.first = p.first::date)
    """
)


def due(now: datetime) -> list[tuple[int, int, str, str]]:
    """Return (tenant, member, span, first day) of the summaries to be mailed: from eight in the morning after, on the
    workspace's clock, for two days. Control plane.

    It only looks: the job that mails one writes it down.
    """
    with control_plane():
        rows = db.session.execute(_DUE, {"now": now}).all()
    return [(row.tenant_id, row.member_id, row.span, row.first.date().isoformat()) for row in rows]


def first_time(member_id: int, span: Span, first: date) -> bool:
    """Write down that a summary goes out; False if it has gone already."""
    statement = insert(SummaryMail).values(member_id=member_id, span=span.value, first=first).on_conflict_do_nothing()
    return db.session.scalar(statement.returning(SummaryMail.member_id)) is not None


@dataclass(frozen=True, slots=True)
class Summary:
    """The mailings that began in a week or month, and how many mails had gone in the one before."""

    span: Span
    first: date
    last: date
    reports: Sequence[Report]
    days: Sequence[Day]
    accepted_before: int

    @property
    def accepted(self) -> int:
        return sum(report.accepted for report in self.reports)

    @property
    def bounced(self) -> int:
        return sum(report.bounced for report in self.reports)

    @property
    def opened(self) -> int:
        return sum(report.openers for report in self.reports)

    @property
    def clicked(self) -> int:
        return sum(report.clickers for report in self.reports)

    @property
    def unsubscribed(self) -> int:
        return sum(report.unsubscribers for report in self.reports)

    @property
    def best(self) -> list[Report]:
        """The mailings that were opened best."""
        large = [report for report in self.reports if report.accepted >= FEWEST_FOR_BEST and report.openers]
        return sorted(large, key=lambda report: report.openers / report.accepted, reverse=True)[:BEST_SHOWN]


def summary(span: Span, first: date, zone: str) -> Summary:
    """Return what became of the mailings that began in the week or month from `first` on."""
    after, before = _next(span, first), _previous(span, first)
    reports = queries.began_between(_midnight(first, zone), _midnight(after, zone))
    earlier = queries.began_between(_midnight(before, zone), _midnight(first, zone))
    last = after - timedelta(days=1)
    return Summary(span, first, last, reports, _days(reports, first, last, zone), sum(r.accepted for r in earlier))


def _next(span: Span, first: date) -> date:
    return first + timedelta(days=7) if span is Span.WEEK else (first + timedelta(days=31)).replace(day=1)


def _previous(span: Span, first: date) -> date:
    return first - timedelta(days=7) if span is Span.WEEK else (first - timedelta(days=1)).replace(day=1)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))


def _days(reports: Sequence[Report], first: date, last: date, zone: str) -> list[Day]:
    """Lay the mailings out by the day on which they began."""
    counts = {first + timedelta(days=n): [0, 0] for n in range((last - first).days + 1)}
    for report in reports:
        assert report.started_at is not None
        day = counts[report.started_at.astimezone(ZoneInfo(zone)).date()]
        day[0] += report.accepted
        day[1] += report.bounced
    return [Day(day, *numbers) for day, numbers in counts.items()]
