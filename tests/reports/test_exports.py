"""Each report that can be taken away says in its Excel file what it says in its CSV and on its page."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from app.compose.models import Campaign, Mailing
from app.core import clock
from app.core.db import db
from app.tracking.models import Conversion, ConversionCount
from tests.reports.sample import Fate, mailing
from tests.support.workspaces import Place

Page = Callable[[int, int], str]
PAGES: dict[str, Page] = {
    "statistics by day": lambda one, two: "/statistics?by=day",
    "statistics by month": lambda one, two: "/statistics?by=month",
    "delivery": lambda one, two: f"/reports/{one}/delivery?",
    "comparison": lambda one, two: f"/comparison?ids={one}&ids={two}",
    "audience": lambda one, two: "/statistics/audience?",
    "usage": lambda one, two: "/statistics/usage?",
    "deliverability": lambda one, two: "/statistics/deliverability?",
    "readers": lambda one, two: f"/reports/{one}/readers?",
    "campaign": lambda one, two: "/campaigns/{campaign}/report?",
    "conversions": lambda one, two: "/conversions?",
    "orders": lambda one, two: f"/reports/{one}/orders?",
}
NUMBER = (int, float)


@pytest.fixture
def pages(workspace: Place) -> Callable[[str], str]:
    one, two = mailing(workspace), mailing(workspace, Fate(20, 15, 5, 9, 4), code="b")
    with workspace.inside():
        campaign = Campaign(title="Autumn")
        db.session.add(campaign)
        db.session.flush()
        db.session.execute(sa.update(Mailing).where(Mailing.id.in_([one, two])).values(campaign_id=campaign.id))
        order = Conversion(order_id="A-1", amount=Decimal("39000.50"), at=clock.now(), mailing_id=one, seq=1, link=1)
        count = ConversionCount(mailing_id=one, orders=1, revenue=Decimal("39000.50"))
        db.session.add_all([order, count])
        number = campaign.id
    return lambda name: PAGES[name](one, two).replace("{campaign}", str(number))


def sheets(client: FlaskClient, address: str) -> list[list[list[object]]]:
    answer = client.get(f"{address}&as=xlsx")
    assert answer.status_code == 200
    book = CalamineWorkbook.from_filelike(BytesIO(answer.data))
    return [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]  # type: ignore[misc]


def as_text(value: object) -> object:
    """What CSV says for a cell of Excel, as far as both can say it; shares to four places."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else round(float(value), 4)  # type: ignore[arg-type]


def from_text(text: str, like: object) -> object:
    return round(float(text), 4) if isinstance(like, NUMBER) and text else text


@pytest.mark.parametrize("name", sorted(PAGES))
def test_excel_and_csv_hold_the_same_numbers_as_numbers(
    name: str, client: FlaskClient, pages: Callable[[str], str]
) -> None:
    address = pages(name)
    found = [sheet for sheet in sheets(client, address) if len(sheet) > 1]
    assert found
    told = [list(csv.reader(StringIO(text))) for text in csv_files(client, address)]
    told = [table for table in told if len(table) > 1]
    assert len(found) == len(told)
    for sheet, table in zip(found, told, strict=True):
        assert [str(cell) for cell in sheet[0]] == table[0]
        for row, texts in zip(sheet[1:], table[1:], strict=True):
            assert [as_text(cell) for cell in row] == [from_text(t, c) for t, c in zip(texts, row, strict=True)]
    assert any(isinstance(cell, NUMBER) and cell for sheet in found for row in sheet[1:] for cell in row)


def csv_files(client: FlaskClient, address: str) -> list[str]:
    files, number = [], 0
    while (answer := client.get(f"{address}&as=csv&table={number}")).status_code == 200:
        files.append(answer.data.decode("utf-8-sig"))
        number += 1
    return files


def test_the_periods_of_the_file_add_up_to_the_mailings(client: FlaskClient, pages: Callable[[str], str]) -> None:
    head, *rows = sheets(client, pages("statistics by month"))[0]
    sums = {str(name): sum(int(row[n]) for row in rows) for n, name in enumerate(head) if n}  # type: ignore[call-overload]
    assert (sums["Mailings"], sums["Recipients"]) == (2, 32)
    assert (sums["Delivered"], sums["Bounced"]) == (24, 8)
    assert (sums["Opened"], sums["Clicked"]) == (14, 6)


def test_the_domains_of_the_file_are_those_of_the_ledger(client: FlaskClient, pages: Callable[[str], str]) -> None:
    head, *rows = sheets(client, pages("delivery"))[1]
    assert head[0] == "Domain"
    assert [(row[0], row[1], row[2]) for row in rows] == [("daily.example.com", 9, 3)]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_offers_its_file(name: str, client: FlaskClient, pages: Callable[[str], str]) -> None:
    assert "as=xlsx" in client.get(pages(name)).text


def test_another_workspace_takes_nothing_away(
    client: FlaskClient, other_client: FlaskClient, pages: Callable[[str], str]
) -> None:
    assert other_client.get(f"{pages('delivery')}&as=xlsx").status_code == 404
    assert "daily.example.com" not in other_client.get(f"{pages('comparison')}&as=csv").text
