"""The reject file: the rows that were not taken, as they came, in the format and encoding in which they came."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePath
from typing import IO

import xlsxwriter
from flask_babel import gettext as _

from app.lists.importer import queries
from app.lists.importer.chunks import PIECE
from app.lists.importer.table import Kind, Layout, layout_of
from app.lists.models import Import
from app.lists.words import reason_text

_RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class RejectFile:
    """A file to download; its content comes piece by piece."""

    name: str
    content_type: str
    content: Iterator[bytes]


def reject_file(entry: Import) -> RejectFile:
    """Return the reject file of an import: a workbook for a workbook, else separated values for Excel and for us."""
    layout = layout_of(entry.layout)
    name = f"rejected-{entry.id}-{_ascii(PurePath(entry.file_name).stem)}".rstrip("-")
    titles = [str(column.get("title", "")) for column in entry.columns]
    rows = chain([[*titles, _("Line"), _("Reason")]], _rows(entry.id, len(titles)))
    if layout.kind is Kind.SHEET:
        return RejectFile(f"{name}.xlsx", _XLSX, _workbook(rows))
    ending = "tsv" if layout.delimiter == "\t" and entry.file_name else "csv"
    return RejectFile(f"{name}.{ending}", f"text/{ending}", _separated(rows, layout, "\t" if ending == "tsv" else ","))


def _ascii(text: str) -> str:
    return "".join(letter for letter in text if letter.isascii() and (letter.isalnum() or letter in "-_"))[:60]


def _rows(import_id: int, width: int) -> Iterator[list[str]]:
    for row in queries.all_rejected(import_id):
        cells = [*row.cells, *[""] * width][: max(width, len(row.cells))]
        yield [*cells, str(row.line), reason_text(row.reason)]


def _separated(rows: Iterable[list[str]], layout: Layout, delimiter: str) -> Iterator[bytes]:
    """A UTF-8 file begins with the mark by which Excel knows it."""
    encoding = "utf-8" if layout.encoding.startswith("utf") else layout.encoding
    if encoding == "utf-8":
        yield b"\xef\xbb\xbf"
    for row in rows:
        line = io.StringIO()
        csv.writer(line, delimiter=delimiter).writerow([_harmless(cell) for cell in row])
        yield line.getvalue().encode(encoding, "replace")


def _harmless(cell: str) -> str:
    """What a spreadsheet would run as a formula is made plain text; a telephone number stays one."""
    number = cell[1:].replace(" ", "").replace("-", "").isdigit() and cell[0] in "+-" if cell else False
    return f"'{cell}" if cell.startswith(_RUNS_AS_FORMULA) and not number else cell


def _workbook(rows: Iterable[list[str]]) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as file:
        book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False})
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for at, cell in enumerate(row):
                sheet.write_string(number, at, cell)
        book.close()
        yield from _pieces(file)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(PIECE):
        yield piece
