"""One workspace as an operator sees it: read as the workspace itself would read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.billing import queries as billing
from app.billing.queries import PastMonth, Usage
from app.core import clock
from app.core.site import settings
from app.core.tenancy import tenant_scope
from app.document import merge
from app.domains import queries as domains
from app.domains.queries import DomainView
from app.reports import queries as reports
from app.sending import queries as sending
from app.sending.terms import LaunchState
from app.tenants import queries as tenants
from app.tenants import service, support
from app.tenants.queries import MemberView, Workspace
from app.tenants.support import ActView, Consent

DAYS = 28


@dataclass(frozen=True, slots=True)
class MailingRow:
    """A mailing that waits, runs or is over: what it is, and how it is received."""

    subject: str
    state: LaunchState
    at: datetime
    total: int
    accepted: int
    bounced: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the page of a workspace. `accepted` and `bounced` are of the last four weeks; `with_factor`: the
    accounts whose second step can be reset."""

    workspace: Workspace
    members: list[MemberView]
    usage: Usage
    months: list[PastMonth]
    accepted: int
    bounced: int
    domains: list[DomainView]
    mailings: list[MailingRow]
    consent: Consent | None
    acts: list[ActView]
    with_factor: set[int]


def overview(tenant_id: int) -> Overview:
    """Return how a workspace is. It must exist."""
    now = clock.now()
    with tenant_scope(tenant_id):
        workspace = tenants.current_workspace()
        today = now.astimezone(ZoneInfo(workspace.timezone)).date()
        accepted, bounced = _answers(today)
        return Overview(
            workspace=workspace,
            members=tenants.members(),
            usage=billing.usage(now),
            months=billing.past_months(now, 6),
            accepted=accepted,
            bounced=bounced,
            domains=domains.domains(),
            mailings=[_row(one) for one in [*sending.open_launches(), *sending.finished_launches(count=10)]],
            consent=support.consent(now),
            acts=support.acts(20),
            with_factor=service.accounts_with_factor() - set(service.waiting_resets(now)),
        )


def _answers(today: date) -> tuple[int, int]:
    days = reports.days(today - timedelta(days=DAYS - 1), today)
    return sum(day.accepted for day in days), sum(day.bounced for day in days)


def _row(launch: Any) -> MailingRow:
    return MailingRow(
        subject=merge.render(launch.subject, {}),
        state=LaunchState(launch.state),
        at=launch.started_at or launch.planned_at,
        total=launch.total,
        accepted=launch.accepted,
        bounced=launch.bounced,
    )


def door(tenant_id: int) -> str:
    """Return the address of a workspace under our own name: a form of ours may lead there, wherever else it is."""
    with tenant_scope(tenant_id):
        return settings().tenant_url(tenants.current_workspace().slug)
