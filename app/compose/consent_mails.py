"""Writing the letters about consent that Korean law owes (`app.lists.consent_letters` says to whom), and sending them.

Each day's letters of a kind and language are an ordinary mailing: from the workspace's sender, signed, in the ledger
and the reports, counted against the month. Nobody is told of an event twice: it is noted together with its mailing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from app.compose import content, service
from app.compose.models import Mailing, MailingKind
from app.core.db import db
from app.core.errors import N_, DomainError, NotFound
from app.document.compile import MailSource, preview
from app.lists import consent_letters
from app.lists.consent_letters import TAG
from app.lists.recipients import Audience
from app.lists.states import LetterKind, SubscriptionState
from app.sending import service as sending_service
from app.sending.terms import Lane
from app.tenants.queries import current_workspace
from app.tenants.service import require_verified

LOCALES = ("ko", "en")


class NoSender(DomainError):
    message = N_("The workspace has no sender's address yet: nobody would know who writes.")


@dataclass(frozen=True, slots=True)
class Words:
    """What a letter says: its first sentence (where the workspace has none of its own), and what follows the facts."""

    subject: str
    intro: str
    after: str
    leave: str


def offered() -> bool:
    """Whether the workspace follows the law that asks for these letters."""
    return current_workspace().legal.korean


def see_that_possible() -> None:
    """Go on only where a letter could be sent.

    Raises:
        NotVerified: the workspace may not write to others yet.
        NoSender: it has not said from whom.
    """
    require_verified()
    if not current_workspace().sender_address:
        raise NoSender


def decide(kind: LetterKind, *, on: bool, intro_ko: str, intro_en: str, now: datetime) -> None:
    """Switch a letter on or off, and say how it begins.

    Raises:
        NotFound: the workspace follows another law.
    """
    if not offered():
        raise NotFound
    consent_letters.choose(kind, on=on, intro_ko=intro_ko.strip(), intro_en=intro_en.strip(), now=now)


def post(kind: LetterKind, *, now: datetime) -> list[int]:
    """Write to those who are due a letter of a kind, so many at a time; return the mailings."""
    if not offered():
        return []
    try:
        see_that_possible()
    except DomainError:
        return []
    made = [_send(kind, locale, now) for locale in consent_letters.due_locales(kind, now=now)]
    return [mailing_id for mailing_id in made if mailing_id is not None]


def _send(kind: LetterKind, locale: str, now: datetime) -> int | None:
    workspace, written = current_workspace(), written_in(kind, locale)
    mailing = Mailing(
        subject=written.subject, kind=MailingKind.NOTICE, sender_name=workspace.sender_name or workspace.name,
        sender_address=workspace.sender_address, report_to_author=False, **written.values(),
    )  # fmt: skip
    db.session.add(mailing)
    db.session.flush()
    if not consent_letters.note(kind, locale, mailing.id, now=now):
        db.session.delete(mailing)
        return None
    order = replace(service.order_of(mailing, now), audience=Audience(told_by=mailing.id), lane=Lane.BULK)
    sending_service.schedule_launch(order)
    return mailing.id


def shown(kind: LetterKind, locale: str, *, now: datetime) -> str:
    """Return a letter as text, for those who decide about it."""
    written, place = written_in(kind, locale), current_workspace()
    with force_locale(locale):
        said = consent_letters.fact(_("Weekly news"), SubscriptionState.SUBSCRIBED, now, locale)
    source = MailSource(written.subject, written.html, kind=MailingKind.NOTICE, locale=locale, legal=place.legal)
    return preview(source, {TAG: said}).text


def written_in(kind: LetterKind, locale: str) -> content.Content:
    """Return a letter of a kind in a language, as blocks."""
    with force_locale(locale):
        words = _words(kind)
        intro = consent_letters.letter(kind).intro(locale) or words.intro
        paragraphs = [
            _paragraph(_text(intro)),
            {"type": "quote", "content": [_paragraph({"type": "mergeTag", "attrs": {"name": TAG}})]},
            _paragraph(_text(words.after)),
            _paragraph(_link(words.leave, "{{unsubscribe_url}}")),
            _paragraph(_link(_("Choose which mails you get"), "{{preferences_url}}")),
        ]
    foot = {"type": "footer", "content": [_paragraph(_text(current_workspace().imprint))]}
    return content.of_blocks({"type": "doc", "content": [*paragraphs, foot]}, subject=words.subject)


def _words(kind: LetterKind) -> Words:
    name = current_workspace().legal_name or current_workspace().name
    if kind is LetterKind.RESULT:
        return Words(
            _("%(name)s: what you said about our mails", name=name),
            _("You told %(name)s whether you want to get its mails.", name=name),
            _("It has been done as you wanted."),
            _("Unsubscribe"),
        )
    return Words(
        _("%(name)s: do you still want our mails?", name=name),
        _(
            "You agreed to get mails from %(name)s. The law has us ask every two years whether that still holds.",
            name=name,
        ),
        _("To go on getting them you need not do anything: your consent stays. If not, take it back here."),
        _("Take back my consent"),
    )


def _text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def _link(words: str, href: str) -> dict[str, Any]:
    return {**_text(words), "marks": [{"type": "link", "attrs": {"href": href}}]}


def _paragraph(*inside: dict[str, Any]) -> dict[str, Any]:
    return {"type": "paragraph", "content": list(inside)}
