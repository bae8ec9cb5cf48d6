"""Which people something is done to: those of a list or all, narrowed by state and search, or ticked one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.lists import queries
from app.lists.models import Contact, Subscription
from app.lists.states import SubscriptionState


@dataclass(frozen=True, slots=True)
class Selection:
    """A filter, kept as what it says: whoever fits when the work is done is meant."""

    list_id: int | None = None
    state: SubscriptionState | None = None
    text: str = ""
    ids: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "ids": list(self.ids)}


def selection_of(stored: Mapping[str, Any]) -> Selection:
    state = stored.get("state")
    return Selection(
        list_id=stored.get("list_id"),
        state=SubscriptionState(state) if state else None,
        text=stored.get("text", ""),
        ids=tuple(stored.get("ids", ())),
    )


def people(chosen: Selection) -> sa.Select[Any]:
    """(contact_id) of the selection. Plan: by the keys of contacts or of the list's subscriptions, either in order."""
    column: sa.ColumnElement[Any] = Contact.id.label("contact_id")
    query = sa.select(column).where(Contact.tenant_id == current_tenant_id(), *queries.matching(chosen.text))
    if chosen.ids:
        query = query.where(Contact.id.in_(chosen.ids))
    if chosen.list_id is None:
        return query
    same = sa.and_(Subscription.tenant_id == Contact.tenant_id, Subscription.contact_id == Contact.id)
    query = query.join(Subscription, same).where(Subscription.list_id == chosen.list_id)
    return query.where(Subscription.state == chosen.state) if chosen.state else query


def count(chosen: Selection) -> int:
    """Return how many are meant: from the list's counters where they are enough."""
    if chosen.list_id is not None and not chosen.ids and not chosen.text:
        found = queries.contact_list(chosen.list_id)
        states = [chosen.state] if chosen.state else list(SubscriptionState)
        return sum(getattr(found, state.value) for state in states) if found else 0
    return db.session.scalar(sa.select(sa.func.count()).select_from(people(chosen).subquery())) or 0


def slice_of(chosen: Selection, *, after: int, through: int, size: int) -> list[int]:
    """Return the next ids of a selection, in order, those above `after` and up to `through`."""
    query = people(chosen).where(Contact.id > after, Contact.id <= through).order_by(Contact.id).limit(size)
    return list(db.session.scalars(query))


def newest_contact() -> int:
    return db.session.scalar(sa.select(sa.func.max(Contact.id)).where(Contact.tenant_id == current_tenant_id())) or 0
