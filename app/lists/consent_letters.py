"""The mails that Korean law owes about consent: which are switched on, who is due one, and who was told of what.

The law on information networks (정보통신망법) wants two things of who sends advertising: whoever said that they want
it, or that they want it no more, is told within 14 days what came of that (article 50(7), decree article 62-2); and
whoever wants it is asked every two years (article 50(8), decree 62-3). Who does not answer goes on having said yes.

What counts is what readers said themselves. Of those whom a member or an import brought, consent was given elsewhere:
the answer to it was due there, the question every two years is due here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale, format_date
from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.core.tenancy import control_plane, current_tenant_id
from app.lists.models import (
    ConsentLetter,
    ConsentNotice,
    Contact,
    ContactList,
    SignupForm,
    Subscription,
    SubscriptionPast,
)
from app.lists.states import LetterKind, SubscriptionState
from app.lists.suppression import not_suppressed
from app.tenants.queries import current_workspace

# The merge tag of the letters: each reader's own facts.
TAG = "consent_facts"
OWN_WORD = ("form", "confirmation", "preferences", "link", "one_click")
TOLD_STATES = (SubscriptionState.SUBSCRIBED, SubscriptionState.UNSUBSCRIBED)
YEARS = 2
# The decree: before the day that is two years after the consent. A month leaves room for a quota that is used up.
AHEAD = timedelta(days=30)
AT = time(10)
PIECE = 5_000


@dataclass(frozen=True, slots=True)
class Letter:
    """What a workspace has decided about a kind: since when it is written (None: not at all), and its first sentence
    by language, empty for the usual one."""

    since: datetime | None = None
    intro_ko: str = ""
    intro_en: str = ""

    def intro(self, locale: str) -> str:
        return self.intro_ko if locale == "ko" else self.intro_en


def letter(kind: LetterKind) -> Letter:
    columns: list[Any] = [ConsentLetter.since, ConsentLetter.intro_ko, ConsentLetter.intro_en]
    row = db.session.execute(sa.select(*columns).where(_mine(ConsentLetter), ConsentLetter.kind == kind)).one_or_none()
    return Letter(*row) if row else Letter()


def choose(kind: LetterKind, *, on: bool, intro_ko: str, intro_en: str, now: datetime) -> None:
    """Switch a kind on or off, and say how it begins. One that was on goes on counting from when it was switched on."""
    since = (letter(kind).since or now) if on else None
    values = {"since": since, "intro_ko": intro_ko, "intro_en": intro_en}
    statement = insert(ConsentLetter).values(kind=kind, next_at=now, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "kind"], set_=values))


_CLAIM = sa.text("""
UPDATE consent_letters c SET next_at =
  (date_trunc('day', now() AT TIME ZONE t.timezone) + interval '1 day' + CAST(:at AS time)) AT TIME ZONE t.timezone
FROM tenants t WHERE t.id = c.tenant_id AND c.since IS NOT NULL AND c.next_at <= now()
RETURNING c.tenant_id, c.kind
""")


def claim_due() -> list[tuple[int, str]]:
    """(tenant, kind) of the letters whose day's turn has come, at ten by the workspace's clock. Control plane."""
    with control_plane():
        return [(row[0], row[1]) for row in db.session.execute(_CLAIM, {"at": AT})]


def due_count(kind: LetterKind, *, now: datetime) -> int:
    """Return how many people are due a letter of a kind now, or would be if it were switched on."""
    due = _due(kind, letter(kind).since or now, now).subquery()
    return db.session.scalar(sa.select(sa.func.count(sa.distinct(due.c.contact_id)))) or 0


def due_locales(kind: LetterKind, *, now: datetime) -> Sequence[str]:
    """Return the languages in which letters of a kind are due; none where it is switched off."""
    since = letter(kind).since
    if since is None:
        return []
    due = _due(kind, since, now).subquery()
    return db.session.scalars(sa.select(due.c.locale).distinct().order_by(due.c.locale)).all()


def note(kind: LetterKind, locale: str, mailing_id: int, *, now: datetime, count: int = PIECE) -> int:
    """Let a mailing tell the next of those who are due; return of how many events. Nobody is told of one twice."""
    since = letter(kind).since
    if since is None:
        return 0
    due = _due(kind, since, now).subquery()
    names = ["contact_id", "list_id", "event_at", "said_at", "state", "locale"]
    chosen = sa.select(
        sa.literal(current_tenant_id(), sa.BigInteger), sa.literal(kind.value), sa.literal(mailing_id, sa.BigInteger),
        *(due.c[name] for name in names),
    ).where(due.c.locale == locale)  # fmt: skip
    statement = insert(ConsentNotice).from_select(
        ["tenant_id", "kind", "mailing_id", *names],
        chosen.order_by(due.c.event_at, due.c.contact_id).limit(count),
        include_defaults=False,
    )
    made = db.session.execute(statement.on_conflict_do_nothing().returning(ConsentNotice.contact_id))
    return len(made.all())


def _due(kind: LetterKind, since: datetime, now: datetime) -> sa.Select[Any]:
    """(contact_id, list_id, event_at, said_at, state, locale) of what nobody was told yet and may be told.

    Plan: once a day a walk through the subscriptions, and what is due of them by the keys of the others.
    """
    events = (_said(since, now) if kind is LetterKind.RESULT else _anniversaries(now)).subquery()
    told = sa.exists().where(
        _mine(ConsentNotice), ConsentNotice.contact_id == events.c.contact_id, ConsentNotice.kind == kind,
        ConsentNotice.list_id == events.c.list_id, ConsentNotice.event_at == events.c.event_at,
    )  # fmt: skip
    locale = sa.func.coalesce(SignupForm.locale, current_workspace().locale).label("locale")
    return (
        sa.select(events, locale)
        .join(Contact, sa.and_(_mine(Contact), Contact.id == events.c.contact_id))
        .outerjoin(SignupForm, sa.and_(_mine(SignupForm), SignupForm.list_id == events.c.list_id))
        .where(~told, not_suppressed(Contact.address_key))
    )


def _said(since: datetime, now: datetime) -> sa.CompoundSelect[Any]:
    """What readers themselves said in that time, whether it still holds or was changed since."""
    parts = []
    for model in (Subscription, SubscriptionPast):
        columns: list[Any] = [
            model.contact_id, model.list_id, model.changed_at.label("event_at"), model.changed_at.label("said_at"),
            model.state,
        ]  # fmt: skip
        said = model.changed_by.in_(OWN_WORD) & model.state.in_(TOLD_STATES)
        parts.append(sa.select(*columns).where(_mine(model), model.changed_at > since, model.changed_at <= now, said))
    return sa.union(*parts)


def _anniversaries(now: datetime) -> sa.Select[Any]:
    """Consents with the last day on which they had, or within a month have, stood for another two years."""
    said_at = sa.case(
        (Subscription.changed_by.in_(OWN_WORD), Subscription.changed_at), else_=Subscription.created_at
    ).label("said_at")
    columns: list[Any] = [Subscription.contact_id, Subscription.list_id, said_at, Subscription.state]
    consents = sa.select(*columns).where(_mine(Subscription), Subscription.state == SubscriptionState.SUBSCRIBED)
    kept = consents.subquery()
    age = sa.func.extract("year", sa.func.age(sa.literal(now + AHEAD), kept.c.said_at))
    years = sa.cast(sa.func.floor(age / YEARS) * YEARS, sa.Integer)
    event_at = (kept.c.said_at + sa.func.make_interval(years)).label("event_at")
    return sa.select(kept.c.contact_id, kept.c.list_id, event_at, kept.c.said_at, kept.c.state).where(age >= YEARS)


def facts(mailing_id: int, contact_ids: Sequence[int]) -> dict[int, str]:
    """Return what a mailing tells each of these people, in one line, in the language of the letter."""
    query = (
        sa.select(ConsentNotice, ContactList.title)
        .join(ContactList, sa.and_(_mine(ContactList), ContactList.id == ConsentNotice.list_id))
        .where(_mine(ConsentNotice), ConsentNotice.mailing_id == mailing_id, ConsentNotice.contact_id.in_(contact_ids))
        .order_by(ConsentNotice.event_at, ContactList.title)
    )
    lines: dict[int, list[str]] = {}
    for notice, title in db.session.execute(query):
        told = fact(title, notice.state, notice.said_at, notice.locale)
        lines.setdefault(notice.contact_id, []).append(told)
    return {contact_id: "; ".join(each) for contact_id, each in lines.items()}


def fact(list_title: str, state: str, said_at: datetime, locale: str) -> str:
    """Return one thing that somebody said, as a letter in a language tells it."""
    with force_locale(locale):
        day = format_date(said_at, "long")
        if state == SubscriptionState.UNSUBSCRIBED:
            return _("“%(list)s”: you said on %(day)s that you do not want it any more", list=list_title, day=day)
        return _("“%(list)s”: you said on %(day)s that you want to get it", list=list_title, day=day)


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that somebody was, or is being, told about their consent."""

    kind: LetterKind
    list_title: str
    said_at: datetime
    state: SubscriptionState
    mailing_id: int


def told(contact_id: int) -> list[Told]:
    """Return what a person was told about their consent, the newest first."""
    query = (
        sa.select(ConsentNotice, ContactList.title)
        .join(ContactList, sa.and_(_mine(ContactList), ContactList.id == ConsentNotice.list_id))
        .where(_mine(ConsentNotice), ConsentNotice.contact_id == contact_id)
        .order_by(ConsentNotice.mailing_id.desc(), ContactList.title)
    )
    return [
        Told(LetterKind(row.kind), title, row.said_at, SubscriptionState(row.state), row.mailing_id)
        for row, title in db.session.execute(query)
    ]


def _mine(model: Any) -> sa.ColumnElement[bool]:
    mine: sa.ColumnElement[bool] = model.tenant_id == current_tenant_id()
    return mine
