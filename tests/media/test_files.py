"""Files that go with mails: what they are by their content, which are refused, and how they are given out."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable
from zipfile import ZipFile

import pytest
from werkzeug.test import Client

from app.media import files, queries
from app.media.files import FileTooLarge, add_file, drop_files
from app.media.kinds import NoFile, Runs, RunsInside, content_type, safe_name
from app.media.queries import NoRoom
from app.media.store import store
from tests.support.workspaces import Place

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
OFFICE = "application/vnd.openxmlformats-officedocument."


def zipped(*names: str, **contents: bytes) -> bytes:
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
        for name in names:
            archive.writestr(name, b"x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (PDF, "보고서.doc", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n..", "a.pdf", "image/png"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "a.xlsx", f"{OFFICE}spreadsheetml.sheet"),
        (zipped("[Content_Types].xml", "word/document.xml"), "a.docx", f"{OFFICE}wordprocessingml.document"),
        (zipped(mimetype=b"application/hwp+zip"), "공문.hwpx", "application/hwp+zip"),
        (zipped("a.txt"), "a.zip", "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 20, "공문.hwp", "application/x-hwp"),
        ("이름,전화\n".encode("cp949"), "a.csv", "text/csv"),
        ("안녕하세요".encode(), "a", "text/plain"),
        (b"BEGIN:VCALENDAR\r\n", "a.ics", "text/calendar"),
        (b"\0\1\2", "a.txt", "application/octet-stream"),
    ],
    ids=["pdf", "png", "xlsx", "docx", "hwpx", "zip", "hwp", "csv", "text", "ics", "unknown"],
)
def test_a_file_is_what_its_content_says(content: bytes, name: str, kind: str) -> None:
    assert content_type(content, name) == kind


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"MZ\x90\0", "invoice.pdf"),
        (b"\x7fELF", "picture.png"),
        (b"#!/bin/sh\n", "notes.txt"),
        (b"anything", "setup.EXE"),
        (b"\xef\xbb\xbf <!DOCTYPE html><p>", "letter.txt"),
        (b"<?xml version='1.0'?><svg>", "logo.xml"),
        (b"PK\x03\x04", "budget.xlsm"),
    ],
)
def test_what_runs_is_refused_whatever_it_is_called(content: bytes, name: str) -> None:
    with pytest.raises(Runs):
        content_type(content, name)


@pytest.mark.parametrize("name", ["invoice.pdf.js", "docs/setup.msi", "word/vbaProject.bin"])
def test_an_archive_with_a_program_in_it_is_refused(name: str) -> None:
    with pytest.raises(RunsInside):
        content_type(zipped("a.txt", name), "papers.zip")


def test_an_empty_file_is_none() -> None:
    with pytest.raises(NoFile):
        content_type(b"", "a.txt")


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("보고서 3월.pdf", "보고서 3월.pdf"),
        (unicodedata.normalize("NFD", "보고서.pdf"), "보고서.pdf"),
        ("C:\\Users\\kim\\a.pdf", "a.pdf"),
        ("../../etc/passwd", "passwd"),
        ("cod\u202efdp.txt", "cod_fdp.txt"),
        ('a"b\r\nBcc: x.pdf', "a_b__Bcc_ x.pdf"),
        ("...", "file"),
        ("", "file"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        (".pdf", "pdf"),
    ],
    ids=["korean", "apart", "windows", "path", "turned", "lines", "dots", "nothing", "long", "bare"],
)
def test_names_are_safe_and_hangul_is_whole(given: str, safe: str) -> None:
    assert safe_name(given) == safe


def test_the_same_file_under_a_name_is_kept_once(workspace: Place) -> None:
    with workspace.inside():
        assert add_file(PDF, title="a.pdf").id == add_file(PDF, title="a.pdf").id
        assert add_file(PDF, title="b.pdf").id != add_file(PDF, title="a.pdf").id
        assert [each.title for each in queries.all_files()] == ["a.pdf", "b.pdf"]


def test_files_count_in_the_room_of_the_plan(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with workspace.inside():
        add_file(PDF, title="a.pdf")
        assert queries.room()[0] == len(PDF)
        monkeypatch.setattr(queries, "room", lambda: (99, 100))
        with pytest.raises(NoRoom):
            add_file(PDF, title="b.pdf")


def test_a_file_has_a_largest_size(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 10)
    with workspace.inside(), pytest.raises(FileTooLarge):
        add_file(PDF, title="a.pdf")


def test_readers_save_a_file_and_other_workspaces_do_not_have_it(
    workspace: Place, anonymous: Client, other_client: Client, run_tasks: Callable[[], None]
) -> None:
    with workspace.inside():
        kept = add_file(PDF, title="보고서 3월.pdf")
        name, number = kept.name, kept.id
    assert len(name.partition(".")[0]) == 32
    answer = anonymous.get(f"/m/{name}")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "application/pdf", PDF)
    saved_as = "attachment; filename*=UTF-8''%EB%B3%B4%EA%B3%A0%EC%84%9C%203%EC%9B%94.pdf"
    assert answer.headers["Content-Disposition"] == saved_as
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert other_client.get(f"/m/{name}").status_code == 404
    with workspace.inside():
        drop_files([number])
    run_tasks()
    assert anonymous.get(f"/m/{name}").status_code == 404
    with workspace.inside():
        assert store().get(name) is None
