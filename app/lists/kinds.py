"""Kinds of fields: how a cell or an input is understood, and how a value reads. Values are what JSON can hold.

Dates are ISO 8601 (`2026-11-23`), birthdays `11-23`. A date whose day and month could be swapped is not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _

from app.lists.states import FieldKind

Converter = Callable[[str], Any]

LONGEST_TEXT = 1000
_YES = frozenset(
    {"1", "y", "yes", "true", "t", "on", "o", "v", "✓", "예", "네", "동의", "동의함", "수신", "있음", "はい", "是"}
)
_NO = frozenset(
    {"0", "n", "no", "false", "f", "off", "x", "✗", "아니요", "아니오", "미동의", "거부", "없음", "いいえ", "否"}
)
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-./년]\s*(\d{1,2})\s*[-./월]\s*(\d{1,2})\s*[일.]?(?:[ T].*)?")
_YEAR_LAST = re.compile(r"(\d{1,2})([-./])(\d{1,2})[-./](\d{4})")
_MONTH_DAY = re.compile(r"(\d{1,2})\s*[-./월]\s*(\d{1,2})\s*[일.]?|(\d{2})(\d{2})")
_NUMBER = re.compile(r"[-+]?(\d+|\d{1,3}(,\d{3})+)?(\.\d+)?")
_DAY_ZERO = date(1899, 12, 30)


class FieldFault(Exception):
    """A text does not fit a field. `reason` is the code of why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse(kind: FieldKind, text: str, choices: Sequence[str] = ()) -> Any:
    """Return the value that a text means in a field of this kind; None for an empty one.

    Raises:
        FieldFault: it means nothing there.
    """
    cleaned = text.strip()
    if not cleaned:
        return None
    if kind is FieldKind.CHOICE:
        return _chosen(cleaned, choices)
    if kind is FieldKind.CHOICES:
        return list(dict.fromkeys(_chosen(part, choices) for part in _parts(cleaned, choices)))
    return _PARSERS[kind](cleaned)


def _parts(text: str, choices: Sequence[str]) -> list[str]:
    """Cut at bars where there are some, else at commas; but a choice may have a comma in it."""
    if text in choices:
        return [text]
    return [part.strip() for part in re.split(r"\|" if "|" in text else "[,;]", text) if part.strip()]


def _text(text: str) -> str:
    return text[:LONGEST_TEXT]


def _number(text: str) -> int | float:
    bare = text.removesuffix("%").removesuffix("원").removeprefix("₩").removeprefix("$").strip()
    if not bare or not _NUMBER.fullmatch(bare) or not any(letter.isdigit() for letter in bare):
        raise FieldFault("not_number")
    plain = bare.replace(",", "")
    return float(plain) if "." in plain else int(plain)


def _date(text: str) -> str:
    found = _year_first(text) or _year_last(text) or _serial(text)
    if found is None:
        raise FieldFault("not_date")
    return found.isoformat()


def _year_first(text: str) -> date | None:
    found = _YEAR_FIRST.fullmatch(text)
    if found:
        return _day(*found.groups())
    return _day(text[:4], text[4:6], text[6:]) if len(text) == 8 and text.isdigit() else None


def _year_last(text: str) -> date | None:
    """23.11.2026 is the Germans' way; between slashes, only what cannot be read the other way round is taken."""
    found = _YEAR_LAST.fullmatch(text)
    if not found:
        return None
    first, mark, second, year = found.groups()
    if mark == "." or int(first) > 12:
        return _day(year, second, first)
    return _day(year, first, second) if int(second) > 12 or first == second else None


def _serial(text: str) -> date | None:
    """A day as a spreadsheet counts it, of the years 1927 to 2119."""
    return _DAY_ZERO + timedelta(days=int(text)) if text.isdigit() and 10_000 <= int(text) <= 80_000 else None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _birthday(text: str) -> str:
    found = _MONTH_DAY.fullmatch(text)
    if found is None:
        return _date(text)[5:]
    month, day = found[1] or found[3], found[2] or found[4]
    # A leap year: somebody is born on 29 February.
    known = _day("2024", month, day)
    if known is None:
        raise FieldFault("not_date")
    return known.isoformat()[5:]


def _yes_no(text: str) -> bool:
    word = text.casefold()
    if word not in _YES | _NO:
        raise FieldFault("not_yes_no")
    return word in _YES


def _url(text: str) -> str:
    whole = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(whole)
    except ValueError as error:
        raise FieldFault("not_url") from error
    if parts.scheme not in ("http", "https") or "." not in (parts.hostname or "") or re.search(r"\s", whole):
        raise FieldFault("not_url")
    return whole[:2000]


def _chosen(text: str, choices: Sequence[str]) -> str:
    found = next((choice for choice in choices if choice.casefold() == text.casefold()), None)
    if found is None:
        raise FieldFault("not_choice")
    return found


_PARSERS: dict[FieldKind, Callable[[str], Any]] = {
    FieldKind.TEXT: _text,
    FieldKind.NUMBER: _number,
    FieldKind.DATE: _date,
    FieldKind.BIRTHDAY: _birthday,
    FieldKind.YES_NO: _yes_no,
    FieldKind.URL: _url,
}


def shown(value: Any) -> str:
    """Return a value as a person reads it, in a mail or on a page."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(_("Yes")) if value else str(_("No"))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def guess(cells: Sequence[str]) -> FieldKind:
    """Return the kind of field that these cells are probably for. Digits with a leading zero are no number."""
    filled = [cell for cell in cells if cell]
    for kind in (FieldKind.DATE, FieldKind.NUMBER, FieldKind.URL):
        if filled and all(_is(kind, cell) for cell in filled):
            return kind
    return FieldKind.TEXT


def _is(kind: FieldKind, cell: str) -> bool:
    if kind is FieldKind.NUMBER and (len(cell) > 1 and cell[0] in "0+" and not cell.startswith("0.")):
        return False
    if (kind is FieldKind.DATE and cell.isdigit()) or (kind is FieldKind.URL and "://" not in cell):
        return False
    try:
        parse(kind, cell)
    except FieldFault:
        return False
    return True
