"""What deserves a look before a mail goes, told beside its preview. Pure: mail and counts in, sentences out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Protocol

from flask_babel import gettext as _
from flask_babel import ngettext

from app.compose.checklist import CLIPPED_BYTES, Check, Step, Verdict
from app.compose.words import size_in_words
from app.document import merge
from app.document.markup import Kind, attribute, tokens
from app.document.text import to_text

FEW_WORDS = 40
COMMON_LIMIT = 10 * 1024 * 1024
_SHOUT = re.compile(r"[!?！？]{2,}|[★☆♥◆■▶]{2,}|[$₩￦]{2,}")
_BAIT = re.compile(
    r"100\s?%\s?(?:무료|free)|대박|당첨|공짜|수익\s?보장|act now|click here|winner|risk[- ]free", re.IGNORECASE
)
_FAKE_ANSWER = re.compile(r"\A\s*(?:re|fwd?|답장|회신)\s*:", re.IGNORECASE)


class Written(Protocol):
    """A mailing, as far as it is looked at."""

    subject: str
    html: str


def inspect(mailing: Written, *, gaps: Mapping[str, int], people: int, carries: int = 0) -> list[Check]:
    """Return what was looked at. `gaps`: how many of the `people` have no value for a tag without a default.

    `carries`: bytes of files in the mail.
    """
    return [
        *_weight(mailing.html, carries),
        *_pictures(mailing.html),
        *_words(mailing.html),
        *_links(mailing.html),
        *_subject(mailing.subject),
        *_leaving(mailing.html),
        *_gaps(gaps, people),
    ]


def tags_without_default(*texts: str) -> list[str]:
    """Return the names that show nothing where a person has no value, for counting such people."""
    pieces = chain.from_iterable(merge.TAG.finditer(each) for each in texts)
    tags = [merge.tag_of(match) for match in pieces]
    return list(dict.fromkeys(tag.name for tag in tags if not tag.default and tag.name not in merge.SYSTEM_TAGS))


def _look(good: bool, yes: str, no: str, step: Step = Step.BODY) -> Check:
    return Check(Verdict.OK if good else Verdict.LOOK, yes if good else no, step)


def _weight(html: str, carries: int) -> Iterator[Check]:
    size = len(html.encode())
    light = _("The HTML weighs %(size)s KB. Gmail shows up to 102 KB.", size=max(1, size // 1024))
    heavy = _("The body weighs %(size)s KB. Gmail shows only the first 102 KB.", size=size // 1024)
    yield _look(size <= CLIPPED_BYTES, light, heavy)
    if carries:
        # Files travel as base64: four signs for three bytes, and line breaks.
        whole = size + round(carries * 1.37)
        fits = _("With its files the mail weighs %(size)s on its way.", size=size_in_words(whole))
        large = _("With its files the mail weighs %(size)s on its way. Some servers refuse more than 10 MB: a link"
                  " reaches everybody.", size=size_in_words(whole))  # fmt: skip
        yield _look(whole <= COMMON_LIMIT, fits, large, Step.FILES)


def _attributes(html: str, element: str, name: str) -> list[str | None]:
    return [attribute(each.text, name) for each in tokens(html) if each.kind is Kind.OPEN and each.name == element]


def _pictures(html: str) -> Iterator[Check]:
    words = _attributes(html, "img", "alt")
    bare = sum(1 for each in words if not (each or "").strip())
    if words:
        told = ngettext(
            "%(num)d picture has no words that stand in for it.",
            "%(num)d pictures have no words that stand in for them.",
            bare,
        )
        yield _look(not bare, _("All pictures have words that stand in for them."), told)


def _words(html: str) -> Iterator[Check]:
    short = len(to_text(html).strip()) < FEW_WORDS and "<img" in html
    fewer = _("There are hardly any words: filters distrust mails made of pictures, and so do people who block them.")
    yield _look(not short, _("There are words to read where pictures are blocked."), fewer)


def _links(html: str) -> Iterator[Check]:
    links = [(each or "").strip().lower() for each in _attributes(html, "a", "href")]
    open_ones = sum(1 for each in links if each.startswith("http://"))
    if open_ones:
        text = ngettext(
            "%(num)d link is not encrypted (http://).", "%(num)d links are not encrypted (http://).", open_ones
        )
        yield Check(Verdict.LOOK, text, Step.BODY)
    nowhere = sum(1 for each in links if each in ("", "#", "http://", "https://"))
    if nowhere:
        text = ngettext("%(num)d link leads nowhere.", "%(num)d links lead nowhere.", nowhere)
        yield Check(Verdict.LOOK, text, Step.BODY)
    if links and not open_ones and not nowhere:
        yield Check(Verdict.OK, _("All links are written as they must be."), Step.BODY)


def _subject(subject: str) -> Iterator[Check]:
    letters = [each for each in subject if each.isalpha() and each.isascii()]
    loud = len(letters) > 8 and sum(map(str.isupper, letters)) > len(letters) * 0.7
    if _FAKE_ANSWER.search(subject):
        text = _("The subject looks like an answer to a mail. Filters and people take that for a trick.")
        yield Check(Verdict.LOOK, text, Step.MAIL)
    elif loud or _SHOUT.search(subject) or _BAIT.search(subject):
        text = _("The subject sounds like spam: capitals, repeated signs or words of that kind.")
        yield Check(Verdict.LOOK, text, Step.MAIL)
    elif subject.strip():
        yield Check(Verdict.OK, _("The subject does not sound like spam."), Step.MAIL)


def _leaving(html: str) -> Iterator[Check]:
    placed = merge.UNSUBSCRIBE_URL in merge.names(html)
    added = _("An unsubscribe link is added below the mail.")
    yield Check(Verdict.OK, _("It has an unsubscribe link.") if placed else added, Step.BODY)


def _gaps(gaps: Mapping[str, int], people: int) -> Iterator[Check]:
    for name, count in gaps.items():
        text = _("%(tag)s is empty for %(count)s of %(people)s people and has no default.",
                 tag="{{" + name + "}}", count=f"{count:,}", people=f"{people:,}")  # fmt: skip
        yield Check(Verdict.LOOK, text, Step.BODY)
