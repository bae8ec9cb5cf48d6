"""Tables of a report to take away: as CSV, or as an Excel file with numbers as numbers and a chart of Excel's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO

import xlsxwriter

from app.core.cells import BOM, csv_lines
from app.reports.cells import Cell, bare, text_of
from app.reports.workbook import OPTIONS, SheetWriter


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head. Where the last columns are numbers, the first names the row.

    `wide` columns are left out on a phone. `drawn` ones are in the chart of the Excel file, as a `line` where they
    follow time; none named, all numbers of the table that is charted are.
    """

    title: str
    head: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    wide: frozenset[int] = frozenset()
    drawn: tuple[int, ...] = ()
    line: bool = False

    @property
    def numbers(self) -> list[int]:
        """The columns that hold numbers."""
        found = {place for row in self.rows for place, value in enumerate(bare(row)) if isinstance(value, int | float)}
        return sorted(found)


def as_csv(table: Table) -> str:
    """Return a table as CSV (RFC 4180) that Excel takes for UTF-8."""
    cells = [[text_of(cell) for cell in bare(row)] for row in table.rows]
    return BOM + csv_lines([table.head, *cells])


def as_workbook(tables: Sequence[Table], *, charted: int = 0) -> IO[bytes]:
    """Return an open file with a sheet for each table that has rows; the chart is of the last column of one of them."""
    out: IO[bytes] = TemporaryFile()  # noqa: SIM115 - closed by the response, after it has been sent
    book = xlsxwriter.Workbook(out, OPTIONS)
    writer = SheetWriter(book)
    for number, table in enumerate(tables):
        if not table.rows and number:
            continue
        widths = (32, *(16 for _column in table.head[1:]))
        sheet = writer.sheet(table.title, table.head, map(bare, table.rows), widths=widths)
        if table.rows and (table.drawn or number == charted):
            _draw(book, sheet, table)
    book.close()
    out.seek(0)
    return out


def _draw(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet, table: Table) -> None:
    chart = book.add_chart({"type": "line" if table.line else "bar"})
    name, last = sheet.get_name(), len(table.rows)
    for column in table.drawn or table.numbers:
        chart.add_series({
            "name": table.head[column],
            "categories": [name, 1, 0, last, 0],
            "values": [name, 1, column, last, column],
        })  # fmt: skip
    chart.set_title({"name": table.title, "name_font": {"size": 12}})
    chart.set_legend({"position": "bottom"})
    if not table.line:
        chart.set_y_axis({"reverse": True})
    chart.set_size({"width": 640, "height": 320 if table.line else max(240, 40 * last)})
    sheet.insert_chart(1, len(table.head) + 1, chart)
