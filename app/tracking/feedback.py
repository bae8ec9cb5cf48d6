"""Mails that come back about a mail of ours: complaints (ARF, RFC 5965) and late bounces (RFC 3464). Pure.

Anybody may send us one. Only the beginning is looked at, and one with more parts within parts than any honest mail has
is not looked at at all. Addresses in it may be blacked out (RFC 6590), and prove nothing where they are not: whom it is
about is said by our own token in what it encloses, whose signature `tokens` of a `Returned` still has to pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

LARGEST_HEAD = 256 * 1024
MOST_NESTS = 40
MOST_PARTS = 20
LONGEST = 2_000
LONGEST_REPLY = 200
# The types of RFC 5965, 7.3 that say "this is spam"; `not-spam`, `auth-failure` and what is not known do not.
COMPLAINTS = frozenset({"abuse", "fraud", "virus"})
# Microsoft's programme for senders encloses the mail without a report, and puts whose it was into the mail itself.
WITHOUT_REPORT = "X-HmXmrOriginalRecipient"
TELLING = ("List-Unsubscribe", "Message-ID", "Return-Path")
_NESTS = re.compile(rb"boundary\s*=|message/", re.IGNORECASE)
_TOKEN = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])", re.ASCII)
_REPLY = re.compile(r"\s*([245]\d\d)\b[ -]?(?:\s*[245]\.\d{1,3}\.\d{1,3}\b)?[ \t]*(.*)", re.DOTALL)
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Complaint:
    """Somebody called a mail spam. `kind`: abuse, fraud or virus."""

    kind: str


@dataclass(frozen=True, slots=True)
class Bounce:
    """A server that had taken a mail could not deliver it. `code` is 400 or 500 where no reply was told; `address`: of
    whom, in small letters, as the server says."""

    code: int
    enhanced: str
    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Returned:
    """What came back, and all texts in it that may be our token, unproven."""

    said: Complaint | Bounce
    tokens: tuple[str, ...]


def read(mail: bytes) -> Returned | None:
    """Return what a mail says of a mail of ours; None for any other mail."""
    head = mail[:LARGEST_HEAD]
    if len(_NESTS.findall(head)) > MOST_NESTS:
        return None
    parts = _parts(message_from_bytes(head))
    enclosed = next((found for part in parts if (found := _enclosed(part)) is not None), None)
    for part in parts:
        kind = part.get_content_type()
        if kind == "message/feedback-report":
            return _complaint(part, enclosed)
        if kind == "message/delivery-status":
            return _bounce(part, enclosed)
    if enclosed is not None and WITHOUT_REPORT in enclosed:
        return Returned(Complaint("abuse"), _tokens(enclosed))
    return None


def tokens_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return what may be a token of ours in some texts, each once."""
    return tuple(dict.fromkeys(token for text in texts for token in _TOKEN.findall(text[:LONGEST])))


def _parts(message: Message) -> list[Message]:
    payload = message.get_payload()
    return [part for part in payload[:MOST_PARTS] if isinstance(part, Message)] if isinstance(payload, list) else []


def _enclosed(part: Message) -> Message | None:
    """Return the header of the mail that a part encloses, whole or as its header alone (RFC 3462)."""
    kind = part.get_content_type()
    if kind == "message/rfc822":
        return next(iter(_parts(part)), None)
    if kind in ("text/rfc822-headers", "message/rfc822-headers"):
        content = part.get_payload(decode=True)
        return message_from_bytes(content) if isinstance(content, bytes) else next(iter(_parts(part)), None)
    return None


def _complaint(part: Message, enclosed: Message | None) -> Returned | None:
    # The parser takes every message/… for a mail: the fields of the report are the header of one.
    fields = next(iter(_parts(part)), None)
    kind = _field(fields, "Feedback-Type").lower() if fields is not None else ""
    if fields is None or kind not in COMPLAINTS:
        return None
    found = (*_tokens(enclosed), *tokens_in([_field(fields, "Original-Mail-From")]))
    return Returned(Complaint(kind), tuple(dict.fromkeys(found)))


def _bounce(part: Message, enclosed: Message | None) -> Returned | None:
    """The first recipient who failed: each of our mails has one, and who was only delayed is no bounce."""
    for block in _parts(part):
        if _field(block, "Action").lower() == "failed":
            return Returned(_failure(block), _tokens(enclosed))
    return None


def _failure(block: Message) -> Bounce:
    diagnostic = _field(block, "Diagnostic-Code").partition(";")[2].strip()
    status = _ENHANCED.search(_field(block, "Status")) or _ENHANCED.search(diagnostic)
    enhanced = status[0] if status else ""
    reply = _REPLY.match(diagnostic)
    code = int(reply[1]) if reply else 400 if enhanced.startswith("4") else 500
    text = " ".join((reply[2] if reply else diagnostic).split())[:LONGEST_REPLY]
    whose = _field(block, "Original-Recipient") or _field(block, "Final-Recipient")
    return Bounce(code, enhanced, text, whose.rpartition(";")[2].strip().strip("<>").lower())


def _tokens(enclosed: Message | None) -> tuple[str, ...]:
    return tokens_in(_field(enclosed, name) for name in TELLING) if enclosed is not None else ()


def _field(message: Message | None, name: str) -> str:
    """Return a field's text, however it was encoded; a field that is not there is empty."""
    value = message.get(name) if message is not None else None
    text = "" if value is None else str(value)[:LONGEST]
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()
