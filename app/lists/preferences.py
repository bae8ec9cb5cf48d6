"""What readers decide themselves: which lists, how often, why they left; what is held about them; being forgotten."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import insert

from app.core.cells import BOM, csv_lines
from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.core.tokens import BadToken, read, sign
from app.lists import fields, queries, service, signup_forms
from app.lists.kinds import shown
from app.lists.models import Contact, ContactRhythm, Departure, Subscription, SubscriptionPast
from app.lists.states import LeaveReason, SubscriptionState
from app.lists.words import state_name

PURPOSE = "reader"
LINK_LIVES = 7 * 24 * 3600
# How often at most, in days; 0 is every mail.
RHYTHMS = (0, 7, 30)
LIVE = (SubscriptionState.SUBSCRIBED, SubscriptionState.UNCONFIRMED)
_mails = sa.table("contact_mails", *map(sa.column, ("tenant_id", "contact_id", "mailing_id", "subject", "sent_at")))


def token_of(contact_id: int, mailing_id: int = 0) -> str:
    """Return the secret that opens a reader's own page; it is made from a link in their mail and lives a week."""
    return sign(PURPOSE, [contact_id, mailing_id])


def reader(token: str) -> Contact:
    """Return whose page a token opens.

    Raises:
        BadToken: too old, not ours, or the person is forgotten.
    """
    found = queries.contact(_read(token)[0])
    if found is None:
        raise BadToken
    return found


def mailing_of(token: str) -> int:
    """Return the mailing out of which somebody came to their page; 0 where it was none."""
    return _read(token)[1]


def _read(token: str) -> tuple[int, int]:
    contact_id, mailing_id = read(PURPOSE, token, max_age=LINK_LIVES)
    return contact_id, mailing_id


@dataclass(frozen=True, slots=True)
class Choice:
    """A list as its reader sees it."""

    list_id: int
    title: str
    joined: bool


def choices(contact_id: int) -> list[Choice]:
    """Return the lists somebody is on, and those that anybody may join."""
    joined = {place.list_id: place.title for place in queries.places_of(contact_id) if place.state in LIVE}
    found = {one.id: one.title for one in signup_forms.offered()} | joined
    return sorted((Choice(i, title, i in joined) for i, title in found.items()), key=lambda one: one.title)


def choose_lists(contact: Contact, wanted: Collection[int], *, consent: str, ip: str) -> None:
    """Join and leave lists. Whoever opens this page has the person's mail, so joining needs no further question."""
    offered = choices(contact.id)
    left = [one.list_id for one in offered if one.joined and one.list_id not in wanted]
    service.unsubscribe_contact(contact.id, left, source="preferences")
    for one in offered:
        if one.list_id in wanted and not one.joined:
            _join(contact.id, one.list_id, consent=consent, ip=ip)


def _join(contact_id: int, list_id: int, *, consent: str, ip: str) -> None:
    values = {
        "state": SubscriptionState.SUBSCRIBED, "source": "preferences", "consent": consent,
        "changed_by": "preferences", "ip": ip, "member_id": None, "changed_at": sa.func.now(),
    }  # fmt: skip
    statement = insert(Subscription).values(list_id=list_id, contact_id=contact_id, **values)
    places = ["tenant_id", "list_id", "contact_id"]
    db.session.execute(statement.on_conflict_do_update(index_elements=places, set_=values))


def leave_all(contact: Contact) -> int:
    """Take somebody off every list; return how many those were."""
    return service.move_subscriptions([contact.id], SubscriptionState.UNSUBSCRIBED, by="preferences")


def hand_over(old: Contact, new: Contact, *, ip: str) -> None:
    """Let somebody's other address take the place of this one on each of its lists."""
    lists = [place.list_id for place in queries.places_of(old.id) if place.state is SubscriptionState.SUBSCRIBED]
    for list_id in lists:
        _join(new.id, list_id, consent=_("Came with the address %(address)s", address=old.address), ip=ip)
    leave_all(old)


def rhythm(contact_id: int) -> int:
    """Return how many days lie at least between two bulk mails to somebody."""
    found = db.session.get(ContactRhythm, (current_tenant_id(), contact_id))
    return found.days if found else 0


def choose_rhythm(contact_id: int, days: int) -> None:
    mine = sa.and_(ContactRhythm.tenant_id == current_tenant_id(), ContactRhythm.contact_id == contact_id)
    if not days:
        db.session.execute(sa.delete(ContactRhythm).where(mine))
        return
    statement = insert(ContactRhythm).values(contact_id=contact_id, days=days)
    places = ["tenant_id", "contact_id"]
    db.session.execute(statement.on_conflict_do_update(index_elements=places, set_={"days": days}))


def rested(audience: sa.Select[Any], *, now: datetime) -> sa.Select[Any]:
    """Leave out of an audience who wants mail less often than this. Plan: an anti-join on the few who said so."""
    too_soon = sa.exists().where(
        ContactRhythm.tenant_id == current_tenant_id(),
        ContactRhythm.contact_id == Contact.id,
        ContactRhythm.mailed_at > now - ContactRhythm.days * sa.text("interval '1 day'"),
    )
    return audience.where(~too_soon)


def note_mailed(mailing_id: int, *, now: datetime) -> None:
    """Note, for those who want mail less often, that a bulk mailing goes to them now."""
    got = sa.select(_mails.c.contact_id).where(
        _mails.c.tenant_id == current_tenant_id(), _mails.c.mailing_id == mailing_id
    )
    change = sa.update(ContactRhythm).where(
        ContactRhythm.tenant_id == current_tenant_id(), ContactRhythm.contact_id.in_(got)
    )
    db.session.execute(change.values(mailed_at=now).execution_options(synchronize_session=False))


def note_departure(contact_id: int, reason: LeaveReason, *, note: str, mailing_id: int = 0) -> None:
    """Keep why somebody left; who says it twice is counted once."""
    values = {"reason": reason, "note": note[:500]}
    statement = insert(Departure).values(contact_id=contact_id, mailing_id=mailing_id, **values)
    places = ["tenant_id", "mailing_id", "contact_id"]
    db.session.execute(statement.on_conflict_do_update(index_elements=places, set_=values))


def departures(mailing_id: int | None = None) -> dict[LeaveReason, int]:
    """Count why people left, after one mailing or at all, the most frequent first."""
    query = sa.select(Departure.reason, sa.func.count()).where(Departure.tenant_id == current_tenant_id())
    if mailing_id is not None:
        query = query.where(Departure.mailing_id == mailing_id)
    rows = db.session.execute(query.group_by(Departure.reason).order_by(sa.func.count().desc(), Departure.reason))
    return {LeaveReason(reason): count for reason, count in rows}


def forget(contact: Contact) -> None:
    """Erase a person at their own word. The mark that stays keeps an import from bringing them back."""
    said = sa.update(Departure).where(Departure.tenant_id == current_tenant_id(), Departure.contact_id == contact.id)
    db.session.execute(said.values(note=""))
    service.delete_contacts([contact.id])


def held(contact: Contact) -> dict[str, Any]:
    """Return everything that is held about a person, as JSON can say it."""
    titles = queries.list_titles()
    names = {field.key: field.title for field in fields.fields()}
    return {
        "address": contact.address,
        "name": contact.name,
        "fields": {names.get(key, key): value for key, value in contact.fields.items()},
        "known_since": contact.created_at.isoformat(),
        "days_between_mails": rhythm(contact.id),
        "consents": [_consent(row, titles) for row in consents(contact.id)],
        "mails": [{"subject": row.subject, "at": row.sent_at.isoformat()} for row in mails(contact.id, count=10_000)],
    }


def held_csv(contact: Contact) -> str:
    """Return the same as a table: what it is, what it says, since when."""
    told = held(contact)
    rows = [
        (_("E-mail address"), told["address"], told["known_since"]),
        (_("Name"), told["name"], ""),
        *((title, shown(value), "") for title, value in told["fields"].items()),
        (_("Days between two mails"), str(told["days_between_mails"]), ""),
        *((_("Consent: %(list)s", list=one["list"]), _agreement(one), one["at"]) for one in told["consents"]),
        *((_("Mail"), mail["subject"], mail["at"]) for mail in told["mails"]),
    ]
    return BOM + csv_lines([(_("Item"), _("Content"), _("Date and time")), *rows])


def _agreement(told: dict[str, Any]) -> str:
    return " · ".join(part for part in (state_name(told["state"]), told["consent"], told["ip"]) if part)


def _consent(row: Any, titles: dict[int, str]) -> dict[str, Any]:
    said = {name: getattr(row, name) for name in ("state", "source", "consent", "changed_by", "ip")}
    return {"list": titles.get(row.list_id, ""), "at": row.changed_at.isoformat(), **said}


def consents(contact_id: int) -> list[Any]:
    """Return what each subscription of a person says and said before, the newest first."""
    names = ("list_id", "state", "source", "consent", "changed_by", "ip", "changed_at")
    parts = [
        sa.select(*(getattr(model, name) for name in names)).where(
            model.tenant_id == current_tenant_id(), model.contact_id == contact_id
        )
        for model in (Subscription, SubscriptionPast)
    ]
    every = sa.union_all(*parts).subquery()
    return list(db.session.execute(sa.select(every).order_by(every.c.changed_at.desc())))


def mails(contact_id: int, *, count: int = 20) -> list[Any]:
    """Return what a person was sent (subject, sent_at, mailing_id), the newest first. Plan: the ledger's key."""
    mine = sa.and_(_mails.c.tenant_id == current_tenant_id(), _mails.c.contact_id == contact_id)
    return list(db.session.execute(sa.select(_mails).where(mine).order_by(_mails.c.mailing_id.desc()).limit(count)))
