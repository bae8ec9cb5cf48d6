"""What must be right before a mail may go, and what deserves a second look. Pure: facts in, sentences out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from flask_babel import gettext as _
from flask_babel import ngettext

from app.compose.words import size_in_words
from app.document import merge
from app.document.law import ADVERTISING
from app.document.markup import Kind, attribute, tokens
from app.document.text import to_text
from app.lists.queries import AudienceCount
from app.tenants.legal import LegalSender

CLIPPED_BYTES = 102_400
LINK_STARTS = ("http://", "https://", "mailto:", "tel:", "sms:", "#", *(f"{{{{{tag}}}}}" for tag in merge.SYSTEM_TAGS))
PLACEHOLDER = "://example.com"


class Verdict(Enum):
    OK = "ok"
    LOOK = "look"
    MISSING = "missing"


class Step(Enum):
    """The page on which something is put right."""

    MAIL = "mail"
    BODY = "body"
    FILES = "files"
    AUDIENCE = "audience"
    SEND = "send"
    SETTINGS = "settings"
    USAGE = "usage"
    DOMAINS = "domains"
    LAW = "law"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list: what was looked at, what was found, and where to put it right."""

    verdict: Verdict
    text: str
    step: Step

    @property
    def fine(self) -> bool:
        return self.verdict is Verdict.OK

    @property
    def blocks(self) -> bool:
        return self.verdict is Verdict.MISSING


@dataclass(frozen=True, slots=True)
class Facts:
    """What the checks need to know of the world.

    `at` is the planned time, None for now; `left_out` says how many of those chosen get nothing; `obstacle` says why
    the workspace may not send, empty if it may. `unverified_domain` is the sender's where it is not verified;
    `stand_in` the address that readers then see instead. `legal`: who sends, as the law wants it told;
    `without_consent`: how many must have agreed in words that are kept, and have not. `findings`: what the service
    found in it that may not go. `carries`: bytes of files in the mail, of the `may_carry` that the plan allows.
    """

    now: datetime
    at: datetime | None
    people: int
    left_out: AudienceCount
    quota_left: int
    obstacle: str
    known_tags: Sequence[str]
    unverified_domain: str = ""
    stand_in: str = ""
    legal: LegalSender | None = None
    without_consent: int = 0
    findings: Sequence[str] = ()
    carries: int = 0
    may_carry: int = 0


class Written(Protocol):
    """A mailing, as far as it is checked."""

    subject: str
    kind: str
    sender_name: str
    sender_address: str
    html: str
    list_ids: list[int]
    segment_ids: list[int]


def checklist(mailing: Written, facts: Facts) -> list[Check]:
    """Return every check, in the order of the steps."""
    return [
        *_envelope(mailing),
        *_domain(mailing, facts),
        *_people(mailing, facts),
        *_law(mailing, facts),
        *_body(mailing),
        *_tags(mailing, facts),
        *_links(mailing.html),
        *_files(facts),
        *(Check(Verdict.MISSING, found, Step.BODY) for found in facts.findings),
        *_world(facts),
    ]


def _check(good: bool, yes: str, no: str, step: Step, *, otherwise: Verdict = Verdict.MISSING) -> Check:
    return Check(Verdict.OK if good else otherwise, yes if good else no, step)


def _envelope(mailing: Written) -> Iterator[Check]:
    yield _check(bool(mailing.subject.strip()), _("It has a subject."), _("The subject is missing."), Step.MAIL)
    named = bool(mailing.sender_name.strip() and mailing.sender_address.strip())
    yield _check(named, _("Readers see who it is from."), _("The sender's name or address is missing."), Step.MAIL)


def _domain(mailing: Written, facts: Facts) -> Iterator[Check]:
    domain = facts.unverified_domain
    if facts.stand_in:
        stands_in = _("%(domain)s is not verified: readers see %(address)s instead, and answers still reach you.",
                      domain=domain, address=facts.stand_in)  # fmt: skip
        yield Check(Verdict.LOOK, stands_in, Step.DOMAINS)
    elif domain:
        unsigned = _("%(domain)s is not verified, so the mail is not signed in its name.", domain=domain)
        yield Check(Verdict.LOOK, unsigned, Step.DOMAINS)
    elif mailing.sender_address.strip():
        yield Check(Verdict.OK, _("The sender's domain is verified."), Step.DOMAINS)


def _people(mailing: Written, facts: Facts) -> Iterator[Check]:
    if not (mailing.list_ids or mailing.segment_ids):
        yield Check(Verdict.MISSING, _("No list and no segment is chosen yet."), Step.AUDIENCE)
    else:
        nobody = _("Nobody of those chosen can be written to.")
        yield _check(facts.people > 0, _("There are people to send it to."), nobody, Step.AUDIENCE)


def _law(mailing: Written, facts: Facts) -> Iterator[Check]:
    if facts.legal is None or mailing.kind != ADVERTISING:
        return
    lacking = _("Advertising must name its sender: fill in legal name and postal address.")
    if facts.legal.korean:
        lacking = _("Advertising must name its sender: fill in legal name, postal address, phone and contact address.")
    yield _check(facts.legal.complete, _("Its foot names the sender as the law wants it."), lacking, Step.LAW)
    if facts.legal.korean:
        missing = ngettext(
            "The consent of %(people)s person is not on record. Advertising may not go to them.",
            "The consent of %(people)s people is not on record. Advertising may not go to them.",
            facts.without_consent,
            people=f"{facts.without_consent:,}",
        )
        yield _check(not facts.without_consent, _("Everybody's consent is on record."), missing, Step.AUDIENCE)


def _body(mailing: Written) -> Iterator[Check]:
    written = bool(to_text(mailing.html).strip()) or "<img" in mailing.html
    yield _check(written, _("It has a body."), _("The body is empty."), Step.BODY)
    if len(mailing.html.encode()) > CLIPPED_BYTES:
        size = len(mailing.html.encode()) // 1024
        yield Check(
            Verdict.LOOK, _("The body weighs %(size)s KB. Gmail shows only the first 102 KB.", size=size), Step.BODY
        )


def _tags(mailing: Written, facts: Facts) -> Iterator[Check]:
    texts = (mailing.subject, mailing.html)
    broken = [part for each in texts for part in merge.broken(each)]
    unknown = merge.unknown(texts, facts.known_tags)
    if broken:
        first = broken[0][:40].strip()
        yield Check(Verdict.MISSING, _("A merge tag is not complete: %(tag)s", tag=first), Step.BODY)
    if unknown:
        shown = ", ".join("{{" + name + "}}" for name in unknown)
        yield Check(Verdict.MISSING, _("These merge tags mean nothing here: %(tags)s", tags=shown), Step.BODY)
    if merge.names(*texts) and not broken and not unknown:
        yield Check(Verdict.OK, _("All merge tags are known."), Step.BODY)


def _links(html: str) -> Iterator[Check]:
    links = [attribute(t.text, "href") or "" for t in tokens(html) if t.kind is Kind.OPEN and t.name in ("a", "area")]
    links = [link.strip() for link in links]
    odd = list(dict.fromkeys(link for link in links if link and not link.lower().startswith(LINK_STARTS)))
    if odd:
        shown = ", ".join(link[:60] for link in odd[:3])
        yield Check(Verdict.MISSING, _("These links lack https:// at the front: %(links)s", links=shown), Step.BODY)
    if any(PLACEHOLDER in link for link in links):
        yield Check(Verdict.LOOK, _("A link still leads to example.com, as the template had it."), Step.BODY)
    if links and not odd:
        yield Check(Verdict.OK, _("All links have an address that works in a mail."), Step.BODY)


def _files(facts: Facts) -> Iterator[Check]:
    if facts.carries:
        fits = _("Its files weigh %(size)s; the plan lets a mail carry %(limit)s.",
                 size=size_in_words(facts.carries), limit=size_in_words(facts.may_carry))  # fmt: skip
        yield Check(Verdict.OK if facts.carries <= facts.may_carry else Verdict.MISSING, fits, Step.FILES)


def _world(facts: Facts) -> Iterator[Check]:
    yield _check(not facts.obstacle, _("The workspace may send."), facts.obstacle, Step.SETTINGS)
    yield _check(
        facts.people <= facts.quota_left,
        _("The month's quota is enough."),
        _("Only %(left)s mails are left in this month's quota.", left=f"{facts.quota_left:,}"),
        Step.USAGE,
    )
    if facts.at is not None:
        yield _check(
            facts.at > facts.now, _("The time is in the future."), _("The chosen time has passed already."), Step.SEND
        )
