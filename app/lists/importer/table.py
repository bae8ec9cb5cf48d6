"""What every source turns into: numbered lines of cells, and the layout by which they were read."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from itertools import islice
from typing import Any, NamedTuple, Protocol

import msgspec

from app.core.errors import N_, Invalid

SAMPLE_LINES = 200
MOST_COLUMNS = 200


class Line(NamedTuple):
    """A line with its number as the person sees it in the source, from 1."""

    number: int
    cells: list[str]


class Kind(StrEnum):
    DELIMITED = "delimited"
    MAILBOXES = "mailboxes"
    SHEET = "sheet"
    QUERY = "query"
    CARDS = "cards"


class Layout(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a source is read. `sheet` is the name of one in a workbook, `member` the name of a file in an archive."""

    kind: Kind = Kind.DELIMITED
    encoding: str = "utf-8"
    delimiter: str = ","
    quoted: bool = True
    header: bool = False
    sheet: str = ""
    member: str = ""

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def layout_of(stored: dict[str, Any]) -> Layout:
    return msgspec.convert(stored, Layout)


class Unreadable(Invalid):
    """A source cannot be read, or not beyond some place. `problem` is the code that is stored with the import."""

    message = N_("This could not be read.")
    problem = "unreadable"


class DatabaseFailed(Unreadable):
    """A database could not be entered or does not like the question; `problem` carries what it said."""

    message = N_("The database says: %(said)s")

    def __init__(self, said: str) -> None:
        super().__init__(said=said)
        self.problem = f"database:{said}"


class Nothing(Unreadable):
    message = N_("There is nothing in it: not one line with something on it.")
    problem = "nothing"


class QuoteNeverCloses(Unreadable):
    message = N_("A quotation mark opens near line %(line)s and never closes. Read it again without quotation marks.")
    problem = "quote"


class TooManyColumns(Unreadable):
    message = N_("There are more than %(count)s columns. Keep the ones that matter and try again.")
    problem = "columns"


class TooManyRows(Unreadable):
    message = N_("There are more than %(count)s rows. Split it and bring in the parts.")
    problem = "rows"


class Source(Protocol):
    """Something people come from."""

    def recognise(self) -> Layout:
        """Find out how it is to be read."""
        ...

    def lines(self, layout: Layout) -> Iterator[Line]:
        """Yield its lines, empty ones left out, the header line included."""
        ...

    def choices(self, layout: Layout) -> dict[str, list[str]]:
        """Return what a person may choose between: encodings, delimiters, sheets, members."""
        ...


def head(source: Source, layout: Layout, count: int = SAMPLE_LINES) -> list[Line]:
    """Return the first lines of a source.

    Raises:
        Nothing: there are none.
        TooManyColumns: a line has more cells than we take.
    """
    lines = list(islice(source.lines(layout), count))
    if not lines:
        raise Nothing
    if max(len(line.cells) for line in lines) > MOST_COLUMNS:
        raise TooManyColumns(count=MOST_COLUMNS)
    return lines
