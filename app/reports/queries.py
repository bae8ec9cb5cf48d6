"""What the dashboard, the status page and the reports show. Counts come from counters, never from a walk through the
ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import NotFound
from app.core.tenancy import current_tenant_id
from app.lists import queries as lists
from app.reports.models import DayCount, ReportRead
from app.sending import queries as sending

UNREAD_FOR = timedelta(days=90)
BEGUN = ("launching", "running", "paused", "cancelling")
WAITING = ("scheduled", "held")
OVER = ("finished", "cancelled")


@dataclass(frozen=True, slots=True)
class Report:
    """A launch and what became of it, all from counters. Times are aware, in UTC."""

    mailing_id: int
    state: str
    kind: str
    subject: str
    sender_name: str
    sender_address: str
    planned_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    held_reason: str
    total: int
    suppressed: int
    deferred: int
    accepted: int
    bounced: int
    cancelled: int
    expired: int
    track_opens: bool
    track_clicks: bool
    track_reading: bool
    people_forgotten_at: datetime | None
    openers: int
    clickers: int
    unsubscribers: int
    complainers: int
    opens: int
    clicks: int
    machine_opens: int
    machine_clicks: int
    glanced: int
    skimmed: int
    studied: int
    forwarders: int

    @property
    def answered(self) -> int:
        """How many recipients have a final answer."""
        return self.accepted + self.bounced + self.cancelled + self.expired

    @property
    def open_to(self) -> int:
        """How many are still to be answered."""
        return self.total - self.answered

    @property
    def unreached(self) -> int:
        return self.bounced + self.expired

    @property
    def begun(self) -> bool:
        return self.state in BEGUN

    @property
    def waits(self) -> bool:
        return self.state in WAITING

    @property
    def over(self) -> bool:
        return self.state in OVER


_FIELDS = list(Report.__dataclass_fields__)
_LAUNCH, _REACTIONS = _FIELDS[: _FIELDS.index("openers")], _FIELDS[_FIELDS.index("openers") :]
_COLUMNS = ", ".join([*(f"l.{c}" for c in _LAUNCH), *(f"coalesce(r.{c}, 0) AS {c}" for c in _REACTIONS)])
_FROM = (
    "FROM launches l LEFT JOIN mailing_reactions r ON r.tenant_id = l.tenant_id AND r.mailing_id = l.mailing_id "
    "WHERE l.tenant_id = :tenant"
)


def report(mailing_id: int) -> Report:
    """Return one mailing's report.

    Raises:
        NotFound: nothing of this number was ever scheduled.
    """
    found = _reports("AND l.mailing_id = :mailing", mailing=mailing_id)
    if not found:
        raise NotFound
    return found[0]


def begun(mailing_id: int) -> Report:
    """Return the report of a mailing that has begun.

    Raises:
        NotFound: it waits, or nothing of this number was ever scheduled.
    """
    found = report(mailing_id)
    if found.waits:
        raise NotFound
    return found


def reports_of(mailing_ids: Sequence[int]) -> list[Report]:
    """Return these mailings in the order asked for; what waits, or is not there, is left out."""
    found = _reports("AND l.mailing_id = ANY(:ids) AND l.started_at IS NOT NULL", ids=list(mailing_ids))
    return sorted(found, key=lambda report: mailing_ids.index(report.mailing_id))


def comparable(count: int) -> list[Report]:
    """Return the mailings that began last."""
    return _reports(
        "AND l.started_at IS NOT NULL ORDER BY l.started_at DESC, l.mailing_id DESC LIMIT :count", count=count
    )


def began_between(begin: datetime, end: datetime) -> list[Report]:
    """Return the mailings that began from `begin` on and before `end`, the first first."""
    return _reports(
        "AND l.started_at >= :begin AND l.started_at < :end ORDER BY l.started_at, l.mailing_id", begin=begin, end=end
    )


def of_day(begin: datetime, end: datetime) -> list[Report]:
    """Return what began, or is planned to, from `begin` on and before `end`, in its order."""
    return _reports(
        "AND coalesce(l.started_at, l.planned_at) >= :begin AND coalesce(l.started_at, l.planned_at) < :end "
        "AND l.state <> 'cancelled' ORDER BY coalesce(l.started_at, l.planned_at), l.mailing_id",
        begin=begin,
        end=end,
    )


def open_reports(text: str = "") -> list[Report]:
    """Return what waits, is held or under way, the next due first. Plan: the index of open launches."""
    return _reports(
        "AND l.state NOT IN ('finished', 'cancelled') AND l.subject ILIKE :text ORDER BY l.planned_at, l.mailing_id",
        text=_like(text),
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a list ended."""

    at: datetime
    mailing_id: int


def past_reports(text: str = "", *, before: Place | None = None, count: int = 20) -> list[Report]:
    """Return what is over, the latest first, from behind `before` on."""
    keyset = "AND (l.finished_at, l.mailing_id) < (:at, :mailing)" if before else ""
    return _reports(
        f"AND l.state IN ('finished', 'cancelled') AND l.subject ILIKE :text {keyset} "
        "ORDER BY l.finished_at DESC, l.mailing_id DESC LIMIT :count",
        text=_like(text),
        count=count,
        **({"at": before.at, "mailing": before.mailing_id} if before else {}),
    )


_FIRST_HOURS = sa.text(
    """
    SELECT h.mailing_id, h.opens,
           floor(extract(epoch FROM h.hour - date_trunc('hour', l.started_at)) / 3600)::int AS hour
    FROM launches l JOIN hour_reactions h ON h.tenant_id = l.tenant_id AND h.mailing_id = l.mailing_id
    WHERE l.tenant_id = :tenant AND l.mailing_id = ANY(:ids) AND h.hour < l.started_at + make_interval(hours => :hours)
    """
)


def first_hours(mailing_ids: Sequence[int], hours: int = 24) -> dict[int, list[int]]:
    """Return how often people opened these mailings in each of the first hours. Plan: primary keys."""
    found = {mailing_id: [0] * hours for mailing_id in mailing_ids}
    values = {"tenant": current_tenant_id(), "ids": list(mailing_ids), "hours": hours}
    for row in db.session.execute(_FIRST_HOURS, values):
        if 0 <= row.hour < hours:
            found[row.mailing_id][row.hour] += row.opens
    return found


def _reports(condition: str, **values: Any) -> list[Report]:
    statement = sa.text(f"SELECT {_COLUMNS} {_FROM} {condition}")
    rows = db.session.execute(statement, {"tenant": current_tenant_id(), **values}).mappings()
    return [Report(**row) for row in rows]


def _like(text: str) -> str:
    escaped = text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def audience_of(report: Report) -> int:
    """Return how many people a mailing goes to: counted now while it waits, written down once it has begun."""
    launch = sending.launch(report.mailing_id) if report.waits else None
    return lists.audience_count(sending.audience_of(launch)).total if launch else report.total


@dataclass(frozen=True, slots=True)
class Totals:
    """Mailings and mails since a moment. `mails` counts accepted ones."""

    mailings: int
    mails: int


def sent_since(since: datetime) -> Totals:
    """Count the mailings that began since a moment, and their mails that were accepted so far."""
    query = sa.text(
        "SELECT count(*), coalesce(sum(accepted), 0) FROM launches WHERE tenant_id = :tenant AND started_at >= :since"
    )
    return Totals(*map(int, db.session.execute(query, {"tenant": current_tenant_id(), "since": since}).one()))


def ever_sent() -> bool:
    query = sa.text("SELECT EXISTS (SELECT FROM launches WHERE tenant_id = :tenant AND started_at IS NOT NULL)")
    return bool(db.session.scalar(query, {"tenant": current_tenant_id()}))


def ever_written() -> bool:
    query = sa.text("SELECT EXISTS (SELECT FROM mailings WHERE tenant_id = :tenant)")
    return bool(db.session.scalar(query, {"tenant": current_tenant_id()}))


def unread_reports(member_id: int, now: datetime) -> int:
    """Count the mailings of the last 90 days that are over and whose report this member has not opened."""
    query = sa.text(
        """
        SELECT count(*) FROM launches l
        WHERE l.tenant_id = :tenant AND l.state IN ('finished', 'cancelled') AND l.finished_at >= :since
          AND NOT EXISTS (SELECT FROM report_reads r WHERE r.tenant_id = l.tenant_id
                          AND r.mailing_id = l.mailing_id AND r.member_id = :member)
        """
    )
    values = {"tenant": current_tenant_id(), "member": member_id, "since": now - UNREAD_FOR}
    return int(db.session.scalar(query, values) or 0)


def read_ids(member_id: int, mailing_ids: Sequence[int]) -> set[int]:
    """Return which of these reports the member has opened."""
    query = sa.select(ReportRead.mailing_id).where(
        ReportRead.member_id == member_id, ReportRead.mailing_id.in_(list(mailing_ids))
    )
    return set(db.session.scalars(query))


@dataclass(frozen=True, slots=True)
class Day:
    """Final answers of a day in the workspace's zone."""

    day: date
    accepted: int
    bounced: int


def days(first: date, last: date) -> list[Day]:
    """Return the days from `first` through `last`, those without mail included."""
    query = sa.select(DayCount.day, DayCount.accepted, DayCount.bounced).where(DayCount.day.between(first, last))
    known = {row.day: Day(row.day, row.accepted, row.bounced) for row in db.session.execute(query)}
    span = range((last - first).days + 1)
    return [known.get(day, Day(day, 0, 0)) for day in (first + timedelta(days=n) for n in span)]


def open_count() -> int:
    """Count the mailings that wait, are held or under way."""
    query = sa.text(
        "SELECT count(*) FROM launches WHERE tenant_id = :tenant AND state NOT IN ('finished', 'cancelled')"
    )
    return int(db.session.scalar(query, {"tenant": current_tenant_id()}) or 0)


def body_of(mailing_id: int) -> str:
    """Return the frozen HTML of a mailing.

    Raises:
        NotFound: nothing of this number was ever scheduled.
    """
    query = sa.text("SELECT html FROM launches WHERE tenant_id = :tenant AND mailing_id = :mailing")
    html = db.session.scalar(query, {"tenant": current_tenant_id(), "mailing": mailing_id})
    if html is None:
        raise NotFound
    return str(html)
