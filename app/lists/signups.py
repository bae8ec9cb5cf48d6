"""Asking people by mail whether they want to be on a list, and hearing their yes (double opt-in).

What somebody typed into a form waits in their sign-up until the address has said yes: until then it might be anybody's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert

from app.core.db import db
from app.core.errors import RateLimited
from app.core.limits import limit
from app.core.tenancy import current_tenant_id
from app.core.tokens import BadToken, read, sign
from app.lists import letters, queries, room
from app.lists.address import Address, parse_address
from app.lists.models import Contact, Import, Signup, Subscription, Suppression
from app.lists.room import NoRoom, NoRoomForReaders
from app.lists.states import SubscriptionState, SuppressionReason
from app.lists.suppression import erased_key, not_suppressed

PURPOSE = "sign-up"
LINK_LIVES = 30 * 24 * 3600
# Whatever the workspace: nobody's inbox is to be filled by strangers who type their address.
MAILS_A_DAY = 3
ASKED_AT_ONCE = 200
ASKED_A_DAY = 20_000
# What the person's own yes may lift. A spam report, a dead mailbox or a member's decision stays.
OWN_WILL = (SuppressionReason.ERASED, SuppressionReason.UNSUBSCRIBED)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody tells in a form: where to, who they are, what they agreed to, and from which network address."""

    address: str
    list_id: int
    consent: str
    name: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    ip: str = ""


def ask(wish: Wish, *, at_once: bool = False) -> None:
    """Note a wish and ask its address by mail; with `at_once`, do without the mail where nobody could be harmed.

    The caller learns nothing about the address: one that is subscribed, refused or asked too often looks the same.

    Raises:
        InvalidAddress: it is not one.
        NoRoomForReaders: the plan keeps no more people.
    """
    address = parse_address(wish.address)
    entry = queries.suppression_of(address.key)
    if entry is not None and entry.reason not in OWN_WILL:
        return
    contact, is_new = _contact_of(address, wish)
    first = _first_place(contact.id, wish, at_once and entry is None)
    if at_once and entry is None and first:
        return
    if may_be_asked(address.key):
        _post(_noted(contact, wish, is_new))


def _contact_of(address: Address, wish: Wish) -> tuple[Contact, bool]:
    """The contact of an address. Only a new one gets what was typed; who is known must say yes first."""
    known = queries.contact_by_address(address.text)
    if known is not None:
        return known, False
    try:
        room.make_sure(1)
    except NoRoom as error:
        raise NoRoomForReaders from error
    made = Contact(address=address.text, address_key=address.key, name=wish.name, fields=_told(wish))
    db.session.add(made)
    db.session.flush()
    return made, True


def _first_place(contact_id: int, wish: Wish, subscribed: bool) -> bool:
    """Put somebody on a list who never was on it; say whether that was so."""
    state = SubscriptionState.SUBSCRIBED if subscribed else SubscriptionState.UNCONFIRMED
    statement = insert(Subscription).values(
        list_id=wish.list_id, contact_id=contact_id, state=state,
        source="form", consent=wish.consent, changed_by="form", ip=wish.ip,
    )  # fmt: skip
    made = statement.on_conflict_do_nothing().returning(Subscription.contact_id)
    return db.session.scalar(made) is not None


def may_be_asked(key: str) -> bool:
    """Count a question to an address; False where it was asked as often as anybody may be, whoever asked."""
    try:
        limit("confirmation", key, count=MAILS_A_DAY, seconds=24 * 3600)
    except RateLimited:
        return False
    return True


def _noted(contact: Contact, wish: Wish, is_new: bool) -> Signup:
    noted = Signup(
        list_id=wish.list_id, also_lists=[], contact_id=contact.id, source="form", consent=wish.consent, ip=wish.ip,
        name="" if is_new else wish.name, fields={} if is_new else _told(wish),
    )  # fmt: skip
    db.session.add(noted)
    db.session.flush()
    return noted


def _told(wish: Wish) -> dict[str, Any]:
    return {key: value for key, value in wish.values.items() if value is not None}


def _post(signup: Signup) -> None:
    contact = queries.contact(signup.contact_id)
    assert contact is not None
    letters.post_confirmation(contact.address, titles(signup), token=sign(PURPOSE, signup.id))


def titles(signup: Signup) -> list[str]:
    """Return what the lists of a sign-up are called."""
    known = queries.list_titles()
    return [known[list_id] for list_id in _lists(signup)]


def _lists(signup: Signup) -> list[int]:
    return [signup.list_id, *signup.also_lists]


def signup_of(token: str) -> Signup:
    """Return the sign-up that a link in a mail stands for.

    Raises:
        BadToken: it is too old, not ours, or its list or person is gone.
    """
    signup_id = read(PURPOSE, token, max_age=LINK_LIVES)
    found = db.session.scalar(sa.select(Signup).where(_mine(Signup), Signup.id == signup_id))
    if found is None:
        raise BadToken
    return found


def confirm(signup: Signup, *, ip: str, now: datetime) -> None:
    """Hear somebody's yes: they are on the lists, with what they told us. A second yes changes nothing."""
    said = sa.update(Signup).where(_mine(Signup), Signup.id == signup.id, Signup.confirmed_at.is_(None))
    if not getattr(db.session.execute(said.values(confirmed_at=now, name="", fields={})), "rowcount", 0):
        return
    contact = queries.contact(signup.contact_id)
    assert contact is not None
    _take_over(contact, signup)
    lift(contact.address_key)
    values = {
        "state": SubscriptionState.SUBSCRIBED, "source": signup.source, "consent": signup.consent,
        "changed_by": "confirmation", "ip": ip, "member_id": None, "changed_at": now,
    }  # fmt: skip
    rows = [{"list_id": list_id, "contact_id": contact.id, **values} for list_id in _lists(signup)]
    statement = insert(Subscription).values(rows)
    places = ["tenant_id", "list_id", "contact_id"]
    db.session.execute(statement.on_conflict_do_update(index_elements=places, set_=values))


def _take_over(contact: Contact, signup: Signup) -> None:
    contact.name = signup.name or contact.name
    contact.fields = {**contact.fields, **signup.fields}
    db.session.flush()


def lift(key: str) -> None:
    """Take back, at the person's own word, what their own word had put on the suppression list."""
    entries = sa.delete(Suppression).where(
        _mine(Suppression), Suppression.address_key.in_([key, erased_key(key)]), Suppression.reason.in_(OWN_WILL)
    )
    db.session.execute(entries)


@dataclass(frozen=True, slots=True)
class Asked:
    """How far the asking of an import's people has come; `again` in seconds where the day's number is reached."""

    through: int
    again: int = 0


def ask_next(import_id: int, after: int, *, now: datetime) -> Asked | None:
    """Ask the next people whom an import put on a list unconfirmed; None when all were asked. Nobody is asked twice."""
    locked = sa.select(Import.id).where(_mine(Import), Import.id == import_id).with_for_update()
    if db.session.scalar(locked) is None:
        return None
    if _asked_since(now - timedelta(days=1)) >= ASKED_A_DAY:
        return Asked(after, again=3600)
    places = _unasked(import_id, after)
    for place in places:
        if may_be_asked(place.address_key):
            _post(_asked(place))
    return Asked(places[-1].contact_id) if places else None


def _asked_since(start: datetime) -> int:
    """How many were asked for imports. Notices cost no quota, so a workspace may not send them without end."""
    query = sa.select(sa.func.count()).where(_mine(Signup), Signup.asked_at > start, Signup.source == "import")
    return db.session.scalar(query) or 0


def _unasked(import_id: int, after: int) -> Sequence[Any]:
    """The next people, each with all lists that the import is to bring them to: they are asked once for all of them."""
    same = sa.or_(
        Signup.list_id == Subscription.list_id, Signup.also_lists.contains(sa.func.to_jsonb(Subscription.list_id))
    )
    asked = sa.exists().where(_mine(Signup), Signup.contact_id == Subscription.contact_id, same)
    lists = sa.func.array_agg(aggregate_order_by(Subscription.list_id, Subscription.list_id))
    consent = sa.func.min(Subscription.consent)
    query = (
        sa.select(lists.label("lists"), Subscription.contact_id, consent.label("consent"), Contact.address_key)
        .join(Contact, sa.and_(_mine(Contact), Contact.id == Subscription.contact_id))
        .where(_mine(Subscription), Subscription.import_id == import_id, Subscription.contact_id > after)
        .where(Subscription.state == SubscriptionState.UNCONFIRMED, ~asked, not_suppressed(Contact.address_key))
        .group_by(Subscription.contact_id, Contact.address_key)
        .order_by(Subscription.contact_id)
        .limit(ASKED_AT_ONCE)
    )
    return db.session.execute(query).all()


def _asked(place: Any) -> Signup:
    first, *others = place.lists
    asked = Signup(
        list_id=first, also_lists=others, contact_id=place.contact_id, source="import", consent=place.consent
    )
    db.session.add(asked)
    db.session.flush()
    return asked


def _mine(model: Any) -> sa.ColumnElement[bool]:
    mine: sa.ColumnElement[bool] = model.tenant_id == current_tenant_id()
    return mine
