"""From text to lines of cells: separated values with or without quotation marks, and lines like ``Name <a@b>``."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Protocol

from app.lists.address import looks_like_address, split_mailbox
from app.lists.importer.table import Kind, Layout, Line, QuoteNeverCloses

DELIMITERS = ("\t", ",", ";", "|")
_PIECE = re.compile(r"(?:\"[^\"]*\"|<[^>]*>|[^,;\"<])+")
_MOST_LINES_IN_A_CELL = 60


def sniff(sample: str) -> Layout:
    """Return the layout of a text by its first lines (kind, delimiter and quotation marks; not the header)."""
    lines = [line for line in sample.splitlines()[:200] if line.strip()]
    if _are_mailboxes(lines):
        return Layout(kind=Kind.MAILBOXES)
    quoted = not _quotes_run_away(sample)
    return Layout(delimiter=_delimiter(lines, quoted), quoted=quoted)


def _are_mailboxes(lines: list[str]) -> bool:
    """Every piece of a line is an address, and either it wears a name or several share a line."""
    pieces = [[piece for piece in _PIECE.findall(line) if piece.strip()] for line in lines]
    if not any("<" in line for line in lines) and all(len(found) < 2 for found in pieces):
        return False
    good = sum(all(looks_like_address(piece) for piece in found) for found in pieces)
    return good >= 0.8 * len(pieces) > 0


def _quotes_run_away(sample: str) -> bool:
    """A lone quotation mark swallows what follows: it is then a character like any other."""
    try:
        rows = [row for delimiter in "\t," for row in csv.reader(sample.splitlines(), delimiter=delimiter)]
    except csv.Error:
        return True
    return any(cell.count("\n") > _MOST_LINES_IN_A_CELL for row in rows for cell in row) or sample.count('"') % 2 == 1


def _delimiter(lines: list[str], quoted: bool) -> str:
    scores = {delimiter: _evenness(lines, delimiter, quoted) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    return best if scores[best] > 0 else "\t"


def _evenness(lines: list[str], delimiter: str, quoted: bool) -> float:
    """How well a delimiter cuts lines into equally many cells: the share of the commonest width beyond one."""
    widths = Counter(len(row) for row in _rows(lines, delimiter, quoted) if row)
    wide = Counter({width: count for width, count in widths.items() if width > 1})
    if not wide:
        return 0.0
    width, count = wide.most_common(1)[0]
    return count / sum(widths.values()) + min(width, 20) / 1000


def _rows(text: Iterable[str], delimiter: str, quoted: bool) -> _Rows:
    if quoted:
        return csv.reader(text, delimiter=delimiter)
    return csv.reader(text, delimiter=delimiter, quoting=csv.QUOTE_NONE)


class _Rows(Protocol):
    """What `csv.reader` returns."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...


def lines_of(text: Iterable[str], layout: Layout) -> Iterator[Line]:
    """Yield the lines that say something, with the number of the line of text on which each begins.

    Raises:
        QuoteNeverCloses: a cell grows over all bounds.
    """
    clean = (line.replace("\0", "") for line in text)
    return _mailboxes(clean) if layout.kind is Kind.MAILBOXES else _separated(clean, layout)


def _mailboxes(text: Iterable[str]) -> Iterator[Line]:
    """Several may share a line of text, so they are numbered by themselves."""
    pieces = (split_mailbox(piece) for line in text for piece in _PIECE.findall(line))
    for number, (name, address) in enumerate((both for both in pieces if any(both)), 1):
        yield Line(number, [name, address])


def _separated(text: Iterable[str], layout: Layout) -> Iterator[Line]:
    rows = _rows(text, layout.delimiter, layout.quoted)
    number, row = 1, [""]
    try:
        for row in rows:
            cells = list(map(str.strip, row))
            if rows.line_num - number > _MOST_LINES_IN_A_CELL:
                raise QuoteNeverCloses(line=number)
            if any(cells):
                yield Line(number, cells)
            number = rows.line_num + 1
    except csv.Error as error:
        raise QuoteNeverCloses(line=number) from error
    if _swallowed(row):
        raise QuoteNeverCloses(line=number)


def _swallowed(last: list[str]) -> bool:
    """Tell whether the last row took the people of the lines below it into one of its cells."""
    return any("@" in cell.partition("\n")[2] for cell in last)
