"""Changing the audience: lists, contacts, subscriptions, the suppression list."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.core.errors import N_, Invalid, NotFound
from app.core.tenancy import current_tenant_id
from app.lists import edits, fields, queries, room
from app.lists.address import parse_address
from app.lists.models import Contact, ContactList, Subscription, Suppression
from app.lists.states import SubscriptionState, SuppressionReason
from app.lists.suppression import domain_key, erased_key, mark_of

LIVE = (SubscriptionState.SUBSCRIBED, SubscriptionState.UNCONFIRMED)
BY_THE_PERSON = ("link", "one_click")


class CodeTaken(Invalid):
    message = N_("Another list has the ID “%(code)s” already. Choose another one.")


class ConsentMissing(Invalid):
    message = N_("Say how these people agreed to get your mail. Nothing was saved yet.")


class StaysUnsubscribed(Invalid):
    message = N_("%(address)s has left this list. Only the person can come back, by subscribing again.")


class StaysForgotten(Invalid):
    message = N_("%(address)s asked to be forgotten. Only the person can come back, by subscribing again.")


def create_list(code: str, *, title: str, description: str = "") -> ContactList:
    """Make a list; without a code it gets one of its own.

    Raises:
        CodeTaken: another list has this code.
    """
    made = ContactList(code=code or f"list-{secrets.token_hex(3)}", title=title, description=description)
    _refuse_taken(made.code, None)
    db.session.add(made)
    db.session.flush()
    return made


def _refuse_taken(code: str, list_id: int | None) -> None:
    holder = queries.list_by_code(code)
    if holder is not None and holder.id != list_id:
        raise CodeTaken(code=code)


def update_list(changed: ContactList, *, code: str, title: str, description: str) -> None:
    """Rename a list.

    Raises:
        CodeTaken: another list has this code.
    """
    _refuse_taken(code, changed.id)
    changed.code, changed.title, changed.description = code, title, description
    db.session.flush()


def archive_list(archived: ContactList, *, now: datetime) -> None:
    """Put a list away: nobody in it is lost, and it is no longer offered."""
    archived.archived_at = now
    db.session.flush()


def restore_list(restored: ContactList) -> None:
    restored.archived_at = None
    db.session.flush()


@dataclass(frozen=True, slots=True)
class Person:
    """What is said about somebody. `fields`: as typed, by key."""

    address: str
    name: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


def add_person(
    list_id: int, person: Person, *, consent: str, member_id: int | None = None, by: str = "member"
) -> Contact:
    """Put a person on a list; one we know already keeps the address and gets the name if one was given.

    `by` says who does it: member, api.

    Raises:
        InvalidAddress: the address is not one.
        ConsentMissing: nothing is said about how they agreed.
        StaysUnsubscribed: they left this list before.
        StaysForgotten: they asked to be forgotten.
        NoRoom: the plan keeps no more people.
    """
    if not consent.strip():
        raise ConsentMissing
    contact = keep_person(person, member_id=member_id, by=by)
    _subscribe(contact, list_id, consent.strip(), member_id, by)
    return contact


def keep_person(person: Person, *, member_id: int | None = None, by: str = "member") -> Contact:
    """Return the contact of an address, made if there is none; one we know gets what was given.

    Raises:
        InvalidAddress: the address is not one.
        StaysForgotten: they asked to be forgotten.
        NoRoom: the plan keeps no more people.
        FieldsUnfit: a value does not fit its field.
    """
    address = parse_address(person.address)
    contact = queries.contact_by_address(address.text)
    if contact is None and queries.entry_with(erased_key(address.key)):
        raise StaysForgotten(address=address.text)
    if contact is None:
        room.make_sure(1)
        contact = Contact(address=address.text, address_key=address.key, name=person.name)
        db.session.add(contact)
        db.session.flush()
        fields.fill(contact, person.fields)
    elif person.name or person.fields:
        with edits.noted(contact, member_id=member_id, by=by):
            contact.name, contact.import_id = person.name or contact.name, None
            fields.fill(contact, person.fields)
    return contact


def _subscribe(contact: Contact, list_id: int, consent: str, member_id: int | None, by: str) -> None:
    statement = insert(Subscription).values(
        list_id=list_id, contact_id=contact.id, state=SubscriptionState.SUBSCRIBED,
        source=by, consent=consent, changed_by=by, member_id=member_id,
    )  # fmt: skip
    db.session.execute(statement.on_conflict_do_nothing())
    place = next(place for place in queries.places_of(contact.id) if place.list_id == list_id)
    if place.state not in LIVE:
        raise StaysUnsubscribed(address=contact.address)


class AddressTaken(Invalid):
    message = N_("%(address)s belongs to another contact already.")


def update_contact(contact: Contact, person: Person) -> None:
    """Correct a person's address and name. What was written by hand is not taken back with an import.

    Raises:
        InvalidAddress: the address is not one.
        AddressTaken: it is another contact's.
    """
    address = parse_address(person.address)
    holder = queries.contact_by_address(address.text)
    if holder is not None and holder.id != contact.id:
        raise AddressTaken(address=address.text)
    contact.address, contact.address_key, contact.name = address.text, address.key, person.name
    contact.import_id = None
    contact.updated_at = sa.func.now()
    db.session.flush()


def delete_contacts(contact_ids: Sequence[int], *, marked: bool = True) -> int:
    """Forget people: their data and their places in lists. What was sent to them stays in the reports' numbers.

    The mark that is left (unless not `marked`) tells nobody who it was, and keeps an import from bringing them back.
    """
    chosen = (_mine(Contact), Contact.id.in_(list(contact_ids)))
    if marked:
        mark = sa.select(
            Contact.tenant_id, mark_of(Contact.address_key), sa.literal(SuppressionReason.ERASED.value)
        ).where(*chosen)
        _suppress(mark)
    return _rows(db.session.execute(sa.delete(Contact).where(*chosen)))


def _suppress(entries: sa.Select[int, str, str]) -> None:
    """Write entries of (tenant_id, address_key, reason); those that are there stay as they are."""
    statement = insert(Suppression).from_select(["tenant_id", "address_key", "reason"], entries, include_defaults=False)
    db.session.execute(statement.on_conflict_do_nothing())


def _mine(model: Any) -> sa.ColumnElement[bool]:
    mine: sa.ColumnElement[bool] = model.tenant_id == current_tenant_id()
    return mine


def _rows(result: Any) -> int:
    return int(result.rowcount)


def unsubscribe_contact(contact_id: int, list_ids: Sequence[int], *, source: str) -> int:
    """Take a contact off lists (those of a mailing, say); return how many they left now. Repeating it is harmless.

    `source` says who did it: link, one_click, member.
    """
    return move_subscriptions([contact_id], SubscriptionState.UNSUBSCRIBED, by=source, list_ids=list_ids)


def move_subscriptions(
    contact_ids: Sequence[int], state: SubscriptionState, *, by: str, list_ids: Sequence[int] | None = None
) -> int:
    """Move live subscriptions of these contacts (in these lists, or in all) to a state that ends them."""
    change = sa.update(Subscription).where(
        _mine(Subscription), Subscription.contact_id.in_(list(contact_ids)), Subscription.state.in_(LIVE)
    )
    if list_ids is not None:
        change = change.where(Subscription.list_id.in_(list(list_ids)))
    return _rows(db.session.execute(change.values(state=state, changed_by=by, changed_at=sa.func.now())))


def resubscribe_contact(contact_id: int, list_id: int) -> int:
    """Undo a member's own click on "unsubscribe". What the person or their mail server did is not undone."""
    change = (
        sa.update(Subscription)
        .where(_mine(Subscription), Subscription.contact_id == contact_id, Subscription.list_id == list_id)
        .where(Subscription.state == SubscriptionState.UNSUBSCRIBED, Subscription.changed_by == "member")
        .values(state=SubscriptionState.SUBSCRIBED, changed_at=sa.func.now())
    )
    return _rows(db.session.execute(change))


def take_back_unsubscribe(contact_id: int, list_ids: Sequence[int]) -> int:
    """Undo, at the person's own word, what the unsubscribe link or one-click of a mail did to these lists."""
    change = (
        sa.update(Subscription)
        .where(_mine(Subscription), Subscription.contact_id == contact_id, Subscription.list_id.in_(list(list_ids)))
        .where(Subscription.state == SubscriptionState.UNSUBSCRIBED, Subscription.changed_by.in_(BY_THE_PERSON))
        .values(state=SubscriptionState.SUBSCRIBED, changed_by="link", changed_at=sa.func.now())
    )
    return _rows(db.session.execute(change))


def suppress_bounced(contact_ids: Sequence[int]) -> None:
    """A server said these people do not exist: never send to them again, and say so in their lists."""
    if not contact_ids:
        return
    keys = sa.select(Contact.tenant_id, Contact.address_key, sa.literal(SuppressionReason.HARD_BOUNCE.value)).where(
        _mine(Contact), Contact.id.in_(list(contact_ids))
    )
    _suppress(keys)
    move_subscriptions(contact_ids, SubscriptionState.BOUNCED, by="bounce")


def suppress_complained(contact_id: int) -> None:
    """Somebody called a mail spam: never send to them again, and say so in their lists."""
    key = sa.select(Contact.tenant_id, Contact.address_key, sa.literal(SuppressionReason.COMPLAINT.value)).where(
        _mine(Contact), Contact.id == contact_id
    )
    _suppress(key)
    move_subscriptions([contact_id], SubscriptionState.COMPLAINED, by="complaint")


def suppress_address(address: str, *, note: str = "") -> Suppression:
    """Put an address on the suppression list by hand; one that is there already stays as it is.

    Raises:
        InvalidAddress: it is not one.
    """
    key = parse_address(address).key
    statement = insert(Suppression).values(address_key=key, reason=SuppressionReason.MANUAL, note=note)
    db.session.execute(statement.on_conflict_do_nothing())
    entry = queries.entry_with(key)
    assert entry is not None
    return entry


def suppress_domain(domain: str, *, subdomains: bool = False, note: str = "") -> Suppression:
    """Keep all mail from a domain, and from everything below it if `subdomains`.

    Raises:
        InvalidDomain: it is not one.
    """
    key = domain_key(domain)
    values = {"reason": SuppressionReason.DOMAIN, "note": note, "subdomains": subdomains}
    statement = insert(Suppression).values(address_key=key, **values)
    statement = statement.on_conflict_do_update(index_elements=["tenant_id", "address_key"], set_=values)
    db.session.execute(statement)
    entry = queries.entry_with(key)
    assert entry is not None
    return entry


def release_address(key: str) -> None:
    """Take an entry off the suppression list; an address's subscriptions that bounced are live again.

    Raises:
        NotFound: it is not on it.
    """
    entry = queries.entry_with(key)
    if entry is None:
        raise NotFound
    db.session.delete(entry)
    people = sa.select(Contact.id).where(_mine(Contact), Contact.address_key == key)
    change = (
        sa.update(Subscription)
        .where(_mine(Subscription), Subscription.contact_id.in_(people))
        .where(Subscription.state == SubscriptionState.BOUNCED)
        .values(state=SubscriptionState.SUBSCRIBED, changed_by="member", changed_at=sa.func.now())
    )
    db.session.execute(change)
