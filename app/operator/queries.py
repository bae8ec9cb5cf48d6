"""Reading across all workspaces, for those who run the service. Control plane throughout."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import control_plane
from app.operator.models import Announcement
from app.tenants.plans import plans

PAGE = 50
DAYS = 28
TOO_MANY_BOUNCES = 0.05
MANY_BOUNCES = 0.02
FEW_MAILS = 100


class Show(StrEnum):
    """Which workspaces are listed."""

    ALL = "all"
    STOPPED = "stopped"
    BOUNCING = "bouncing"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class WorkspaceRow:
    """A workspace in the list. `used`: mails of the present month; `accepted`, `bounced`: of the last four weeks.

    `stopped`: why no mail of it leaves, None where it does.
    """

    id: int
    name: str
    slug: str
    state: str
    plan_code: str
    created_at: datetime
    used: int
    accepted: int
    bounced: int
    stopped: str | None
    broken_domains: int

    @property
    def plan_name(self) -> str:
        known = plans().get(self.plan_code)
        return known.name if known else self.plan_code

    @property
    def limit(self) -> int:
        known = plans().get(self.plan_code)
        return known.mails_a_month if known else 0

    @property
    def bounce_rate(self) -> float | None:
        answered = self.accepted + self.bounced
        return self.bounced / answered if answered >= FEW_MAILS else None

    @property
    def bounces_badly(self) -> bool:
        return (self.bounce_rate or 0) > TOO_MANY_BOUNCES


# Plan: the primary key backwards, stopping at the page; the rest by the primary keys of each row's tenant.
_ROWS = """
    SELECT t.id, t.name, t.slug, t.state, t.plan_code, t.created_at,
        coalesce((SELECT sum(u.sent + u.reserved) FROM usage_months u WHERE u.tenant_id = t.id
            AND u.month = date_trunc('month', now() AT TIME ZONE t.timezone)::date), 0)::bigint AS used,
        coalesce(d.accepted, 0)::bigint AS accepted, coalesce(d.bounced, 0)::bigint AS bounced,
        (SELECT o.reason FROM mail_orders o WHERE o.kind = 'tenant' AND o.name = t.id::text) AS stopped,
        (SELECT count(DISTINCT r.domain_id) FROM domain_records r JOIN sending_domains s
            ON s.tenant_id = r.tenant_id AND s.id = r.domain_id
            WHERE r.tenant_id = t.id AND s.verified_at IS NOT NULL AND r.was_good AND r.state IN ('missing', 'wrong')
            AND r.purpose IN ('ownership', 'dkim1', 'dkim2')) AS broken_domains
    FROM tenants t
    LEFT JOIN LATERAL (SELECT sum(accepted) AS accepted, sum(bounced) AS bounced FROM day_counts c
        WHERE c.tenant_id = t.id AND c.day > current_date - :days) d ON true
"""
_FOUND = """
    (:text = '' OR t.id::text = :text OR position(:text IN lower(t.name)) > 0 OR position(:text IN t.slug) > 0
     OR position(:text IN coalesce(t.custom_host, '')) > 0
     OR EXISTS (SELECT FROM members m JOIN accounts a ON a.id = m.account_id
                WHERE m.tenant_id = t.id AND position(:text IN a.email) > 0)
     OR EXISTS (SELECT FROM sending_domains s WHERE s.tenant_id = t.id AND position(:text IN s.name) > 0))
"""
_SHOWN = {
    Show.ALL: "true",
    Show.STOPPED: "(t.state = 'suspended' OR EXISTS (SELECT FROM mail_orders o"
    " WHERE o.kind = 'tenant' AND o.name = t.id::text))",
    Show.BOUNCING: "d.accepted + d.bounced >= :few AND d.bounced > :rate * (d.accepted + d.bounced)",
    Show.UNVERIFIED: "t.state = 'unverified'",
}


def workspaces(text: str = "", show: Show = Show.ALL, before: int | None = None) -> list[WorkspaceRow]:
    """Return a page of workspaces, the newest first, and one more where there are more.

    `text` is looked for in names, addresses, members' e-mail addresses and sending domains; a number is a workspace's.
    """
    query = f"{_ROWS} WHERE {_FOUND} AND {_SHOWN[show]} AND (:before = 0 OR t.id < :before) ORDER BY t.id DESC LIMIT :n"
    values = {"text": text.strip().lower(), "before": before or 0, "n": PAGE + 1}
    return [WorkspaceRow(*row) for row in _all(query, **values, days=DAYS, few=FEW_MAILS, rate=TOO_MANY_BOUNCES)]


def workspace_row(tenant_id: int) -> WorkspaceRow | None:
    found = _all(f"{_ROWS} WHERE t.id = :tenant", tenant=tenant_id, days=DAYS)
    return WorkspaceRow(*found[0]) if found else None


def _all(query: str, **values: Any) -> list[Any]:
    named = {name: value for name, value in values.items() if f":{name}" in query}
    with control_plane():
        return list(db.session.execute(sa.text(query), named))


def names(tenant_ids: Iterable[int]) -> dict[int, str]:
    """Return the names of these workspaces."""
    query = "SELECT id, name FROM tenants WHERE id = ANY(:ids)"
    return {row.id: row.name for row in _all(query, ids=list(tenant_ids))}


# --- announcements ----------------------------------------------------------------------------------------------


def announcements(count: int = 50) -> list[Announcement]:
    """Return the announcements, those that end last first."""
    with control_plane():
        return list(db.session.scalars(sa.select(Announcement).order_by(Announcement.ends_at.desc()).limit(count)))


def announcements_now() -> list[Announcement]:
    """Return what is announced at this moment. Any workspace may ask. Plan: the index on `ends_at`."""
    current = sa.and_(Announcement.ends_at > sa.func.now(), Announcement.begins_at <= sa.func.now())
    return list(db.session.scalars(sa.select(Announcement).where(current).order_by(Announcement.begins_at)))


# --- counters ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CheckedNight:
    """A night's checks of all workspaces. `open`: those that were begun and never came to an end."""

    day: date
    workspaces: int
    mailings: int
    differences: int
    open: int


@dataclass(frozen=True, slots=True)
class CounterDifference:
    """A counter of a mailing that was not what a recount said."""

    day: date
    tenant_id: int
    tenant_name: str
    mailing_id: int
    counter: str
    kept: int
    counted: int


def checked_nights(count: int = 14) -> list[CheckedNight]:
    """Return the last nights, the newest first."""
    query = """
        SELECT day, count(*), sum(mailings)::bigint, sum(jsonb_array_length(differences))::bigint,
               count(*) FILTER (WHERE checked_at IS NULL)
        FROM counter_checks GROUP BY day ORDER BY day DESC LIMIT :n
    """
    return [CheckedNight(*row) for row in _all(query, n=count)]


def counter_differences(count: int = 200) -> list[CounterDifference]:
    """Return what differed, the newest first."""
    query = """
        SELECT c.day, t.id, t.name, (e->>'mailing_id')::bigint, e->>'counter', (e->>'kept')::bigint,
               (e->>'counted')::bigint
        FROM counter_checks c JOIN tenants t ON t.id = c.tenant_id
            CROSS JOIN LATERAL jsonb_array_elements(c.differences) e
        ORDER BY c.day DESC, t.id, 4, 5 LIMIT :n
    """
    return [CounterDifference(*row) for row in _all(query, n=count)]
