"""What we think of a line: whom it is about, or why it cannot be taken, or what to look at."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from app.lists.address import InvalidAddress, is_plain, parse_address, split_mailbox
from app.lists.disposable import is_disposable
from app.lists.importer.mapping import EMAIL, FIELD, NAME
from app.lists.importer.table import Line
from app.lists.kinds import Converter, FieldFault
from app.lists.typos import likely_domain

LONGEST_NAME = 200
ROLES = frozenset({
    "abuse", "admin", "billing", "daemon", "devnull", "do-not-reply", "donotreply", "hostmaster", "mailer-daemon",
    "no-reply", "no_reply", "noreply", "postmaster", "root", "spam", "webmaster",
})  # fmt: skip
UNREADABLE = "\ufffd"
_encode = msgspec.json.Encoder().encode


class Judged(NamedTuple):
    """A line, judged, as it is stored: `cells` and `fields` are JSON. If it is `invalid`, `reason` says why;
    otherwise what to look at, if anything.
    """

    number: int
    cells: str
    address: str = ""
    key: str = ""
    name: str = ""
    fields: str = "{}"
    invalid: bool = False
    reason: str = ""


class Judge:
    """Judges lines by a mapping: the target of each column. `converters` turn the cells of fields into values."""

    def __init__(self, mapping: Sequence[str], converters: dict[str, Converter] | None = None) -> None:
        # A column that is not there is one that no line reaches.
        self._email = mapping.index(EMAIL) if EMAIL in mapping else 1_000_000
        self._name = mapping.index(NAME) if NAME in mapping else 1_000_000
        known = converters or {}
        targets = [(at, target.removeprefix(FIELD)) for at, target in enumerate(mapping) if target.startswith(FIELD)]
        self._fields = [(at, key, known[key]) for at, key in targets if key in known]

    def __call__(self, line: Line) -> Judged:
        """Judge a line; this is the innermost loop of an import."""
        number, cells = line
        width = len(cells)
        text = cells[self._email] if self._email < width else ""
        encoded = _encode(cells).decode()
        wrapped = ""
        if is_plain(text):
            address, key = text, text.lower()
        else:
            wrapped, text = split_mailbox(text)
            try:
                found = parse_address(text)
            except InvalidAddress as fault:
                return Judged(number, encoded, text[:300], invalid=True, reason=fault.fault.value)
            address, key = found.text, found.key
        name = ((cells[self._name] if self._name < width else "") or wrapped)[:LONGEST_NAME]
        fields, reason = self._values(cells) if self._fields else ("{}", "")
        return Judged(number, encoded, address, key, name, fields, False, reason or _look(key, encoded))

    def _values(self, cells: list[str]) -> tuple[str, str]:
        """Return the fields of a line as JSON; a cell that does not fit is left out, and said."""
        values, reason = {}, ""
        for at, key, convert in self._fields:
            cell = cells[at] if at < len(cells) else ""
            try:
                value = convert(cell) if cell else None
            except FieldFault as fault:
                reason = reason or f"{fault.reason}:{key}"
                continue
            if value is not None:
                values[key] = value
        return _encode(values).decode(), reason


def _look(key: str, cells: str) -> str:
    local, _, domain = key.partition("@")
    reason = _of_domain(domain)
    if reason:
        return reason
    if local in ROLES:
        return "role"
    return "letters" if UNREADABLE in cells else ""


@lru_cache(maxsize=65_536)
def _of_domain(domain: str) -> str:
    meant = likely_domain(domain)
    if meant:
        return f"typo:{meant}"
    return "disposable" if is_disposable(domain) else ""
