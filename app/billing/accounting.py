"""What used a month's quota: day by day, by mailing, by member."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.billing.models import UsageEntry
from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.tenants.queries import current_workspace, members

COUNTED = sa.case((UsageEntry.settled_at.is_(None), UsageEntry.reserved), else_=UsageEntry.sent)


@dataclass(frozen=True, slots=True)
class DayUse:
    day: date
    mails: int


@dataclass(frozen=True, slots=True)
class MailingUse:
    """What one mailing took; while it is `open`, that is what it reserved."""

    mailing_id: int
    title: str
    member: str
    at: datetime
    mails: int
    open: bool


@dataclass(frozen=True, slots=True)
class MemberUse:
    """What a member's mailings took. `name` is empty for those who left and for mailings that go by themselves."""

    name: str
    mailings: int
    mails: int


@dataclass(frozen=True, slots=True)
class Account:
    """A month, broken down."""

    month: date
    days: Sequence[DayUse]
    mailings: Sequence[MailingUse]

    @property
    def members(self) -> list[MemberUse]:
        """What each member's mailings took, the most first."""
        names = {each.member for each in self.mailings}
        uses = [_of_member(name, self.mailings) for name in names]
        return sorted(uses, key=lambda use: (-use.mails, use.name))

    @property
    def total(self) -> int:
        return sum(each.mails for each in self.mailings)

    @property
    def busiest(self) -> int:
        return max((each.mails for each in self.days), default=0)


def _of_member(name: str, mailings: Sequence[MailingUse]) -> MemberUse:
    own = [each.mails for each in mailings if each.member == name]
    return MemberUse(name, len(own), sum(own))


def account_of(month: date, *, today: date) -> Account:
    """Return a month of the present workspace, broken down; days that are still to come are left out."""
    mailings = _mailings(month)
    zone = ZoneInfo(current_workspace().timezone)
    last = min(month.replace(day=calendar.monthrange(month.year, month.month)[1]), today)
    sums: dict[date, int] = {}
    for each in mailings:
        day = each.at.astimezone(zone).date()
        sums[day] = sums.get(day, 0) + each.mails
    days = [month + timedelta(days=n) for n in range((last - month).days + 1)]
    return Account(month, [DayUse(day, sums.get(day, 0)) for day in days], mailings)


def _mailings(month: date) -> list[MailingUse]:
    query = (
        sa.select(
            UsageEntry.mailing_id, UsageEntry.title, UsageEntry.member_id, UsageEntry.at, COUNTED, UsageEntry.settled_at
        )
        .where(UsageEntry.tenant_id == current_tenant_id(), UsageEntry.month == month)
        .order_by(UsageEntry.at.desc())
    )
    names = {member.id: member.display_name for member in members()}
    return [
        MailingUse(mailing_id, title, names.get(member_id, ""), at, mails, settled_at is None)
        for mailing_id, title, member_id, at, mails, settled_at in db.session.execute(query)
    ]
