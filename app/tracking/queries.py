"""Reading what recipients did, and who they are."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import NotFound
from app.core.tenancy import current_tenant_id
from app.core.tokens import RecipientRef
from app.lists import queries as lists
from app.sending import queries as sending
from app.tracking.models import (
    ClientReaction,
    Conversion,
    ConversionCount,
    HourReaction,
    LinkReaction,
    Reaction,
    TraitReaction,
)

LINKS_REMEMBERED = 20_000
_targets: dict[tuple[int, int, int], str] = {}
ON_LIST = ("subscribed", "unconfirmed")
BY_THE_PERSON = ("link", "one_click")


@dataclass(frozen=True, slots=True)
class Recipient:
    """The person a token stands for. `list_ids` are the lists that their "unsubscribe" is about."""

    ref: RecipientRef
    contact_id: int
    address: str
    list_ids: tuple[int, ...]


def recipient(ref: RecipientRef) -> Recipient:
    """Return whom the token stands for.

    Raises:
        NotFound: the mailing or its ledger row is gone.
    """
    launch = sending.launch(ref.mailing_id)
    delivery = sending.delivery(ref.mailing_id, ref.seq)
    if launch is None or delivery is None:
        raise NotFound
    to_leave = lists.lists_to_leave(delivery.contact_id, launch.list_ids)
    return Recipient(ref, delivery.contact_id, delivery.address, to_leave)


def merge_values(person: Recipient) -> dict[str, str]:
    """Return the values that merge tags stand for; of a person who was deleted, only the address."""
    return lists.contact_values([person.contact_id]).get(person.contact_id) or {"email": person.address}


def subscribed_titles(person: Recipient) -> list[str]:
    """Return the titles of the mailing's lists that the person is still on."""
    places = lists.places_of(person.contact_id)
    return [place.title for place in places if place.list_id in person.list_ids and place.state in ON_LIST]


def may_return(person: Recipient) -> bool:
    """Tell whether the person left by a link of a mail, and so can come back by one."""
    places = lists.places_of(person.contact_id)
    return any(
        place.list_id in person.list_ids and place.state == "unsubscribed" and place.changed_by in BY_THE_PERSON
        for place in places
    )


def link_target(tenant_id: int, mailing_id: int, number: int) -> str:
    """Return where a link of a launched mailing leads, merge tags unfilled. Links never change, so they are kept.

    Raises:
        NotFound: the mailing has no such link.
    """
    url = remembered_target(tenant_id, mailing_id, number) or sending.link_url(mailing_id, number)
    if url is None:
        raise NotFound
    _targets[tenant_id, mailing_id, number] = url
    while len(_targets) > LINKS_REMEMBERED:
        _targets.pop(next(iter(_targets)), None)
    return url


def remembered_target(tenant_id: int, mailing_id: int, number: int) -> str | None:
    """Return where a link leads if this process knows; it asks no database."""
    return _targets.get((tenant_id, mailing_id, number))


def link_reactions(mailing_id: int) -> dict[int, LinkReaction]:
    found = db.session.scalars(sa.select(LinkReaction).where(LinkReaction.mailing_id == mailing_id))
    return {row.number: row for row in found}


def hour_reactions(mailing_id: int) -> list[HourReaction]:
    """Return the hours (UTC) in which anybody opened or clicked."""
    query = sa.select(HourReaction).where(HourReaction.mailing_id == mailing_id)
    return list(db.session.scalars(query.order_by(HourReaction.hour)))


def client_reactions(mailing_id: int) -> list[ClientReaction]:
    """Return opens and clicks of people by device, client and operating system. Plan: range of the primary key."""
    return list(db.session.scalars(sa.select(ClientReaction).where(ClientReaction.mailing_id == mailing_id)))


def trait_reactions(mailing_id: int) -> list[TraitReaction]:
    """Return opens and clicks by language, place and reason of machines. Plan: range of the primary key."""
    return list(db.session.scalars(sa.select(TraitReaction).where(TraitReaction.mailing_id == mailing_id)))


@dataclass(frozen=True, slots=True)
class Earned:
    """Orders that a mailing is thanked for and what they came to; mailing 0: those that follow no click."""

    mailing_id: int
    orders: int
    revenue: Decimal


def earned(mailing_id: int | None = None) -> list[Earned]:
    """Return what mailings earned (or one of them), the most first."""
    columns = (ConversionCount.mailing_id, ConversionCount.orders, ConversionCount.revenue)
    query = sa.select(*columns).where(ConversionCount.tenant_id == current_tenant_id())
    if mailing_id is not None:
        query = query.where(ConversionCount.mailing_id == mailing_id)
    order = (ConversionCount.revenue.desc(), ConversionCount.mailing_id.desc())
    return [Earned(*row) for row in db.session.execute(query.order_by(*order))]


def buyers(mailing_id: int) -> int:
    """Count the people who ordered after a click in a mailing. Plan: the index on (tenant, mailing, at)."""
    mine = (Conversion.tenant_id == current_tenant_id(), Conversion.mailing_id == mailing_id)
    return int(db.session.scalar(sa.select(sa.func.count(sa.distinct(Conversion.seq))).where(*mine)) or 0)


def orders_of(mailing_id: int, count: int) -> list[Conversion]:
    """Return the orders that a mailing is thanked for, the latest first. Plan: the index on (tenant, mailing, at)."""
    mine = (Conversion.tenant_id == current_tenant_id(), Conversion.mailing_id == mailing_id)
    return list(db.session.scalars(sa.select(Conversion).where(*mine).order_by(Conversion.at.desc()).limit(count)))


def people_between(mailing_id: int, after: int, through: int) -> tuple[int, int]:
    """How many people (not machines) of a part of a mailing's ledger opened it, and clicked. Plan: primary key."""
    query = sa.select(sa.func.count(Reaction.opened_at), sa.func.count(Reaction.clicked_at)).where(
        Reaction.tenant_id == current_tenant_id(), Reaction.mailing_id == mailing_id,
        Reaction.seq > after, Reaction.seq <= through,
    )  # fmt: skip
    row = db.session.execute(query).one()
    return row[0], row[1]
