"""Transfer encodings that can be merged: static text is encoded once, a value goes in between without touching it.

Both encodings are made so that what is hashed for DKIM is what is sent: no line begins with a dot (RFC 5321 4.5.2),
and relaxed canonicalisation (RFC 6376 3.4.4) would change nothing: no white space at a line's end, never two in a row.
8-bit is never used, since a relay may convert it on the way and break the signature (RFC 6376 5.3; docs/adr/0006).
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from html import escape
from typing import TypeAlias
from urllib.parse import quote

from mta.contract import Form, Segments, Slot

Values: TypeAlias = list[str]
LINE = 76
B64_BYTES = LINE // 4 * 3
SOFT_BREAK = b"=\r\n"
_QP = [b"=%02X" % byte for byte in range(256)]
for _byte in (*range(33, 61), *range(62, 127), 32):
    _QP[_byte] = bytes([_byte])
_PLAIN_VALUE = re.compile(r"[!-\-/-<>-~][!-<>-~]{0,71}\Z")
_HTML_SPECIAL = re.compile("[&<>\"']")
_URL_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*\Z")
_LINE_BREAK = re.compile(r"\r\n|\r")


def slot_text(slot: Slot, values: Values) -> str:
    """Return what a slot says for one recipient; a missing value is empty."""
    value = values[slot.n] if slot.n < len(values) else ""
    return escaped(value, slot.form)


def escaped(value: str, form: Form) -> str:
    if form == "html":
        return escape(value) if _HTML_SPECIAL.search(value) else value
    if form == "url":
        return value if _URL_PLAIN.match(value) else quote(value, safe="", errors="replace")
    return value


def utf8(text: str) -> bytes:
    """Encode with lines ended by CRLF. Lone surrogates, which have no UTF-8, become question marks."""
    if "\r" in text:
        text = _LINE_BREAK.sub("\n", text)
    return text.replace("\n", "\r\n").encode("utf-8", "replace")


class QuotedPrintable:
    """A part in quoted-printable (RFC 2045 6.7), which pays for text that is mostly ASCII.

    Values stand between soft line breaks.
    """

    name = "quoted-printable"

    def __init__(self, segments: Segments) -> None:
        self._slots = [(i, s) for i, s in enumerate(segments) if isinstance(s, Slot)]
        last = len(segments) - 1
        self._pieces = [
            b"" if isinstance(s, Slot) else quoted_printable(utf8(s), soft_end=i < last) for i, s in enumerate(segments)
        ]

    def __len__(self) -> int:
        return sum(map(len, self._pieces))

    def render(self, values: Values) -> bytes:
        """Return the part for one recipient."""
        pieces = self._pieces.copy()
        seen: dict[Slot, bytes] = {}
        for i, slot in self._slots:
            encoded = seen.get(slot)
            if encoded is None:
                encoded = seen[slot] = _quoted_value(slot_text(slot, values))
            pieces[i] = encoded
        return b"".join(pieces)


def _quoted_value(text: str) -> bytes:
    if _PLAIN_VALUE.match(text):
        return text.encode() + SOFT_BREAK
    return quoted_printable(utf8(text), soft_end=True) if text else b""


def quoted_printable(data: bytes, *, soft_end: bool) -> bytes:
    """Encode bytes whose lines end with CRLF. With `soft_end` an unfinished last line gets a soft break."""
    lines = [_quoted_line(line) for line in data.split(b"\r\n")]
    if soft_end and lines[-1]:
        lines[-1] += SOFT_BREAK
    return b"\r\n".join(lines)


def _quoted_line(line: bytes) -> bytes:
    out: list[bytes] = []
    width, previous = 0, 0
    end = len(line) - 1
    for i, byte in enumerate(line):
        unit = _QP[byte]
        if width + len(unit) >= LINE:
            out.append(SOFT_BREAK)
            width = 0
        if width == 0 and (byte in (32, 46) or line.startswith(b"From ", i)):  # old mailboxes write >From
            unit = b"=%02X" % byte
        elif byte == 32 and (i == end or previous == 32):
            unit = b"=20"
        out.append(unit)
        width += len(unit)
        previous = byte
    return b"".join(out)


class Base64:
    """A part in base64: pays for text that is mostly not ASCII, as Korean is.

    Three bytes make four characters, so what follows a value depends on how many bytes came before it, modulo three:
    each static piece is encoded for all three cases beforehand.
    """

    name = "base64"

    def __init__(self, segments: Segments) -> None:
        self._pieces = [s if isinstance(s, Slot) else _Shifted(utf8(s)) for s in segments]

    def __len__(self) -> int:
        return sum(len(p.bodies[0]) for p in self._pieces if isinstance(p, _Shifted))

    def render(self, values: Values) -> bytes:
        """Return the part for one recipient."""
        out: list[bytes] = []
        carry = b""
        seen: dict[Slot, bytes] = {}
        for piece in self._pieces:
            if isinstance(piece, Slot):
                if piece not in seen:
                    seen[piece] = utf8(slot_text(piece, values))
                carry += seen[piece]
                continue
            shift = -len(carry) % 3
            carry += piece.heads[shift]
            if len(carry) % 3 == 0:
                if carry:
                    out.append(base64_lines(carry))
                out.append(piece.bodies[shift])
                carry = piece.tails[shift]
        if carry:
            out.append(base64_lines(carry))
        return b"".join(out)


class _Shifted:
    """A static piece: for each shift what completes the bytes before, the encoded middle, and what is left over."""

    __slots__ = ("bodies", "heads", "tails")

    def __init__(self, data: bytes) -> None:
        self.heads = [data[:shift] for shift in range(3)]
        middles = [data[shift : shift + max(0, len(data) - shift) // 3 * 3] for shift in range(3)]
        self.bodies = [base64_lines(middle) for middle in middles]
        self.tails = [data[shift + len(middle) :] for shift, middle in enumerate(middles)]


def base64_lines(data: bytes) -> bytes:
    """Return base64 in lines of at most 76 characters, each ended by CRLF."""
    if len(data) <= B64_BYTES:
        return b2a_base64(data, newline=False) + b"\r\n" if data else b""
    lines = [b2a_base64(data[i : i + B64_BYTES], newline=False) for i in range(0, len(data), B64_BYTES)]
    return b"\r\n".join(lines) + b"\r\n"


Encoded: TypeAlias = QuotedPrintable | Base64


def encode(segments: Segments) -> Encoded:
    """Return the smaller of both encodings."""
    merged = join_static(segments)
    quoted, base64 = QuotedPrintable(merged), Base64(merged)
    return quoted if len(quoted) <= len(base64) else base64


def join_static(segments: Segments) -> Segments:
    """Join neighbouring strings, so that a line break is never cut in two."""
    joined: Segments = []
    for segment in segments:
        if isinstance(segment, str) and joined and isinstance(joined[-1], str):
            joined[-1] += segment
        else:
            joined.append(segment)
    return joined
