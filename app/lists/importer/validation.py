"""What we think of a line: whom it is about, or why it cannot be taken, or what to look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.lists.address import InvalidAddress, parse_address, split_mailbox
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


class Judged(NamedTuple):
    """A line, judged. If it is `invalid`, `reason` says why; otherwise what to look at, if anything."""

    line: Line
    address: str = ""
    key: str = ""
    name: str = ""
    fields: dict[str, Any] = {}  # noqa: RUF012 - never changed
    invalid: bool = False
    reason: str = ""


class Judge:
    """Judges lines by a mapping: the target of each column. `converters` turn the cells of fields into values."""

    def __init__(self, mapping: Sequence[str], converters: dict[str, Converter] | None = None) -> None:
        self._email = mapping.index(EMAIL) if EMAIL in mapping else -1
        self._name = mapping.index(NAME) if NAME in mapping else -1
        known = converters or {}
        targets = [(at, target.removeprefix(FIELD)) for at, target in enumerate(mapping) if target.startswith(FIELD)]
        self._fields = [(at, key, known[key]) for at, key in targets if key in known]

    def __call__(self, line: Line) -> Judged:
        wrapped, text = split_mailbox(_cell(line, self._email))
        try:
            address = parse_address(text)
        except InvalidAddress as fault:
            return Judged(line, address=text[:300], invalid=True, reason=fault.fault.value)
        name = (_cell(line, self._name) or wrapped)[:LONGEST_NAME]
        fields, reason = self._values(line)
        return Judged(line, address.text, address.key, name, fields, reason=reason or _look(line, address.key))

    def _values(self, line: Line) -> tuple[dict[str, Any], str]:
        """Return the fields of a line; a cell that does not fit is left out, and said."""
        values, reason = {}, ""
        for at, key, convert in self._fields:
            cell = _cell(line, at)
            try:
                value = convert(cell) if cell else None
            except FieldFault as fault:
                reason = reason or f"{fault.reason}:{key}"
                continue
            if value is not None:
                values[key] = value
        return values, reason


def _cell(line: Line, at: int) -> str:
    return line.cells[at] if 0 <= at < len(line.cells) else ""


def _look(line: Line, key: str) -> str:
    local, _, domain = key.partition("@")
    meant = likely_domain(domain)
    if meant:
        return f"typo:{meant}"
    if local in ROLES:
        return "role"
    return "letters" if any(UNREADABLE in cell for cell in line.cells) else ""
