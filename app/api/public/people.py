"""Lists and the people on them."""

from __future__ import annotations

from app.api import shapes
from app.api.door import current_key
from app.api.operations import operation
from app.api.problems import Unfit
from app.core.access import Permission
from app.core.errors import N_, NotFound
from app.lists import fields, queries, service
from app.lists.service import Person

BY = "api"


@operation("GET", "/lists", scope=Permission.VIEW, summary=N_("The lists"), asks=shapes.Page, answers=shapes.Lists)
def lists(asked: shapes.Page) -> shapes.Lists:
    known = sorted((each for each in queries.lists() if each.id > (asked.after or 0)), key=lambda each: each.id)
    items = [_list(each) for each in known[: asked.limit]]
    return shapes.Lists(items, items[-1].id if len(known) > asked.limit else None)


@operation("GET", "/lists/<int:list_id>", scope=Permission.VIEW, summary=N_("One list"), answers=shapes.MailingList)
def one_list(list_id: int) -> shapes.MailingList:
    return _list(_known_list(list_id))


def _known_list(list_id: int) -> queries.ContactList:
    found = queries.contact_list(list_id)
    if found is None or found.archived_at:
        raise NotFound
    return found


def _list(of: queries.ContactList) -> shapes.MailingList:
    return shapes.MailingList(**{name: getattr(of, name) for name in shapes.MailingList.__struct_fields__})


@operation(
    "GET", "/lists/<int:list_id>/contacts", scope=Permission.VIEW, summary=N_("The people on a list, the newest first"),
    asks=shapes.SubscribersAsked, answers=shapes.Subscribers,
)  # fmt: skip
def subscribers(list_id: int, asked: shapes.SubscribersAsked) -> shapes.Subscribers:
    _known_list(list_id)
    rows = queries.members_of(list_id, state=asked.state, before=asked.after, count=asked.limit + 1)
    names = shapes.Subscriber.__struct_fields__
    items = [shapes.Subscriber(**{name: getattr(row, name) for name in names}) for row in rows[: asked.limit]]
    return shapes.Subscribers(items, items[-1].contact_id if len(rows) > asked.limit else None)


@operation(
    "GET", "/contacts", scope=Permission.VIEW, summary=N_("All people, the newest first, or the one of an address"),
    asks=shapes.ContactsAsked, answers=shapes.Contacts,
)  # fmt: skip
def contacts(asked: shapes.ContactsAsked) -> shapes.Contacts:
    if asked.address is not None:
        found = queries.contact_by_address(asked.address)
        return shapes.Contacts([_contact(found)] if found else [])
    rows = queries.everybody(before=asked.after, count=asked.limit + 1)
    items = [_contact(row) for row in rows[: asked.limit]]
    return shapes.Contacts(items, items[-1].id if len(rows) > asked.limit else None)


def _contact(of: queries.Contact) -> shapes.Contact:
    return shapes.Contact(**{name: getattr(of, name) for name in shapes.Contact.__struct_fields__})


@operation(
    "GET", "/contacts/<int:contact_id>", scope=Permission.VIEW, summary=N_("One person, with their places on lists"),
    answers=shapes.ContactWhole,
)  # fmt: skip
def one_contact(contact_id: int) -> shapes.ContactWhole:
    found = queries.contact(contact_id)
    if found is None:
        raise NotFound
    return _whole(found)


def _whole(found: queries.Contact) -> shapes.ContactWhole:
    kept_out = queries.suppression_of(found.address_key)
    names = shapes.Subscription.__struct_fields__
    places = [
        shapes.Subscription(**{name: getattr(place, name) for name in names}) for place in queries.places_of(found.id)
    ]
    return shapes.ContactWhole(_contact(found), kept_out.reason if kept_out else None, places)


@operation(
    "POST", "/contacts", scope=Permission.EDIT_LISTS, takes=shapes.ContactGiven, answers=shapes.ContactWhole,
    summary=N_("Keep a person: made if the address is new, else brought up to date"),
)  # fmt: skip
def keep_contact(given: shapes.ContactGiven) -> shapes.ContactWhole:
    return _whole(service.keep_person(_person(given), member_id=current_key().member.id, by=BY))


def _person(given: shapes.ContactGiven) -> Person:
    if unknown := sorted(given.fields.keys() - {each.key for each in fields.fields()}):
        raise Unfit(f"the workspace has no field `{unknown[0]}`", f"/fields/{unknown[0]}")
    return Person(given.address, given.name, given.fields)


@operation(
    "POST", "/lists/<int:list_id>/subscriptions", scope=Permission.EDIT_LISTS, takes=shapes.SubscriptionGiven,
    answers=shapes.ContactWhole, summary=N_("Subscribe a person who has agreed. Who has left a list stays off it"),
)  # fmt: skip
def subscribe(list_id: int, given: shapes.SubscriptionGiven) -> shapes.ContactWhole:
    known, maker = _known_list(list_id), current_key().member
    return _whole(service.add_person(known.id, _person(given), consent=given.consent, member_id=maker.id, by=BY))


@operation(
    "POST", "/lists/<int:list_id>/unsubscriptions", scope=Permission.EDIT_LISTS, takes=shapes.AddressGiven,
    answers=shapes.ContactWhole, summary=N_("Take a person off a list"),
)  # fmt: skip
def unsubscribe(list_id: int, given: shapes.AddressGiven) -> shapes.ContactWhole:
    known, found = _known_list(list_id), queries.contact_by_address(given.address)
    if found is None:
        raise NotFound
    service.unsubscribe_contact(found.id, [known.id], source=BY)
    return _whole(found)
