"""Contact cards (vCard 2.1, 3.0 of RFC 2426, 4.0 of RFC 6350): each card becomes a line.

A parser of our own: the one library reads a whole file into objects and stops at the first card that breaks a rule,
which many telephones' do. What is needed here are six properties.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.lists.importer.table import Line, Nothing

BEGIN = "BEGIN:VCARD"
TITLES = ["name", "email", "phone", "company", "title", "birthday", "other email"]
LONGEST_CARD = 5_000
_ESCAPED = re.compile(r"\\([\\;,:nN])")


class _Property(NamedTuple):
    name: str
    params: str
    value: str


def are_cards(text: str) -> bool:
    """Tell whether a text begins with a card."""
    return text.lstrip("\ufeff \r\n\t").upper().startswith(BEGIN)


def lines_of(text: Iterable[str]) -> Iterator[Line]:
    """Yield a line of titles, then one for each card that names somebody. Cards are numbered from 2, like lines."""
    yield Line(1, list(TITLES))
    for number, card in enumerate(_cards(_unfolded(text)), 2):
        cells = _cells(card)
        if any(cells):
            yield Line(number, cells)


def _unfolded(text: Iterable[str]) -> Iterator[str]:
    """A line that begins with a blank belongs to the one before (RFC 6350, 3.2), as does what follows a = in 2.1."""
    whole = ""
    for raw in text:
        line = raw.replace("\0", "").rstrip("\r\n")
        if line[:1] in (" ", "\t"):
            whole += line[1:]
        elif whole.endswith("=") and "QUOTED-PRINTABLE" in whole.upper():
            whole = whole[:-1] + line
        else:
            yield whole
            whole = line
    yield whole


def _cards(lines: Iterable[str]) -> Iterator[list[_Property]]:
    card: list[_Property] | None = None
    seen = False
    for line in lines:
        mark = line.strip().upper()
        if mark == BEGIN:
            card, seen = [], True
        elif mark == "END:VCARD" and card is not None:
            yield card
            card = None
        elif card is not None and ":" in line and len(card) < LONGEST_CARD:
            card.append(_property(line))
    if card:
        yield card
    if not seen:
        raise Nothing


def _property(line: str) -> _Property:
    head, _colon, value = line.partition(":")
    name, _semicolon, params = head.partition(";")
    params = params.upper()
    if "QUOTED-PRINTABLE" in params:
        charset = re.search(r"CHARSET=([\w-]+)", params)
        value = _decoded(quopri.decodestring(value.encode("utf-8", "replace")), charset[1] if charset else "utf-8")
    # iPhones group what belongs together: item1.EMAIL.
    return _Property(name.rpartition(".")[2].upper(), params, value)


def _decoded(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset, "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _cells(card: list[_Property]) -> list[str]:
    emails = sorted((each for each in card if each.name == "EMAIL"), key=_rank)
    addresses = [_plain(each.value).removeprefix("mailto:") for each in emails]
    return [
        _plain(_first(card, "FN")) or _joined_name(_first(card, "N")),
        addresses[0] if addresses else "",
        _plain(_first(card, "TEL")).removeprefix("tel:"),
        _plain(_first(card, "ORG").replace(";", " ")),
        _plain(_first(card, "TITLE")),
        _birthday(_first(card, "BDAY")),
        ", ".join(addresses[1:]),
    ]


def _rank(email: _Property) -> int:
    """The preferred address comes first: PREF of 2.1 and 3.0, PREF=1 of 4.0."""
    found = re.search(r"\bPREF(?:=(\d+))?", email.params)
    return int(found[1] or 1) if found else 101


def _first(card: list[_Property], name: str) -> str:
    return next((each.value for each in card if each.name == name and each.value.strip()), "")


def _plain(value: str) -> str:
    return " ".join(_ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], value).split())


def _joined_name(value: str) -> str:
    """Family and given name; Korean, Chinese and Japanese ones are written family first, without a space."""
    family, given = ([_plain(part) for part in re.split(r"(?<!\\);", value)] + ["", ""])[:2]
    if re.fullmatch(r"[가-힣一-鿿ぁ-ヿ]+", family + given):
        return family + given
    return f"{given} {family}".strip()


def _birthday(value: str) -> str:
    """19800301 and 1980-03-01T00:00:00Z are dates, --0301 has no year."""
    found = re.match(r"(\d{4}|--)-?(\d{2})-?(\d{2})", value.strip())
    if not found:
        return value.strip()
    return "-".join(part for part in found.groups() if part != "--")
