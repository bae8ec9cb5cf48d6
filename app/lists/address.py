"""What an e-mail address is: whether it can be one, how two are compared, and what was probably meant.

Syntax is RFC 5321/5322 as `email-validator` reads it, international addresses (RFC 6531) included. Nothing is asked of
the network. Gmail's dots and tags are left alone: they are the owner's business.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import idna
from email_validator import EmailNotValidError, validate_email

from app.core.errors import N_, Invalid

# Plain ASCII addresses, which are nearly all: a strict subset of what the validator takes, two hundred times as fast.
_PLAIN = re.compile(
    r"[a-z0-9_%+-]{1,31}(?:\.[a-z0-9_%+-]{1,10}){0,3}"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?\.){1,4}(?!(?:arpa|invalid|local|localhost|onion|test)$)[a-z]{2,15}",
    re.ASCII | re.IGNORECASE,
)
_WRAPPED = re.compile(r"^\s*(?P<name>.*?)\s*[<\[(]\s*(?P<address>[^<>\[\]()\s]+@[^<>\[\]()\s]+)\s*[>\])]\s*;?\s*$")
_EDGES = " \t\r\n\u00a0\u200b\u200c\u200d\ufeff\u3000<>;,\"'"


class Fault(StrEnum):
    """Why a text is not an address."""

    EMPTY = "empty"
    NO_AT = "no_at"
    MANY_AT = "many_at"
    SPACE = "space"
    NO_DOMAIN = "no_domain"
    DOTS = "dots"
    TOO_LONG = "too_long"
    SYNTAX = "syntax"


class InvalidAddress(Invalid):
    """A text is not an address. `fault` says why."""

    message = N_("“%(address)s” is not an e-mail address.")

    def __init__(self, fault: Fault, *, address: str) -> None:
        super().__init__(address=address)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Address:
    """An address as written (`text`), and the key by which it is compared."""

    text: str
    key: str


def is_plain(text: str) -> bool:
    """Tell whether a text is beyond doubt an address, and written as plainly as one can be: its key is its lower case.

    False says nothing; `parse_address` knows.
    """
    return _PLAIN.fullmatch(text) is not None and "--" not in text


def parse_address(text: str) -> Address:
    """Return the address that `text` is.

    Raises:
        InvalidAddress: it is not one; its `fault` says why.
    """
    cleaned = unicodedata.normalize("NFKC", text).strip(_EDGES).removeprefix("mailto:").rstrip(".")
    if is_plain(cleaned):
        return Address(cleaned, cleaned.lower())
    return _checked(cleaned)


def _checked(text: str) -> Address:
    try:
        found = validate_email(text, check_deliverability=False)
    except EmailNotValidError as error:
        raise InvalidAddress(fault_of(text), address=text) from error
    return Address(found.normalized, f"{found.local_part.casefold()}@{found.ascii_domain.lower()}")


def fault_of(text: str) -> Fault:
    """Say what is wrong with a text that is known not to be an address."""
    local, at, domain = text.partition("@")
    checks = (
        (Fault.EMPTY, not text),
        (Fault.NO_AT, not at),
        (Fault.MANY_AT, "@" in domain),
        (Fault.SPACE, any(letter.isspace() for letter in text)),
        (Fault.NO_DOMAIN, not local or "." not in domain.strip(".")),
        (
            Fault.DOTS,
            ".." in text or domain[:1] in ".-" or domain[-1:] in ".-" or local[:1] == "." or local[-1:] == ".",
        ),
        (Fault.TOO_LONG, len(text) > 254 or len(local) > 64),
    )
    return next((fault for fault, met in checks if met), Fault.SYNTAX)


def address_key(text: str) -> str:
    """Return the key of an address, or of something that is not quite one: local part folded, domain as A-labels."""
    try:
        return parse_address(text).key
    except InvalidAddress:
        local, _, domain = text.strip(_EDGES).casefold().rpartition("@")
        return f"{local}@{_ascii(domain)}"


def _ascii(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain


def split_mailbox(text: str) -> tuple[str, str]:
    """Split ``Name <a@b.kr>`` into (name, address); the name is empty where there is none."""
    found = _WRAPPED.match(text)
    return (found["name"].strip(_EDGES), found["address"]) if found else ("", text.strip(_EDGES))


def looks_like_address(text: str) -> bool:
    """Tell quickly whether a cell is meant to be an address, right or wrong."""
    local, at, domain = split_mailbox(text)[1].rpartition("@")
    return bool(at and local and "." in domain and " " not in domain)
