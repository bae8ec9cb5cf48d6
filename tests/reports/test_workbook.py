"""The Excel file says what the report says, in real types."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from app.core import clock
from app.reports import people, workbook
from tests.reports.sample import Fate, mailing
from tests.support.mailings import make_list, schedule
from tests.support.mailings import people as addresses
from tests.support.workspaces import Place


def download(client: FlaskClient, mailing_id: int) -> bytes:
    answer = client.get(f"/reports/{mailing_id}/report.xlsx")
    assert answer.status_code == 200
    return answer.data


def test_it_holds_the_same_numbers_as_numbers_and_times_as_times(client: FlaskClient, workspace: Place) -> None:
    book = CalamineWorkbook.from_filelike(BytesIO(download(client, mailing(workspace))))
    assert book.sheet_names == ["Report", "Time", "Links", "People"]
    facts = {row[0]: row[1] for row in book.get_sheet_by_name("Report").to_python()}
    assert (facts["Recipients"], facts["Delivered"], facts["Bounced"]) == (12, 9, 3)
    assert (facts["Opened"], facts["Clicked"], facts["Opens by machines"]) == (5, 2, 1)
    assert isinstance(facts["Planned for"], datetime)
    assert facts["In words"] == "5 of 9 people opened it, 2 clicked."
    times = book.get_sheet_by_name("Time").to_python()[1:]
    assert (sum(row[1] for row in times), sum(row[2] for row in times)) == (5, 2)
    assert isinstance(times[0][0], datetime)


def test_every_recipient_is_in_it(client: FlaskClient, workspace: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "EXPORT_PAGE", 4)
    book = CalamineWorkbook.from_filelike(BytesIO(download(client, mailing(workspace))))
    head, *rows = book.get_sheet_by_name("People").to_python()
    assert head[0] == "E-mail address"
    assert [row[0] for row in rows] == [f"reader{n}@daily.example.com" for n in range(1, 13)]
    assert [row[2] for row in rows].count("Delivered") == 9
    assert isinstance(rows[0][6], datetime)


def test_more_people_than_a_sheet_holds_go_on_the_next(
    client: FlaskClient, workspace: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "ROWS_A_SHEET", 6)
    book = CalamineWorkbook.from_filelike(BytesIO(download(client, mailing(workspace))))
    assert book.sheet_names[3:] == ["People", "People 2", "People 3"]
    assert [len(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names[3:]] == [6, 6, 3]


def test_it_has_a_chart_of_excels_own(client: FlaskClient, workspace: Place) -> None:
    with ZipFile(BytesIO(download(client, mailing(workspace)))) as parts:
        chart = parts.read("xl/charts/chart1.xml").decode()
    assert "lineChart" in chart
    assert "Half of the opens came within the first hour" in chart


def test_what_has_not_begun_has_no_workbook(client: FlaskClient, workspace: Place, other_client: FlaskClient) -> None:
    begun = mailing(workspace, Fate())
    waiting = schedule(workspace, [make_list(workspace, addresses(3), code="w")], at=clock.now())
    assert client.get(f"/reports/{waiting}/report.xlsx").status_code == 404
    assert other_client.get(f"/reports/{begun}/report.xlsx").status_code == 404
