"""Which people something is done to: those of a list, of a segment or all, narrowed by state and search, or ticked one
by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.db import db
from app.core.errors import NotFound
from app.core.tenancy import current_tenant_id
from app.lists import queries
from app.lists.models import Contact, Subscription
from app.lists.segments import rules
from app.lists.segments.compiling import Clause, drawn
from app.lists.segments.conditions import Sample
from app.lists.segments.limits import allow_memory
from app.lists.segments.views import CONTACT
from app.lists.states import SubscriptionState


@dataclass(frozen=True, slots=True)
class Selection:
    """A filter, kept as what it says: whoever fits when the work is done is meant."""

    list_id: int | None = None
    state: SubscriptionState | None = None
    text: str = ""
    ids: tuple[int, ...] = ()
    segment_id: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "ids": list(self.ids)}


def selection_of(stored: Mapping[str, Any]) -> Selection:
    state = stored.get("state")
    return Selection(
        list_id=stored.get("list_id"),
        state=SubscriptionState(state) if state else None,
        text=stored.get("text", ""),
        ids=tuple(stored.get("ids", ())),
        segment_id=stored.get("segment_id"),
    )


def people(chosen: Selection, *, after: int = 0, through: int | None = None) -> sa.Select[Any]:
    """(contact_id) of the selection, of those above `after` and up to `through`.

    Plan: by the keys of contacts or of the list's subscriptions, either in order; a segment within the same bounds.
    """
    column: sa.ColumnElement[Any] = Contact.id.label("contact_id")
    query = sa.select(column).where(Contact.tenant_id == current_tenant_id(), *queries.matching(chosen.text))
    query = query.where(*_between(Contact.id, after, through))
    if chosen.ids:
        query = query.where(Contact.id == sa.func.any(sa.literal(list(chosen.ids), ARRAY(sa.BigInteger))))
    elif chosen.segment_id is not None:
        query = query.where(Contact.id.in_(_segment(chosen.segment_id, after, through)))
    if chosen.list_id is None:
        return query
    same = sa.and_(Subscription.tenant_id == Contact.tenant_id, Subscription.contact_id == Contact.id)
    query = query.join(Subscription, same).where(Subscription.list_id == chosen.list_id)
    return query.where(Subscription.state == chosen.state) if chosen.state else query


def _between(number: Any, after: int, through: int | None) -> list[sa.ColumnElement[bool]]:
    return [number > after, *([] if through is None else [number <= through])]


def _segment(segment_id: int, after: int, through: int | None) -> sa.Select[Any]:
    where, sample = _read(segment_id)
    return sa.select(drawn(sa.and_(where, *_between(CONTACT.c.id, after, through)), sample).subquery().c.id)


def _read(segment_id: int) -> tuple[Clause, Sample | None]:
    """A segment's rule as it is now."""
    found = rules.rules([segment_id]).get(segment_id)
    if found is None:
        raise NotFound
    return rules.read(found)


def settled(chosen: Selection) -> Selection:
    """Return a selection that work can be done to. Whoever is drawn by lot is drawn now: later the lot would fall on
    others, as those who were drawn first may not be in the segment any more.
    """
    sample = _read(chosen.segment_id)[1] if chosen.segment_id is not None else None
    if sample is None or sample.count is None:
        return chosen
    return replace(chosen, ids=tuple(db.session.scalars(people(chosen).order_by(Contact.id))))


def count(chosen: Selection) -> int:
    """Return how many are meant: from the list's counters where they are enough."""
    if chosen.list_id is not None and not (chosen.ids or chosen.text or chosen.segment_id):
        found = queries.contact_list(chosen.list_id)
        states = [chosen.state] if chosen.state else list(SubscriptionState)
        return sum(getattr(found, state.value) for state in states) if found else 0
    allow_memory()
    return db.session.scalar(sa.select(sa.func.count()).select_from(people(chosen).subquery())) or 0


def slice_of(chosen: Selection, *, after: int, through: int, size: int) -> list[int]:
    """Return the next ids of a selection, in order, those above `after` and up to `through`."""
    query = people(chosen, after=after, through=through)
    return list(db.session.scalars(query.order_by(Contact.id).limit(size)))


def newest_contact() -> int:
    return db.session.scalar(sa.select(sa.func.max(Contact.id)).where(Contact.tenant_id == current_tenant_id())) or 0
