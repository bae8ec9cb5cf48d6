"""What each member wants mailed: summaries of weeks and months, and warnings."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.core.access import Permission, allowed
from app.core.db import db
from app.reports.models import ReportWish
from app.tenants.queries import MemberView, members


@dataclass(frozen=True, slots=True)
class Wishes:
    weekly: bool = False
    monthly: bool = False
    alerts: bool = False


def wishes_of(member: MemberView) -> Wishes:
    """Return what a member wants; who said nothing is warned if the workspace is theirs to look after."""
    row = db.session.scalar(sa.select(ReportWish).where(ReportWish.member_id == member.id))
    if row is None:
        return Wishes(alerts=allowed(member.role, Permission.MANAGE_WORKSPACE))
    return Wishes(row.weekly, row.monthly, row.alerts)


def wish(member_id: int, wanted: Wishes) -> None:
    statement = insert(ReportWish).values(member_id=member_id, **asdict(wanted))
    db.session.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "member_id"], set_=asdict(wanted)))


def warned_members() -> list[MemberView]:
    return [member for member in members() if wishes_of(member).alerts]
