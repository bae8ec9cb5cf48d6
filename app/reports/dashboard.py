"""The main page's numbers: customer and plan, the state of the mails, this month, what next, the last result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.billing.forecast import Month, forecast
from app.billing.queries import Usage, usage
from app.domains.queries import health
from app.lists import queries as lists
from app.reports import queries
from app.reports.queries import Day, Report, Totals
from app.tenants.queries import Workspace, current_workspace

DAYS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """How far a new workspace has come."""

    verified: bool
    has_list: bool
    has_mail: bool


@dataclass(frozen=True, slots=True)
class Dashboard:
    """`month` is what began this month; `usage` is what the plan counts, `forecast` how that will end. `today` are the
    mailings that began today or are planned for it; `health` is that of the sending domains, as in the strip.
    """

    workspace: Workspace
    usage: Usage
    month: Totals
    open: Sequence[Report]
    last: Report | None
    unread: int
    days: Sequence[Day]
    first_steps: FirstSteps | None
    today: Sequence[Report]
    forecast: Month
    health: str

    @property
    def waiting(self) -> list[Report]:
        return [report for report in self.open if report.waits]

    @property
    def under_way(self) -> list[Report]:
        return [report for report in self.open if report.begun]

    @property
    def next(self) -> Report | None:
        return next((report for report in self.open if report.state == "scheduled"), None)

    @property
    def still_to_go(self) -> int:
        """Mails of begun mailings that have no answer yet."""
        return sum(report.open_to for report in self.under_way)


def dashboard(member_id: int, now: datetime) -> Dashboard:
    """Read the main page for one member."""
    workspace = current_workspace()
    today = now.astimezone(ZoneInfo(workspace.timezone))
    month = today.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    day = today.replace(hour=0, minute=0, second=0, microsecond=0)
    past = queries.past_reports(count=1)
    return Dashboard(
        workspace=workspace,
        usage=usage(now),
        month=queries.sent_since(month),
        open=queries.open_reports(),
        last=past[0] if past else None,
        unread=queries.unread_reports(member_id, now),
        days=queries.days(today.date() - timedelta(days=DAYS_SHOWN - 1), today.date()),
        first_steps=None if queries.ever_sent() else first_steps(workspace),
        today=queries.of_day(day, (day + timedelta(hours=30)).replace(hour=0)),
        forecast=forecast(now),
        health=health(workspace.sender_address),
    )


def first_steps(workspace: Workspace) -> FirstSteps:
    return FirstSteps(
        verified=workspace.state != "unverified",
        has_list=any(each.subscribed for each in lists.lists()),
        has_mail=queries.ever_written(),
    )
