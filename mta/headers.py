"""Header fields on the wire: folding (RFC 5322 2.2.3), encoded words (RFC 2047), parameters (RFC 2231), dates."""

from __future__ import annotations

import re
from binascii import b2a_base64
from email.utils import formatdate
from functools import lru_cache
from urllib.parse import quote

from mta.contract import Mailbox

FOLD = 76
HARD_LIMIT = 998
WORD_BYTES = 45  # 60 characters of base64: with =?utf-8?b??= an encoded word of 72, under the 75 allowed
_PRINTABLE = re.compile(r"[ -~]*\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*\Z")
_ADDRESS = re.compile(r"[^\s<>\"(),:;\\\x00-\x20\x7f@]+@[^\s<>\"(),:;\\\x00-\x20\x7f@]+\Z")
_PHRASE_THEN_ANGLE = re.compile(r"(?P<phrase>.*?)\s*(?P<rest><[ -~]*>)\Z", re.DOTALL)
_NAME = re.compile(r"[!-9;-~]+\Z")


def clean(text: str) -> str:
    """Return text that cannot end a header line: control characters and line breaks become one space."""
    return _CONTROL.sub(" ", text).strip() if not _PRINTABLE.match(text) else text.strip()


def field(name: str, value: str) -> bytes:
    """Return an unstructured field with CRLF, as Subject: non-ASCII in encoded words, folded.

    A value that ends in ``<…>``, as List-Id does, has only the words before it encoded.
    """
    value = clean(value)
    if _PRINTABLE.match(value) and "=?" not in value:
        return fold(name, value)
    match = _PHRASE_THEN_ANGLE.match(value) if name.lower() != "subject" else None
    if match:
        return fold(name, f"{encoded_words(match['phrase'], len(name) + 2)} {match['rest']}")
    return fold(name, encoded_words(value, len(name) + 2))


def mailbox_field(name: str, mailbox: Mailbox) -> bytes:
    """Return a field that holds one address, as From."""
    return fold(name, mailbox_text(mailbox.name, ascii_address(mailbox.address), len(name) + 2))


def mailbox_text(display: str, address: str, used: int) -> str:
    """Return ``Name <address>``; the name as atoms, a quoted string or encoded words, whichever it needs."""
    display = clean(display)
    if not display:
        return address
    if not _PRINTABLE.match(display) or "=?" in display:
        return f"{encoded_words(display, used)} <{address}>"
    if not _ATOMS.match(display):
        display = '"' + display.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{display} <{address}>"


def fold(name: str, value: str) -> bytes:
    """Return ``Name: value`` CRLF, folded at white space before column 76. A long word stays whole up to 998."""
    line = f"{name}: {value}"
    if len(line) <= FOLD:
        return line.encode() + b"\r\n"
    lines: list[str] = []
    for word in line.split(" "):
        if lines and (len(lines[-1]) + 1 + len(word) <= FOLD or not lines[-1].strip() or not word):
            lines[-1] += " " + word
        else:
            lines.append(word if not lines else " " + word)
    _join_label(lines, name)
    return "\r\n".join(part for line in lines for part in _hard_split(line)).encode() + b"\r\n"


def _join_label(lines: list[str], name: str) -> None:
    # A field whose first line is empty is legal, yet some servers take it badly.
    if len(lines) > 1 and lines[0] == f"{name}:":
        lines[0:2] = [lines[0] + lines[1]]


def _hard_split(line: str) -> list[str]:
    size = HARD_LIMIT - 2
    rest = (" " + line[i : i + size - 1] for i in range(size, len(line), size - 1))
    return [line[:size], *rest]


def encoded_words(text: str, used: int) -> str:
    """Return RFC 2047 words in base64, cut between characters; the first leaves `used` columns of its line free."""
    data = text.encode("utf-8", "replace")
    words: list[str] = []
    start, room = 0, min(WORD_BYTES, max(9, (FOLD - used - 12) // 4 * 3))
    while True:
        end = start + room
        while end < len(data) and data[end] & 0xC0 == 0x80:  # inside a character
            end -= 1
        words.append(f"=?utf-8?b?{b2a_base64(data[start:end], newline=False).decode()}?=")
        if end >= len(data):
            return " ".join(words)
        start, room = end, WORD_BYTES


def parameter(name: str, value: str) -> str:
    """Return ``; name=value`` on lines of its own, by RFC 2231 where the value is long or not ASCII."""
    value = clean(value)
    if _PRINTABLE.match(value) and len(value) < 60:
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return f';\r\n {name}="{quoted}"'
    encoded = quote(value, safe="", errors="replace")
    pieces = re.findall(r"(?:%..|[^%]){1,18}", encoded)
    if len(pieces) == 1:
        return f";\r\n {name}*=utf-8''{encoded}"
    return "".join(f";\r\n {name}*{i}*={('utf-8' + chr(39) * 2) if i == 0 else ''}{p}" for i, p in enumerate(pieces))


@lru_cache(maxsize=8)
def date_field(second: int) -> bytes:
    """Return the Date field for a time in seconds since 1970."""
    return f"Date: {formatdate(second).replace('-0000', '+0000')}\r\n".encode()


def is_address(address: str) -> bool:
    """Tell whether an address can stand in an envelope: local@domain, nothing to quote, at most 254 characters."""
    return len(address) <= 254 and bool(_ADDRESS.match(address))


def is_field_name(name: str) -> bool:
    return bool(_NAME.match(name))


@lru_cache(maxsize=4096)
def ascii_domain(domain: str) -> str:
    """Return a domain as it stands in DNS (IDNA).

    Raises:
        UnicodeError: it cannot be a domain.
    """
    return domain.lower() if domain.isascii() else domain.encode("idna").decode().lower()


def ascii_address(address: str) -> str:
    """Return an address with its domain in ASCII; a domain that has no such form is left as it is."""
    if address.isascii():
        return address
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{ascii_domain(domain)}"
    except UnicodeError:
        return address
