"""Charts: each kind draws its numbers for wide and narrow, light and dark, and can be read and taken away."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from app.reports import charts
from app.reports.charts import Chart, Frame, Part, Series, Spread
from app.reports.saving import file_name
from app.reports.shapes import text_width
from app.reports.theme import VARIABLES
from tests.reports.sample import mailing
from tests.support.workspaces import Place

HOURS = Frame(("6:00", "9:00", "12:00"), x_title="Hour", y_title="Times")
OPENS = Series("Opens", (3, 20, 5))
CLICKS = Series("Clicks", (1, 4, 2), charts.GREEN)
PARTS = [Part("naver.com", 600), Part("gmail.com", 300), Part("daum.net", 100)]
NUMBER = re.compile(r"^[\d,]+$")
KINDS: dict[str, Chart] = {
    "lines": charts.lines([OPENS, CLICKS], HOURS, alt="x"),
    "areas": charts.areas([OPENS, CLICKS], HOURS, alt="x"),
    "columns": charts.columns([OPENS], HOURS, alt="x"),
    "stacked columns": charts.columns([OPENS, CLICKS], HOURS, alt="x", stacked=True),
    "bars": charts.bars([OPENS, CLICKS], HOURS, alt="x"),
    "stacked bars": charts.bars([OPENS, CLICKS], HOURS, alt="x", stacked=True),
    "donut": charts.donut(PARTS, alt="x"),
    "treemap": charts.treemap(PARTS, alt="x"),
    "funnel": charts.funnel(PARTS, alt="x"),
    "gauge": charts.gauge(Part("Used", 820), most=1000, alt="x"),
    "boxes": charts.boxes([Spread("Mon", 1, 20, 30, 40, 90), Spread("Tue", 2, 21, 31, 41, 91)], alt="x"),
    "dots": charts.dots([OPENS, CLICKS], Frame(HOURS.labels), alt="x"),
    "radar": charts.radar([OPENS, CLICKS], HOURS, alt="x"),
    "pyramid": charts.pyramid(OPENS, CLICKS, HOURS, alt="x"),
}


def values_in(svg: ElementTree.Element) -> list[str]:
    """What the browser says at each shape."""
    return [title.text or "" for title in svg.iter() if title.tag.endswith("title")]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_draws_both_widths_in_the_pages_own_colours(kind: str) -> None:
    page = KINDS[kind].on_page()
    assert page.count("<svg") == page.count('role="img"') == page.count('aria-label="x"') == 2
    assert "<script" not in page
    assert not [color for color in VARIABLES if color in re.sub(r"light-dark\(.*?\)", "", page)]
    assert "var(--accent)" in page


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_says_its_numbers_at_its_shapes_and_in_its_table(kind: str) -> None:
    chart = KINDS[kind]
    numbers = {f"{value:,.0f}" for row in chart.series for value in row.values if value is not None}
    table = chart.table()
    assert {cell for row in table.rows for cell in row[1:]} == numbers
    assert all(len(row) == len(table.head) for row in table.rows)
    said = " ".join(values_in(ElementTree.fromstring(chart.svg())))
    # A line has no shapes to point at; its numbers are in the table.
    assert kind in ("lines", "areas") or all(number in said for number in numbers)


def test_a_boxs_quartiles_are_those_it_was_given() -> None:
    said = values_in(ElementTree.fromstring(KINDS["boxes"].svg()))
    assert "Mon: 1 · 20 · 30 · 40 · 90" in said


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_stands_by_itself_as_a_file_and_as_a_picture(kind: str) -> None:
    root = ElementTree.fromstring(KINDS[kind].svg())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("width") == "1120"
    assert "var(" not in KINDS[kind].svg()
    assert KINDS[kind].png(400, 200).startswith(b"\x89PNG")


def test_the_smallest_of_many_parts_become_one() -> None:
    many = [Part(f"class {n}", n) for n in range(1, 11)]
    rows = charts.donut(many, alt="x", others="The rest").table().rows
    assert [row[0] for row in rows] == ["class 10", "class 9", "class 8", "class 7", "class 6", "The rest"]
    assert rows[-1][1] == "15"


def test_a_pyramids_first_side_is_on_the_left() -> None:
    root = ElementTree.fromstring(charts.pyramid(OPENS, CLICKS, HOURS, alt="x").svg())
    bars = [rect for rect in root.iter() if rect.get("class") == "rect reactive tooltip-trigger"]
    left, right = bars[:3], bars[3:]
    assert max(float(bar.get("x", 0)) for bar in left) < min(float(bar.get("x", 0)) for bar in right)


def test_shares_have_a_decimal_and_their_sign() -> None:
    chart = charts.bars([Series("Opened", (41.25, 8.0))], Frame(("A", "B"), unit="%"), alt="x")
    assert [row[1] for row in chart.table().rows] == ["41.2%", "8%"]


def test_nothing_at_all_is_drawn_as_an_empty_chart() -> None:
    assert charts.columns([Series("Sent", (0, 0, 0))], HOURS, alt="x").on_page().count("<svg") == 2


def test_korean_letters_are_known_to_be_wider() -> None:
    assert text_width("열람", 10) == 20 > text_width("ab", 10)


def links(page: str, form: str) -> list[str]:
    return [found.replace("&amp;", "&") for found in re.findall(rf'href="(\?[^"]*save=\d+\.{form})"', page)]


def test_each_chart_of_a_page_can_be_saved_as_svg_and_as_png(client: FlaskClient, workspace: Place) -> None:
    address = f"/reports/{mailing(workspace)}"
    page = client.get(address).text
    assert len(links(page, "svg")) == len(links(page, "png")) == page.count('class="exhibit"') == 3
    for link in links(page, "svg"):
        answer = client.get(address + link)
        assert answer.mimetype == "image/svg+xml"
        assert ElementTree.fromstring(answer.data).tag.endswith("svg")
        assert "attachment" in answer.headers["Content-Disposition"]
    png = client.get(address + links(page, "png")[1])
    assert png.mimetype == "image/png"
    assert png.data.startswith(b"\x89PNG")


def test_a_saved_chart_keeps_what_the_page_was_asked_for(client: FlaskClient, workspace: Place) -> None:
    mailing(workspace)
    link = links(client.get("/statistics?by=year").text, "svg")[0]
    assert link == "?by=year&save=0.svg"
    assert "9 mails in 1 mailings" in client.get(f"/statistics{link}").text


@pytest.mark.parametrize("wanted", ["99.svg", "0.gif", "x", ""])
def test_a_chart_that_the_page_does_not_have_is_the_page(client: FlaskClient, workspace: Place, wanted: str) -> None:
    answer = client.get(f"/reports/{mailing(workspace)}?save={wanted}")
    assert answer.mimetype == "text/html"


def test_another_workspace_gets_no_chart(workspace: Place, client: FlaskClient, other_client: FlaskClient) -> None:
    address = f"/reports/{mailing(workspace)}?save=0.png"
    assert client.get(address).mimetype == "image/png"
    assert other_client.get(address).status_code == 404


def test_a_file_is_called_like_its_finding() -> None:
    assert file_name("“Today/now” was opened most (41.2%), surely") == "Todaynow was opened most (41.2), surely"
    assert file_name("가장 많이 열람") == "가장 많이 열람"
    assert file_name('"/"') == "chart"


def test_a_whole_of_one_part_can_be_drawn() -> None:
    assert "<svg" in charts.donut([charts.Part("Mailbox full", 12)], alt="All of one kind").on_page()
