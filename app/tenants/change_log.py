"""Reading the log of changes: searched, filtered, page by page, and as a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.core import audit
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.tenancy import current_tenant_id

PAGE = 50
FILE_PAGE = 1000
# A file that a spreadsheet still opens; who wants more narrows the days.
FILE_ROWS = 200_000


@dataclass(frozen=True, slots=True)
class Search:
    """Which changes are wanted. `since` and `until` are days on the workspace's clocks, both included."""

    text: str = ""
    thing: str = ""
    member_id: int = 0
    since: date | None = None
    until: date | None = None

    @property
    def narrowed(self) -> bool:
        return self != Search()


def entries(search: Search, *, zone: str, before: int | None = None, count: int = PAGE) -> list[AuditEntry]:
    """Return up to `count` changes older than the entry `before`, the newest first."""
    query = sa.select(AuditEntry).where(AuditEntry.tenant_id == current_tenant_id(), *_conditions(search, zone))
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return list(db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(count)))


def _conditions(search: Search, zone: str) -> Iterator[sa.ColumnElement[bool]]:
    if search.thing:
        yield AuditEntry.thing == search.thing
    if search.member_id:
        yield sa.and_(AuditEntry.actor_kind == "member", AuditEntry.actor_id == search.member_id)
    if search.since:
        yield AuditEntry.at >= _midnight(search.since, zone)
    if search.until:
        yield AuditEntry.at < _midnight(search.until + timedelta(days=1), zone)
    if search.text:
        told = (AuditEntry.title, AuditEntry.actor_name, AuditEntry.place)
        values = (sa.cast(AuditEntry.before, sa.Text), sa.cast(AuditEntry.after, sa.Text))
        yield sa.or_(*(column.icontains(search.text, autoescape=True) for column in (*told, *values)))


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))


def all_entries(search: Search, *, zone: str) -> Iterator[AuditEntry]:
    """Yield the changes for a file, the newest first, a page in memory at a time."""
    last: int | None = None
    for _ in range(FILE_ROWS // FILE_PAGE):
        page = entries(search, zone=zone, before=last, count=FILE_PAGE)
        yield from page
        if len(page) < FILE_PAGE:
            return
        last = page[-1].id
        db.session.expunge_all()


def things() -> list[str]:
    """Return what has ever been changed here, by the words of the log. One index step for each (a loose index scan)."""
    step = sa.text("""
        WITH RECURSIVE step AS (
            (SELECT thing FROM audit_entries WHERE tenant_id = :tenant ORDER BY thing LIMIT 1)
            UNION ALL
            SELECT (SELECT thing FROM audit_entries WHERE tenant_id = :tenant AND thing > step.thing
                    ORDER BY thing LIMIT 1)
            FROM step WHERE step.thing IS NOT NULL)
        SELECT thing FROM step WHERE thing IS NOT NULL""")
    return list(db.session.scalars(step, {"tenant": current_tenant_id()}))


def note_taken(file_format: str) -> None:
    """Write down that somebody took the log away."""
    audit.record("take", "audit_entries", title=file_format)
