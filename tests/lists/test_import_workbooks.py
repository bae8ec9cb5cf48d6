"""Workbooks of every kind, written by other programs, and what makes them hard to read."""

from __future__ import annotations

import io
from datetime import date

import pytest
import xlsxwriter
import xlwt
from msoffcrypto.format.ooxml import OOXMLFile

from app.lists.importer import queries as staged
from app.lists.importer.unpack import Locked
from tests.lists.test_import_files import begin, workbook, zipped
from tests.support.workspaces import Place


def written(fill: object, **options: object) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, options) as book:
        fill(book, book.add_worksheet())  # type: ignore[operator]
    return file.getvalue()


def cells(workspace: Place, content: bytes, name: str) -> list[list[str]]:
    with workspace.inside():
        entry = begin(content, name)
        return [row.cells for row in staged.people(entry.id)]


@pytest.mark.parametrize("since", [False, True], ids=["1900", "1904"])
def test_dates_count_from_either_year(workspace: Place, since: bool) -> None:
    def fill(book: xlsxwriter.Workbook, sheet: object) -> None:
        sheet.write_row(0, 0, ["a@example.com"])  # type: ignore[attr-defined]
        form = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_datetime(0, 1, date(2024, 2, 29), form)  # type: ignore[attr-defined]

    assert cells(workspace, written(fill, date_1904=since), "a.xlsx") == [["a@example.com", "2024-02-29"]]


def test_formulas_texts_and_numbers_are_kept_as_they_look(workspace: Place) -> None:
    def fill(book: xlsxwriter.Workbook, sheet: object) -> None:
        sheet.write_string(0, 0, "a@example.com")  # type: ignore[attr-defined]
        sheet.write_formula(0, 1, '="A"&"nn"', None, "Ann")  # type: ignore[attr-defined]
        sheet.write_string(0, 2, "01012345678")  # type: ignore[attr-defined]
        sheet.write_number(0, 3, 1.5e10)  # type: ignore[attr-defined]
        sheet.write_number(0, 4, 0.15, book.add_format({"num_format": "0%"}))  # type: ignore[attr-defined]

    assert cells(workspace, written(fill), "a.xlsx") == [["a@example.com", "Ann", "01012345678", "15000000000", "0.15"]]


def test_a_cell_merged_over_people_belongs_to_each_of_them(workspace: Place) -> None:
    def fill(book: xlsxwriter.Workbook, sheet: object) -> None:
        sheet.merge_range(0, 1, 1, 1, "한빛출판")  # type: ignore[attr-defined]
        for row, name in enumerate("abc"):
            sheet.write_string(row, 0, f"{name}@example.com")  # type: ignore[attr-defined]

    found = cells(workspace, written(fill), "a.xlsx")
    assert [row[1] for row in found] == ["한빛출판", "한빛출판", ""]


def test_an_old_workbook_is_read(workspace: Place) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("명단")
    for at, value in enumerate(["hong@example.com", "홍길동", 1012345678]):
        sheet.write(0, at, value)
    sheet.write(0, 3, date(1999, 12, 31), xlwt.easyxf(num_format_str="YYYY-MM-DD"))
    file = io.BytesIO()
    book.save(file)
    assert cells(workspace, file.getvalue(), "old.xls") == [["hong@example.com", "홍길동", "1012345678", "1999-12-31"]]


def test_a_table_of_libreoffice_is_read(workspace: Place) -> None:
    cell = '<table:table-cell office:value-type="{}"><text:p>{}</text:p></table:table-cell>'
    day = '<table:table-cell office:value-type="date" office:date-value="2024-02-29"/>'
    row = cell.format("string", "hong@example.com") + cell.format("string", "홍길동") + day
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content{spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="명단"><table:table-row>{row}</table:table-row></table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    file = zipped(**{
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": content.encode(),
        "META-INF/manifest.xml": b"<manifest/>",
    })  # fmt: skip
    assert cells(workspace, file, "table.ods") == [["hong@example.com", "홍길동", "2024-02-29"]]


def test_a_workbook_with_a_password_says_so(workspace: Place) -> None:
    locked = io.BytesIO()
    OOXMLFile(io.BytesIO(workbook(["a@example.com"]))).encrypt("secret", locked)
    with workspace.inside(), pytest.raises(Locked):
        begin(locked.getvalue(), "locked.xlsx")
