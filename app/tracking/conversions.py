"""Orders in a customer's shop, credited to the last click of a person within the days that the workspace says.

A link to the shop carries a mark of who follows it (`mp`); the shop hands it back, or the buyer's address, with what
was ordered, signed with the workspace's key. Mailing 0 in counts: orders that follow no click.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit, urlunsplit

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import now
from app.core.db import db
from app.core.errors import N_, Invalid
from app.core.tenancy import current_tenant_id
from app.core.tokens import BadToken, click_mark, read_click_mark
from app.lists import queries as lists
from app.lists.tracking import is_tracked
from app.sending import queries as sending
from app.tenants.conversions import key_of
from app.tenants.queries import Workspace, current_workspace
from app.tracking import stream
from app.tracking.models import Conversion, ConversionCount
from app.tracking.stream import TrackEvent
from app.tracking.terms import EventKind

MARK = "mp"
NOBODYS = 0
ORDER_LENGTH = 100
WHO_LENGTH = 320
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")


class Unsigned(Invalid):
    status = 403
    message = N_("The order was not counted: the signature does not fit the order, the amount and who bought.")


class NoOrder(Invalid):
    message = N_("The order was not counted: it needs an order number (at most 100 characters) and an amount.")


@dataclass(frozen=True, slots=True)
class Order:
    """What a shop tells, as it tells it. `who`: the mark from the link, or the buyer's e-mail address."""

    order: str
    amount: str
    who: str


def marked(target: str, place: Workspace, mailing_id: int, seq: int) -> str:
    """Return a link's target with the mark in it, where it leads to one of the workspace's shops."""
    if not place.shop_hosts:
        return target
    parts = urlsplit(target)
    host = (parts.hostname or "").lower()
    if not any(host == shop or host.endswith(f".{shop}") for shop in place.shop_hosts.split()):
        return target
    mark = f"{MARK}={click_mark(place.id, mailing_id, seq)}"
    return urlunsplit(parts._replace(query=f"{parts.query}&{mark}" if parts.query else mark))


def signature(place: Workspace, order: Order) -> str:
    """Return the HMAC-SHA256 of order, amount and who, a line each, under the workspace's key, in hex."""
    text = "\n".join([order.order, order.amount, order.who])
    return hmac.new(key_of(place).encode(), text.encode(), "sha256").hexdigest()


def take(place: Workspace, order: Order, sign: str) -> None:
    """Put an order on the stream; ingest counts it, once however often it is told.

    Raises:
        NoOrder: number or amount cannot be.
        Unsigned: it is not the shop that tells it.
    """
    fits = 0 < len(order.order) <= ORDER_LENGTH and "\x00" not in order.order and len(order.who) <= WHO_LENGTH
    if not fits or not _AMOUNT.fullmatch(order.amount):
        raise NoOrder
    if not hmac.compare_digest(signature(place, order), sign.lower()):
        raise Unsigned
    at = now().timestamp()
    mailing_id, seq = _marked_click(place.id, order.who)
    stream.put(
        TrackEvent(
            tenant_id=place.id, mailing_id=mailing_id, seq=seq, kind=EventKind.CONVERSION.value, at=at,
            key=stream.new_key(at), detail=json.dumps(asdict(order)),
        )
    )  # fmt: skip


def _marked_click(tenant_id: int, who: str) -> tuple[int, int]:
    try:
        return read_click_mark(tenant_id, who)
    except BadToken:
        return (0, 0)


def record(events: Sequence[TrackEvent]) -> list[TrackEvent]:
    """Keep orders not known yet and count them; return those that a click is to be thanked for, as events of it."""
    days = timedelta(days=current_workspace().conversion_days) if events else timedelta()
    found = [_record(event, days) for event in events]
    return [event for event in found if event]


def _record(event: TrackEvent, days: timedelta) -> TrackEvent | None:
    order = Order(**json.loads(event.detail))
    at = datetime.fromtimestamp(event.at, UTC)
    click = _last_click(_contact(event, order), at, days)
    credit = (
        {"mailing_id": click.mailing_id, "seq": click.seq, "link": click.link, "clicked_at": click.at} if click else {}
    )
    values = {"order_id": order.order, "amount": Decimal(order.amount), "at": at, **credit}
    statement = insert(Conversion).values(**values).on_conflict_do_nothing().returning(Conversion.order_id)
    if db.session.scalar(statement) is None:
        return None
    _count(click.mailing_id if click else NOBODYS, Decimal(order.amount))
    if click is None:
        return None
    return TrackEvent(
        tenant_id=event.tenant_id, mailing_id=click.mailing_id, seq=click.seq, kind=event.kind, at=event.at,
        key=event.key, link=click.link,
    )  # fmt: skip


def _contact(event: TrackEvent, order: Order) -> int | None:
    if event.seq:
        delivery = sending.delivery(event.mailing_id, event.seq)
        return delivery.contact_id if delivery else None
    contact = lists.contact_by_address(order.who) if "@" in order.who else None
    return contact.id if contact and is_tracked(contact.id) else None


# Plan: the ledger's index by person, then reactions by primary key, then the events of those who clicked at all.
_LAST_CLICK = sa.text(
    """
    SELECT e.mailing_id, e.seq, e.link, e.at FROM deliveries d
    JOIN reactions r ON r.tenant_id = d.tenant_id AND r.mailing_id = d.mailing_id AND r.seq = d.seq
        AND r.clicked_at <= :at
    JOIN events e ON e.tenant_id = d.tenant_id AND e.mailing_id = d.mailing_id AND e.seq = d.seq
        AND e.kind = 'click' AND e.human AND e.at BETWEEN :since AND :at
    WHERE d.tenant_id = :tenant AND d.contact_id = :contact ORDER BY e.at DESC LIMIT 1
    """
)


def _last_click(contact_id: int | None, at: datetime, days: timedelta) -> sa.Row[tuple[int, int, int, datetime]] | None:
    if contact_id is None:
        return None
    values = {"tenant": current_tenant_id(), "contact": contact_id, "at": at, "since": at - days}
    return db.session.execute(_LAST_CLICK, values).one_or_none()


def _count(mailing_id: int, amount: Decimal) -> None:
    statement = insert(ConversionCount).values(mailing_id=mailing_id, orders=1, revenue=amount)
    sums = {"orders": ConversionCount.orders + 1, "revenue": ConversionCount.revenue + amount}
    db.session.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "mailing_id"], set_=sums))
