"""Reading the audience: lists, contacts, who may be sent to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.lists.address import address_key
from app.lists.finding import newest_with
from app.lists.kinds import shown
from app.lists.models import Contact, ContactList, Subscription, Suppression
from app.lists.recipients import Audience, chosen, excluded, on_lists, unreachable
from app.lists.segments import saved
from app.lists.segments.limits import allow_memory
from app.lists.sorting import Order, in_order
from app.lists.states import SubscriptionState
from app.lists.suppression import (
    DOMAIN,
    covering_keys,
    erased_key,
    exact_domain,
    not_suppressed,
    suppressed,
    suppressed_people,
)

__all__ = ["Audience", "Contact", "ContactList", "Suppression"]

PAGE = 50
SMALL_LIST = 20_000
SUBSCRIBED = SubscriptionState.SUBSCRIBED


@dataclass(frozen=True, slots=True)
class AudienceCount:
    """How many people would get a mail, and how many of those chosen would not, by the first reason that holds.

    `excluded`: on an excluded list or in an excluded segment; `suppressed`: on the suppression list; `unreachable`: in
    a chosen segment, but subscribed to nothing.
    """

    total: int
    suppressed: int
    excluded: int = 0
    unreachable: int = 0


def audience(who: Audience) -> sa.Select[Any]:
    """(contact_id, address) of everybody in the audience, once each, minus suppressed, by contact_id.

    Plan: semi-join on the subscriptions of the lists (their state index) and on the segments' people, anti-joins on
    those excluded and on the small suppression table.
    """
    columns: list[Any] = [Contact.id.label("contact_id"), Contact.address]
    kept_out = [] if who.plain else [~excluded(who)]
    query = sa.select(*columns).where(_mine(Contact), chosen(who), *kept_out, not_suppressed(Contact.address_key))
    return query.order_by(Contact.id)


def _mine(model: Any) -> sa.ColumnElement[bool]:
    """The tenant's rows. Row-level security says so too; said here, the planner can use the number."""
    mine: sa.ColumnElement[bool] = model.tenant_id == current_tenant_id()
    return mine


def audience_count(who: Audience) -> AudienceCount:
    """Count `audience(who)`: by the lists' counters where they are enough, without walking through it."""
    if not who:
        return AudienceCount(0, 0)
    if who.plain:
        left_out = db.session.scalar(_suppressed_among(who)) or 0
        return AudienceCount(_subscribed(who.lists) - left_out, left_out)
    allow_memory()
    out, blocked = excluded(who).label("out"), Contact.id.in_(suppressed_people()).label("blocked")
    found = sa.select(out, blocked).where(_mine(Contact), chosen(who)).subquery()
    row = db.session.execute(
        sa.select(
            sa.func.count().filter(~found.c.out, ~found.c.blocked),
            sa.func.count().filter(~found.c.out, found.c.blocked),
            sa.func.count().filter(found.c.out),
        ).select_from(found)
    ).one()
    return AudienceCount(*row, db.session.scalar(unreachable(who)) or 0 if who.segments else 0)


def _suppressed_among(who: Audience) -> sa.Select[Any]:
    return sa.select(sa.func.count()).where(_mine(Contact), Contact.id.in_(suppressed_people()), chosen(who))


def _subscribed(list_ids: Sequence[int]) -> int:
    if len(set(list_ids)) == 1:
        found = contact_list(list_ids[0])
        return found.subscribed if found else 0
    people = on_lists(list_ids, [SUBSCRIBED]).subquery()
    return db.session.scalar(sa.select(sa.func.count(sa.distinct(people.c.contact_id)))) or 0


@dataclass(frozen=True, slots=True)
class AudienceNames:
    """The titles of what an audience is made of, and of what it goes without."""

    chosen: list[str]
    excluded: list[str]


def audience_names(who: Audience) -> AudienceNames:
    """Return what an audience is called, by titles; lists and segments that were put away included."""
    names = {row.id: row.title for row in db.session.execute(_titles_of({*who.lists, *who.excluded_lists}))}
    titles = {key: rule.title for key, rule in who.rules.items()} if who.rules is not None else saved.titles()
    told = [_("People told about their consent")] if who.told_by else []
    return AudienceNames(
        [
            *told,
            *(names[one] for one in who.lists if one in names),
            *(titles[one] for one in who.segments if one in titles),
        ],
        [
            *(names[one] for one in who.excluded_lists if one in names),
            *(titles[one] for one in who.excluded_segments if one in titles),
        ],
    )


def _titles_of(list_ids: set[int]) -> sa.Select[Any]:
    columns: list[Any] = [ContactList.id, ContactList.title]
    return sa.select(*columns).where(_mine(ContactList), ContactList.id.in_(list_ids))


def lists_to_leave(contact_id: int, list_ids: Sequence[int]) -> tuple[int, ...]:
    """Return the lists that a mail's "unsubscribe" is about, for one of its readers.

    Those of the mailing, if the person is or was on any of them; else they got it as one of a segment, and it is about
    every list they are or were on.
    """
    places = [place.list_id for place in places_of(contact_id)]
    return tuple(list_ids) if set(places) & set(list_ids) else tuple(places)


def contact_values(contact_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Return what merge tags can say about each contact: `email`, `name`, fields. Deleted contacts are absent."""
    wanted = sa.bindparam("wanted", list(contact_ids), ARRAY(sa.BigInteger))
    query = sa.select(Contact.id, Contact.address, Contact.name, Contact.fields).where(
        _mine(Contact), Contact.id == sa.func.any(wanted)
    )
    return {row.id: values_of(row) for row in db.session.execute(query)}


def values_of(contact: Any) -> dict[str, str]:
    """Return a contact's merge values. Own columns win over fields of the same name."""
    return {
        **{key: shown(value) for key, value in contact.fields.items()},
        "email": contact.address,
        "name": contact.name,
    }


def sample_contacts(who: Audience, count: int = 5) -> list[Contact]:
    """Return the first people of the audience, for previews."""
    if not who:
        return []
    people = audience(who).limit(count).subquery()
    query = sa.select(Contact).join(people, sa.and_(_mine(Contact), Contact.id == people.c.contact_id))
    return list(db.session.scalars(query.order_by(Contact.id)))


def lists(*, archived: bool = False) -> list[ContactList]:
    """Return the workspace's lists by title."""
    hidden = ContactList.archived_at.is_not(None) if archived else ContactList.archived_at.is_(None)
    query = sa.select(ContactList).where(_mine(ContactList), hidden).order_by(ContactList.title, ContactList.id)
    return list(db.session.scalars(query))


def list_titles() -> dict[int, str]:
    """Return what every list is called, those put away included."""
    query = sa.select(ContactList.id, ContactList.title).where(_mine(ContactList))
    return {row.id: row.title for row in db.session.execute(query)}


def archived_count() -> int:
    query = sa.select(sa.func.count()).where(_mine(ContactList), ContactList.archived_at.is_not(None))
    return db.session.scalar(query) or 0


def contact_list(list_id: int) -> ContactList | None:
    """Return a list with its counts as they are now: the database moves them, so they are read afresh."""
    query = sa.select(ContactList).where(_mine(ContactList), ContactList.id == list_id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def list_by_code(code: str) -> ContactList | None:
    return db.session.scalar(sa.select(ContactList).where(_mine(ContactList), ContactList.code == code))


def contact(contact_id: int) -> Contact | None:
    return db.session.scalar(sa.select(Contact).where(_mine(Contact), Contact.id == contact_id))


def contacts_with(contact_ids: Sequence[int]) -> list[Contact]:
    """Return the contacts with these ids that there are."""
    query = sa.select(Contact).where(_mine(Contact), Contact.id.in_(list(contact_ids)))
    return list(db.session.scalars(query.order_by(Contact.address)))


def contact_by_address(address: str) -> Contact | None:
    """Return the contact of an address, however it is written."""
    key = address_key(address)
    return db.session.scalar(sa.select(Contact).where(_mine(Contact), Contact.address_key == key))


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A contact as a line of a list."""

    contact_id: int
    address: str
    name: str
    state: SubscriptionState
    changed_at: datetime
    suppressed: bool


def members_of(
    list_id: int,
    *,
    text: str = "",
    state: SubscriptionState | None = None,
    before: int | None = None,
    order: Order = Order.NEWEST,
    count: int = PAGE,
) -> list[MemberRow]:
    """Return a page of a list, those behind the person `before`. What is searched for comes the newest first.

    Plan: the primary key of subscriptions backwards, or its state index; contacts by their key; stops at `count`. In
    another order: an index of contacts, and of each the place in the list; few people are gathered and sorted.
    """
    if order is not Order.NEWEST and not text:
        return _members_in_order(list_id, state, order, before, count)
    hidden = suppressed(Contact.address_key)
    query = (
        sa.select(Contact.id, Contact.address, Contact.name, Subscription.state, Subscription.changed_at, hidden)
        .join(Contact, sa.and_(Contact.tenant_id == Subscription.tenant_id, Contact.id == Subscription.contact_id))
        .where(_mine(Subscription), Subscription.list_id == list_id)
        .order_by(Subscription.contact_id.desc())
        .limit(count)
    )
    if state:
        query = query.where(Subscription.state == state)
    if before:
        query = query.where(Subscription.contact_id < before)
    if text and _is_small(list_id):
        query = query.where(*matching(text))
    elif text:
        found = newest_with(text, before=before, count=count, list_id=list_id, state=state)
        query = query.where(Subscription.contact_id.in_(found))
    return [MemberRow(i, a, n, SubscriptionState(s), at, x) for i, a, n, s, at, x in db.session.execute(query)]


def _members_in_order(
    list_id: int, state: SubscriptionState | None, order: Order, before: int | None, count: int
) -> list[MemberRow]:
    places = sa.select(Subscription.contact_id, Subscription.state, Subscription.changed_at).where(
        _mine(Subscription), Subscription.list_id == list_id, *([Subscription.state == state] if state else [])
    )
    # OFFSET 0 keeps the planner from walking through everybody for a few.
    here = (places.offset(0) if _is_small(list_id, state) else places).subquery()
    query = sa.select(
        Contact.id, Contact.address, Contact.name, here.c.state, here.c.changed_at, suppressed(Contact.address_key)
    ).join(here, sa.and_(_mine(Contact), Contact.id == here.c.contact_id))
    query = in_order(query, order, contact(before) if before else None).limit(count)
    return [MemberRow(i, a, n, SubscriptionState(s), at, x) for i, a, n, s, at, x in db.session.execute(query)]


def _is_small(list_id: int, state: SubscriptionState | None = None) -> bool:
    """Whether walking through a list (those in a state) finds sooner than walking through everybody."""
    found = contact_list(list_id)
    people = sum(getattr(found, each.value) for each in SubscriptionState if state in (None, each)) if found else 0
    return people <= SMALL_LIST


def matching(text: str) -> list[sa.ColumnElement[bool]]:
    """Say that somebody fits a search: each word stands in their address or name."""
    return [
        sa.or_(Contact.address.icontains(t, autoescape=True), Contact.name.icontains(t, autoescape=True))
        for t in text.split()
    ]


def everybody(
    *, text: str = "", before: int | None = None, order: Order = Order.NEWEST, count: int = PAGE
) -> list[Contact]:
    """Return a page of all contacts, those behind the person `before`. What is searched for comes the newest first."""
    query = sa.select(Contact).where(_mine(Contact)).limit(count)
    if order is not Order.NEWEST and not text:
        return list(db.session.scalars(in_order(query, order, contact(before) if before else None)))
    query = query.order_by(Contact.id.desc())
    if text:
        query = query.where(Contact.id.in_(newest_with(text, before=before, count=count)))
    if before:
        query = query.where(Contact.id < before)
    return list(db.session.scalars(query))


@dataclass(frozen=True, slots=True)
class Place:
    """A contact's place in one list."""

    list_id: int
    title: str
    state: SubscriptionState
    source: str
    consent: str
    changed_by: str
    created_at: datetime
    changed_at: datetime


def places_of(contact_id: int) -> list[Place]:
    """Return the lists a contact is or was in, by title."""
    query = (
        sa.select(
            ContactList.id, ContactList.title, Subscription.state, Subscription.source, Subscription.consent,
            Subscription.changed_by, Subscription.created_at, Subscription.changed_at,
        )
        .join(ContactList, sa.and_(_mine(ContactList), ContactList.id == Subscription.list_id))
        .where(_mine(Subscription), Subscription.contact_id == contact_id)
        .order_by(ContactList.title)
    )  # fmt: skip
    return [Place(row[0], row[1], SubscriptionState(row[2]), *row[3:]) for row in db.session.execute(query)]


def suppression_of(key: str) -> Suppression | None:
    """Return the entry that keeps mail from the address with this key: its own, else its domain's."""
    covers = sa.or_(Suppression.address_key.in_([key, erased_key(key), exact_domain(key)]), Suppression.subdomains)
    query = sa.select(Suppression).where(_mine(Suppression), Suppression.address_key.in_(covering_keys(key)), covers)
    return db.session.scalar(query.order_by(Suppression.address_key.startswith(DOMAIN)).limit(1))


def entry_with(key: str) -> Suppression | None:
    """Return the entry of the suppression list with exactly this key."""
    return db.session.scalar(sa.select(Suppression).where(_mine(Suppression), Suppression.address_key == key))


def suppressions(*, text: str = "", after: str = "", count: int = PAGE) -> list[Suppression]:
    """Return a page of the suppression list by address, those behind `after`."""
    query = sa.select(Suppression).where(_mine(Suppression), Suppression.address_key > after)
    if text:
        query = query.where(Suppression.address_key.contains(text.strip().casefold(), autoescape=True))
    return list(db.session.scalars(query.order_by(Suppression.address_key).limit(count)))


def suppression_count() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Suppression).where(_mine(Suppression))) or 0
