"""Workbooks (XLSX, XLSM, XLSB, XLS, ODS): their sheets as lines of cells, as a person sees them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetVisibleEnum,
    WorksheetNotFound,
)

from app.lists.address import looks_like_address
from app.lists.cells import shown
from app.lists.importer.table import SAMPLE_LINES, Kind, Layout, Line, Nothing
from app.lists.importer.unpack import Damaged, Locked, Opener, has_password


class WorkbookSource:
    """A workbook that `open_file` opens, seekable."""

    def __init__(self, open_file: Opener) -> None:
        self._open = open_file

    def recognise(self) -> Layout:
        """Choose the first sheet with an address in it, else the first that is not empty."""
        book = self._book()
        names = _visible(book)
        filled = [name for name in names if next(_lines(_sheet(book, name)), None)]
        if not filled:
            raise Nothing
        return Layout(kind=Kind.SHEET, sheet=next((n for n in filled if _has_address(_sheet(book, n))), filled[0]))

    def lines(self, layout: Layout) -> Iterator[Line]:
        return _lines(_sheet(self._book(), layout.sheet))

    def choices(self, _layout: Layout) -> dict[str, list[str]]:
        names = _visible(self._book())
        return {"sheet": names} if len(names) > 1 else {}

    def _book(self) -> CalamineWorkbook:
        with self._open() as file:
            try:
                return CalamineWorkbook.from_filelike(file)
            except PasswordError as error:
                raise Locked from error
            except (CalamineError, OSError, ValueError) as error:
                raise (Locked if has_password(file) else Damaged) from error


def _visible(book: CalamineWorkbook) -> list[str]:
    shown = [sheet.name for sheet in book.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
    return shown or list(book.sheet_names)


def _sheet(book: CalamineWorkbook, name: str) -> CalamineSheet:
    try:
        return book.get_sheet_by_name(name)
    except (WorksheetNotFound, CalamineError) as error:
        raise Damaged from error


def _has_address(sheet: CalamineSheet) -> bool:
    return any(looks_like_address(cell) for line in islice(_lines(sheet), SAMPLE_LINES) for cell in line.cells)


def _lines(sheet: CalamineSheet) -> Iterator[Line]:
    """Yield the rows that say something, with their numbers in the program. Empty columns on the left are left out."""
    first = sheet.start[0] + 1 if sheet.start else 1
    spread = Spread(sheet)
    for number, row in enumerate(sheet.iter_rows(), first):
        cells = spread.over(number, [shown(value) for value in row])
        if any(cells):
            yield Line(number, cells)


class Spread:
    """Cells that are merged downwards: each row under the first says what that says. Sideways, only the first does.

    A company whose name is merged over five people belongs to each of them.
    """

    def __init__(self, sheet: CalamineSheet) -> None:
        left = sheet.start[1] if sheet.start else 0
        ranges = sheet.merged_cell_ranges or []
        self._from = {(top[0] + 1, top[1] - left): end[0] + 1 for top, end in ranges if end[0] > top[0]}
        self._open: dict[int, tuple[int, str]] = {}

    def over(self, number: int, cells: list[str]) -> list[str]:
        if not self._from:
            return cells
        for at, cell in enumerate(cells):
            if (number, at) in self._from:
                self._open[at] = (self._from[number, at], cell)
        for at, (through, cell) in self._open.items():
            if number <= through and not cells[at]:
                cells[at] = cell
        return cells
