"""Files: every format and encoding people have, and what is broken about them."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from datetime import date

import pytest
import xlsxwriter
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from app.core import clock
from app.lists import queries
from app.lists.cells import shown
from app.lists.importer import chunks, imports
from app.lists.importer import queries as staged
from app.lists.importer.imports import Handed, Reading
from app.lists.importer.table import layout_of
from app.lists.importer.unpack import Damaged, NothingReadable
from app.lists.models import Import
from app.lists.states import ImportPolicy, ImportSource, ImportState
from tests.lists.test_import_paste import audience, new_list
from tests.lists.test_pages import made, text
from tests.support.workspaces import Place

CSV = "이름,이메일,전화번호\r\n홍길동,hong@example.com,01012345678\r\n김영희,kim@example.com,02-123-4567\r\n"
PEOPLE = [("hong@example.com", "홍길동"), ("kim@example.com", "김영희")]


def begin(content: bytes, name: str = "people.csv") -> Import:
    return imports.begin(Handed(new_list(), ImportSource.FILE, chunks.cut(content), None, name))


def workbook(*rows: list[object], sheets: tuple[str, ...] = ("Sheet1",)) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        made = [book.add_worksheet(name) for name in sheets]
        for number, row in enumerate(rows):
            for at, cell in enumerate(row):
                if isinstance(cell, date):
                    made[-1].write_datetime(number, at, cell, day)
                else:
                    made[-1].write(number, at, cell)
    return file.getvalue()


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (CSV.encode(), "utf-8"),
        (CSV.encode("utf-8-sig"), "utf-8"),
        (CSV.encode("cp949"), "cp949"),
        (CSV.encode("euc-kr"), "cp949"),
        (CSV.replace(",", "\t").encode("utf-16"), "utf-16"),
        (CSV.encode("utf-16-le"), "utf-16-le"),
        (CSV.replace("\r\n", "\r").replace(",", ";").encode(), "utf-8"),
        (gzip.compress(CSV.encode("cp949")), "cp949"),
        (zipped(**{"__MACOSX/._a.csv": b"x", "명단/a.csv": CSV.encode("cp949")}), "cp949"),
        (b"email\n" + b"x@example.com\n" * 9000 + CSV.encode("cp949"), "cp949"),
    ],
)  # fmt: skip
def test_encodings_are_found(workspace: Place, content: bytes, encoding: str) -> None:
    with workspace.inside():
        entry = begin(content)
        assert layout_of(entry.layout).encoding == encoding
        if entry.rows == 2:
            imports.run(entry, consent="asked", policy=ImportPolicy.UPDATE, now=clock.now())
            while imports.merge_next(entry.id, now=clock.now()):
                pass
            assert audience(entry.list_id) == PEOPLE


def test_shift_jis_is_found(workspace: Place) -> None:
    japanese = "名前,メールアドレス\n" + "山田太郎と申しますよろしくお願いいたします,yamada@example.com\n" * 20
    with workspace.inside():
        entry = begin(japanese.encode("shift_jis"))
        assert layout_of(entry.layout).encoding == "shift_jis"
        assert entry.mapping == ["name", "email"]


def test_a_wrong_encoding_can_be_changed(workspace: Place) -> None:
    with workspace.inside():
        entry = begin(CSV.encode("cp949"))
        imports.read_again(entry, Reading(layout_of({**entry.layout, "encoding": "utf-8"})))
        assert entry.findings["warned"] == 2
        assert {row.reason for row in staged.warned(entry.id)} == {"letters"}
        imports.read_again(entry, Reading(layout_of({**entry.layout, "encoding": "cp949"})))
        assert entry.findings["warned"] == 0
        assert [row.name for row in staged.people(entry.id)] == ["홍길동", "김영희"]


@pytest.mark.parametrize("pack", [bytes, lambda content: zipped(**{"명단.xlsx": content})])
def test_a_workbook_is_read_as_it_looks(workspace: Place, pack: Callable[[bytes], bytes]) -> None:
    rows: list[list[object]] = [
        ["성명", "전자우편", "전화", "생일", "점수", "큰 수"],
        ["홍길동", "hong@example.com", "010-1234-5678", date(1980, 3, 1), 0.15, 12345678901234],
        ["", "", "", "", "", ""],
        ["김영희", "kim@example.com", "0212345", date(1990, 12, 31), 3.0, 1e15],
    ]
    with workspace.inside():
        entry = begin(pack(workbook(*rows, sheets=("Empty", "People"))), "people.xlsx")
        assert layout_of(entry.layout).sheet == "People"
        assert entry.mapping[:2] == ["name", "email"]
        people = staged.people(entry.id)
        assert [row.line for row in people] == [2, 4]
        assert people[0].cells == [
            "홍길동",
            "hong@example.com",
            "010-1234-5678",
            "1980-03-01",
            "0.15",
            "12345678901234",
        ]
        assert people[1].cells[2:] == ["0212345", "1990-12-31", "3", "1000000000000000"]


def test_another_sheet_can_be_chosen(workspace: Place) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        for name in ("a", "b"):
            book.add_worksheet(name).write(0, 0, f"{name}@example.com")
    with workspace.inside():
        entry = begin(file.getvalue(), "two.xlsx")
        assert entry.choices == {"sheet": ["a", "b"]}
        imports.read_again(entry, Reading(layout_of({**entry.layout, "sheet": "b"})))
        assert [row.address for row in staged.people(entry.id)] == ["b@example.com"]


@pytest.mark.parametrize("value", [True, 1.5e300, -0.00001, 10**17 + 0.0, None])
def test_any_cell_becomes_text_without_an_exponent(value: object) -> None:
    assert "e" not in shown(value).removesuffix("TRUE")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"PK\x03\x04 this is no archive", Damaged),
        (b"\xd0\xcf\x11\xe0 this is no workbook", Damaged),
        (workbook(["a@example.com"])[:-300], Damaged),
        (gzip.compress(b"a@example.com\n" * 1000)[:-20], Damaged),
        (zipped(**{"picture.png": b"x"}), NothingReadable),
    ],
    ids=["no archive", "no workbook", "cut workbook", "cut archive", "a picture"],
)
def test_a_broken_file_says_so(workspace: Place, content: bytes, problem: type[Exception]) -> None:
    with workspace.inside(), pytest.raises(problem):
        begin(content)


def test_a_zip_bomb_is_refused(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.lists.importer import unpack

    monkeypatch.setattr(unpack, "MOST_UNPACKED", 1024 * 1024)
    bomb = b"a@example.com\n" * 200_000
    with workspace.inside():
        for content in (gzip.compress(bomb), zipped(**{"a.csv": bomb})):
            with pytest.raises(unpack.TooLarge):
                begin(content)


def test_nul_bytes_and_ragged_rows_do_not_stop_it(workspace: Place) -> None:
    with workspace.inside():
        entry = begin(b"email,name\na@example.com,A\0nn\nb@example.com\nc@example.com,C,x,y\n\nd@example.com,D\n")
        assert (entry.rows, entry.findings["new"]) == (4, 4)
        assert [row.name for row in staged.people(entry.id)] == ["Ann", "", "C", "D"]


@pytest.mark.parametrize("opened", [5000, 8998])
def test_a_quote_that_never_closes_can_be_read_without_quotes(workspace: Place, opened: int) -> None:
    lines = [f"p{n}@example.com,Person" for n in range(9000)]
    lines[opened] = f'p{opened}@example.com,"open'
    with workspace.inside():
        entry = begin("\n".join(lines).encode())
        assert (entry.state, entry.problem) == (ImportState.FAILED, "quote")
        imports.read_again(entry, Reading(layout_of({**entry.layout, "quoted": False})))
        assert (entry.state, entry.rows) == (ImportState.PREVIEWED, 9000)


def test_a_file_goes_through_the_pages(workspace: Place, client: FlaskClient, run_tasks: Callable[[], None]) -> None:
    list_id = made(workspace)
    content = workbook(["이름", "이메일"], ["홍길동", "hong@example.com"], ["나쁨", "bad@@example.com"])
    data = {"file": (io.BytesIO(content), "명단.xlsx")}
    answer = client.post(f"/lists/{list_id}/imports", data=data, content_type="multipart/form-data")
    page = answer.location
    assert "hong@example.com" in text(client.get(page))
    client.post(f"{page}/runs", data={"consent": "asked", "policy": "update"})
    run_tasks()
    assert "명단.xlsx" in text(client.get(page))
    rejects = client.get(f"{page}/rejects")
    assert rejects.headers["Content-Disposition"].endswith('.xlsx"')
    rows = CalamineWorkbook.from_filelike(io.BytesIO(rejects.data)).get_sheet_by_index(0).to_python()
    assert rows[1][:3] == ["나쁨", "bad@@example.com", "3"]
    with workspace.inside():
        assert [row.address for row in queries.members_of(list_id)] == ["hong@example.com"]


def test_the_reject_file_keeps_the_encoding(workspace: Place, client: FlaskClient) -> None:
    content = "이름;이메일\n홍길동;없음\n김영희;kim@example.com\n".encode("cp949")
    data = {"file": (io.BytesIO(content), "people.csv")}
    page = client.post(f"/lists/{made(workspace)}/imports", data=data, content_type="multipart/form-data").location
    assert "홍길동" in client.get(f"{page}/rejects").data.decode("cp949")


def test_a_broken_file_keeps_the_form(workspace: Place, client: FlaskClient) -> None:
    data = {"file": (io.BytesIO(b"PK\x03\x04 nothing"), "people.xlsx")}
    answer = client.post(f"/lists/{made(workspace)}/imports", data=data, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "The file is damaged" in text(answer)
