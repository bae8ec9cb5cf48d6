"""In which order people are shown. A page begins behind the last person of the one before, whatever the order."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from app.lists.models import Contact


class Order(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    ADDRESS = "address"
    NAME = "name"


# Each is an index of contacts, behind the tenant: a page is walked to, never sorted for, at any number of people.
_KEYS: dict[Order, Sequence[Any]] = {
    Order.NEWEST: (Contact.id,),
    Order.OLDEST: (Contact.id,),
    Order.ADDRESS: (Contact.address_key,),
    Order.NAME: (Contact.name == sa.literal_column("''"), Contact.name, Contact.id),
}


def order_of(text: str) -> Order:
    return Order(text) if text in list(Order) else Order.NEWEST


def in_order(query: sa.Select[Any], order: Order, last: Contact | None) -> sa.Select[Any]:
    """Put a query of contacts in order, and let it begin behind `last`."""
    keys = _KEYS[order]
    if order is Order.NEWEST:
        query = query.order_by(Contact.id.desc())
        return query if last is None else query.where(Contact.id < last.id)
    query = query.order_by(*keys)
    if last is None:
        return query
    return query.where(sa.tuple_(*keys) > sa.tuple_(*_place(last)[order]))


def _place(last: Contact) -> dict[Order, Sequence[Any]]:
    """Where somebody stands in each order, as `_KEYS` has it. Who has no name comes behind all who have."""
    return {
        Order.OLDEST: (last.id,),
        Order.ADDRESS: (last.address_key,),
        Order.NAME: (not last.name, last.name, last.id),
    }
