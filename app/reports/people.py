"""Who got a mail, opened it, clicked, or could not be reached: pages of a mailing's ledger with what each did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.reports import parts
from app.reports.parts import WHOLE, Part
from app.tracking.readings import SKIMMED_FROM, STUDIED_FROM

PAGE = 50
EXPORT_PAGE = 5_000


class Group(StrEnum):
    """A choice of recipients, by what became of them."""

    ALL = "all"
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    UNOPENED = "unopened"
    UNREACHED = "unreached"
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"
    FORWARDED = "forwarded"
    GLANCED = "glanced"
    SKIMMED = "skimmed"
    STUDIED = "studied"
    WAITING = "waiting"
    CANCELLED = "cancelled"


# Numbers are those of sending's DeliveryState.
_CONDITIONS = {
    Group.ALL: "true",
    Group.DELIVERED: "d.state = 2",
    Group.OPENED: "x.opened_at IS NOT NULL",
    Group.CLICKED: "x.clicked_at IS NOT NULL",
    # A subquery, so that it is asked row by row until the page is full, and not joined for the whole mailing first.
    Group.UNOPENED: "d.state = 2 AND (SELECT r.opened_at FROM reactions r WHERE r.tenant_id = d.tenant_id"
    " AND r.mailing_id = d.mailing_id AND r.seq = d.seq) IS NULL",
    Group.UNREACHED: "d.state IN (3, 5)",
    Group.UNSUBSCRIBED: "x.unsubscribed_at IS NOT NULL",
    Group.COMPLAINED: "x.complained_at IS NOT NULL",
    Group.FORWARDED: "x.forwards > 0",
    Group.GLANCED: f"x.read_for < {SKIMMED_FROM}",
    Group.SKIMMED: f"x.read_for >= {SKIMMED_FROM} AND x.read_for < {STUDIED_FROM}",
    Group.STUDIED: f"x.read_for >= {STUDIED_FROM}",
    Group.WAITING: "d.state < 2",
    Group.CANCELLED: "d.state = 4",
}
_REACTED = (
    Group.OPENED, Group.CLICKED, Group.UNSUBSCRIBED, Group.COMPLAINED, Group.FORWARDED, Group.GLANCED, Group.SKIMMED,
    Group.STUDIED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """One recipient of one mailing. `state` is the ledger's; the times are first times, by a person."""

    seq: int
    contact_id: int
    address: str
    name: str
    state: int
    bounce: str
    reply: str
    answered_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None
    unsubscribed_at: datetime | None
    complained_at: datetime | None
    opens: int
    clicks: int
    forwards: int

    @property
    def moments(self) -> tuple[datetime | None, ...]:
        """Return when it was answered, opened, clicked, left and reported, in this order."""
        return self.answered_at, self.opened_at, self.clicked_at, self.unsubscribed_at, self.complained_at


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which people: a group, narrowed to a bounce class, the clickers of a link, one contact, or a part of all.

    `used`: those who read it with this device, client and operating system.
    """

    group: Group = Group.ALL
    bounce: str = ""
    link: int = 0
    contact_id: int = 0
    used: tuple[str, str, str] | None = None
    part: Part = WHOLE


def people(mailing_id: int, wanted: Wanted, *, after: int = 0, count: int = PAGE) -> list[Person]:
    """Return recipients in the order of the ledger, those behind number `after`.

    Plan: the primary keys of the ledger and of reactions side by side from `after` on (said of both, or the join
    would begin at the first reaction), stopping at `count`; for those who reacted, from reactions into the ledger.
    """
    columns: list[Any] = [sa.literal_column(column) for column in _COLUMNS]
    query = sa.select(*columns).select_from(sa.text(_FROM.format(join=_join(wanted))))
    query = query.where(sa.text(_conditions(wanted))).order_by(sa.text("d.seq")).limit(count)
    if wanted.part:
        query = query.where(parts.clause(wanted.part, mailing_id))
    values = {
        "tenant": current_tenant_id(), "mailing": mailing_id, "after": after,
        "bounce": wanted.bounce, "link": wanted.link, "contact": wanted.contact_id,
        **dict(zip(("device", "client", "os"), wanted.used or (), strict=False)),
    }  # fmt: skip
    return [Person(*tuple(row)) for row in db.session.execute(query, values)]


# In the order of `Person`.
_COLUMNS = (
    "d.seq", "d.contact_id", "d.address", "coalesce(c.name, '')", "d.state", "d.bounce", "d.reply", "d.answered_at",
    "x.opened_at", "x.clicked_at", "x.unsubscribed_at", "x.complained_at", "coalesce(x.opens, 0)",
    "coalesce(x.clicks, 0)", "coalesce(x.forwards, 0)",
)  # fmt: skip
_FROM = """deliveries d
    {join} reactions x ON x.tenant_id = d.tenant_id AND x.mailing_id = d.mailing_id AND x.seq = d.seq AND x.seq > :after
    LEFT JOIN contacts c ON c.tenant_id = d.tenant_id AND c.id = d.contact_id"""
_OF_MAILING = "d.tenant_id = :tenant AND d.mailing_id = :mailing AND d.seq > :after"
_CLICKED_LINK = (
    "EXISTS (SELECT FROM events e WHERE e.tenant_id = d.tenant_id AND e.mailing_id = d.mailing_id AND e.seq = d.seq "
    "AND e.kind = 'click' AND e.human AND e.link = :link)"
)


_USED = (
    "EXISTS (SELECT FROM events e WHERE e.tenant_id = d.tenant_id AND e.mailing_id = d.mailing_id AND e.seq = d.seq "
    "AND e.kind IN ('open', 'click') AND e.human AND e.device = :device AND e.client = :client AND e.os = :os)"
)


def _join(wanted: Wanted) -> str:
    return "JOIN" if wanted.group in _REACTED or wanted.link or wanted.used else "LEFT JOIN"


def _conditions(wanted: Wanted) -> str:
    conditions = [_OF_MAILING, _CONDITIONS[wanted.group]]
    conditions += ["d.bounce = :bounce"] if wanted.bounce else []
    conditions += [_CLICKED_LINK] if wanted.link else []
    conditions += [_USED] if wanted.used else []
    conditions += ["d.contact_id = :contact"] if wanted.contact_id else []
    return " AND ".join(f"({condition})" for condition in conditions)


def everybody(mailing_id: int, wanted: Wanted) -> Iterator[list[Person]]:
    """Yield all of them, a page at a time; between pages no transaction is held while a slow reader takes his time."""
    after = 0
    while page := people(mailing_id, wanted, after=after, count=EXPORT_PAGE):
        db.session.rollback()
        yield page
        after = page[-1].seq


def counts(report: Any) -> dict[Group, int | None]:
    """Return how many are in each group, from the mailing's counters; None where no counter says."""
    return {
        Group.ALL: report.total,
        Group.DELIVERED: report.accepted,
        Group.OPENED: report.openers,
        Group.CLICKED: report.clickers,
        Group.UNOPENED: None,
        Group.UNREACHED: report.unreached,
        Group.UNSUBSCRIBED: report.unsubscribers,
        Group.COMPLAINED: report.complainers,
        Group.FORWARDED: report.forwarders,
        Group.GLANCED: report.glanced,
        Group.SKIMMED: report.skimmed,
        Group.STUDIED: report.studied,
        Group.WAITING: report.open_to,
        Group.CANCELLED: report.cancelled,
    }
