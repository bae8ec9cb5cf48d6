"""Reading a source in slices, each a transaction of its own: after a kill, the next goes on behind the last one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice

from app.core.errors import N_
from app.lists import fields
from app.lists.importer import staging
from app.lists.importer.sources import source_of
from app.lists.importer.table import Line, TooManyRows, Unreadable, layout_of
from app.lists.importer.validation import Judge, Judged
from app.lists.models import Import

MOST_ROWS = 5_000_000
SLICE = 20_000
LONGEST_SECONDS = 3000


class TookTooLong(Unreadable):
    message = N_("Reading it took too long. Split it, or save it as CSV, and try again.")
    problem = "time"


class Reader:
    """One reading of an import's source. `through` is the last line that was staged, `count` how many lines that were.

    Only the source's position and the lines judged ahead are kept here; that a line is staged once is what the import's
    row says.
    """

    def __init__(self, entry: Import) -> None:
        layout = layout_of(entry.layout)
        self.import_id, self.through, self.count = entry.id, entry.read_through, entry.rows
        self._judge = Judge(entry.mapping, fields.converters())
        self._until = time.monotonic() + LONGEST_SECONDS
        lines = source_of(entry).lines(layout)
        self._lines = _behind(entry.read_through, islice(lines, layout.header, None))
        self._ahead: list[Judged] | None = None

    def stage(self, size: int = SLICE) -> bool:
        """Stage the next slice; False when it was the last. While the database writes it, the one behind it is judged.

        Raises:
            Unreadable: the source breaks here, has too many rows, or takes too long.
        """
        rows = self._judged(size) if self._ahead is None else self._ahead
        with staging.staged(self.import_id, rows):
            self._ahead = self._judged(size)
        self.through, self.count = rows[-1].number if rows else self.through, self.count + len(rows)
        if self.count > MOST_ROWS:
            raise TooManyRows(count=MOST_ROWS)
        if time.monotonic() > self._until:
            raise TookTooLong
        return bool(self._ahead)

    def _judged(self, size: int) -> list[Judged]:
        return list(map(self._judge, islice(self._lines, size)))


def _behind(through: int, lines: Iterator[Line]) -> Iterator[Line]:
    return (line for line in lines if line.number > through) if through else lines
