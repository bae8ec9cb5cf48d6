"""The suppression list as a file: out of other systems, and out of here and back."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter
from flask.testing import FlaskClient

from app.lists import queries, service, suppression_files
from app.lists.service import Person
from tests.support.workspaces import Place

SEOUL = ZoneInfo("Asia/Seoul")
KOREAN = (
    "이메일,사유,등록일\r\nhong@example.com,반송,2025-03-01\r\nKim@Example.com,수신거부,2025.4.2\r\n"
    "bad line,반송,\r\nwho@example.com,우리와 다툼,\r\n"
)


def workbook(*rows: tuple[str, ...]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return out.getvalue()


def entries() -> dict[str, tuple[str, str]]:
    return {row.address_key: (row.reason, row.note) for row in queries.suppressions()}


def test_a_korean_file_of_another_system_is_understood(workspace: Place) -> None:
    with workspace.inside():
        service.suppress_address("kim@example.com", note="ours")
        receipt = suppression_files.take_in(KOREAN.encode("cp949"))
        assert (receipt.added, receipt.known, receipt.rejected) == (2, 1, 1)
        assert receipt.told == [(4, "bad line 반송 ")]
        assert entries() == {
            "hong@example.com": ("hard_bounce", ""),
            "kim@example.com": ("manual", "ours"),
            "who@example.com": ("manual", "우리와 다툼"),
        }
        since = {row.address_key: row.created_at for row in queries.suppressions()}
        assert since["hong@example.com"] == datetime(2025, 3, 1, tzinfo=SEOUL)


def test_lines_without_titles_and_domains(workspace: Place) -> None:
    with workspace.inside():
        receipt = suppression_files.take_in("a@example.com\nbad.kr\n*.worse.kr\n@한국.kr\n\na@example.com\n".encode())
        assert (receipt.added, receipt.known, receipt.rejected) == (4, 1, 0)
        covered = [queries.suppression_of(key) is not None for key in ("x@bad.kr", "x@m.bad.kr", "x@m.worse.kr")]
        assert covered == [True, False, True]
        assert "@xn--3e0b707e.kr" in entries()


def test_a_workbook_does_as_well(workspace: Place) -> None:
    with workspace.inside():
        content = workbook(("Reason", "Recipient"), ("Spam complaint", "a@example.com"))
        assert suppression_files.take_in(content).added == 1
        assert entries() == {"a@example.com": ("complaint", "")}


@pytest.mark.parametrize("locale", ["en", "ko"])
def test_what_is_given_out_is_taken_in_again(workspace: Place, other_workspace: Place, locale: str) -> None:
    with workspace.inside():
        people = [service.add_person(service.create_list("", title="News").id, Person("gone@example.com"), consent="y")]
        service.delete_contacts([person.id for person in people])
        service.suppress_address("a@example.com", note="=cmd()").reason = "complaint"
        service.suppress_domain("bad.kr", subdomains=True, note="rude")
        service.suppress_domain("plain.kr")
        before = {row.address_key: (row.reason, row.subdomains, row.created_at) for row in queries.suppressions()}
    client = workspace.client()
    answer = client.get("/suppressions/file.csv", headers={"Accept-Language": locale})
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert [row[0] for row in rows[1:]] == ["*.bad.kr", "plain.kr", "a@example.com"]
    assert rows[3][2] == "'=cmd()"
    with other_workspace.inside():
        assert suppression_files.take_in(answer.data).rejected == 0
        after = {row.address_key: (row.reason, row.subdomains, row.created_at) for row in queries.suppressions()}
    assert {key: value[:2] for key, value in after.items()} == {
        key: value[:2] for key, value in before.items() if not key.startswith("#")
    }
    assert all(abs((after[key][2] - before[key][2]).total_seconds()) < 1 for key in after)


def test_the_pages_take_in_and_tell(workspace: Place, client: FlaskClient, other_client: FlaskClient) -> None:
    assert "/suppressions/imports/new" in client.get("/suppressions").text
    page = client.post("/suppressions/imports", data={"text": "a@example.com\nnobody"}).text
    assert ("Neither an address nor a domain" in page, "nobody" in page) == (True, True)
    sent = {"file": (io.BytesIO(b"b@example.com\n"), "out.csv")}
    assert client.post("/suppressions/imports", data=sent, content_type="multipart/form-data").status_code == 200
    assert "b@example.com" in client.get("/suppressions").text
    assert "a@example.com" not in other_client.get("/suppressions").text
    assert "a@example.com" not in other_client.get("/suppressions/file.csv").text
    with workspace.inside():
        assert len(entries()) == 2


@pytest.mark.parametrize(
    ("text", "said"), [("", "Paste at least one address"), ("one\ntwo", "No column with addresses")]
)
def test_what_cannot_be_taken_in_is_said(client: FlaskClient, text: str, said: str) -> None:
    answer = client.post("/suppressions/imports", data={"text": text})
    assert (answer.status_code, said in answer.text) == (422, True)
