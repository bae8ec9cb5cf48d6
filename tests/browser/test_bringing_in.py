"""A Korean office brings its people in and aims: a workbook and an old CSV, what is refused, undo, clicks, SQL."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from tests.browser.axe import serious_violations
from tests.browser.conftest import sign_in
from tests.support.workspaces import Place

pytestmark = pytest.mark.browser
MEMBERS = [
    ("이름", "이메일", "지역", "전화번호"),
    ("홍길동", "hong@naver.com", "부산", "01012345678"),
    ("김영희", "kim@daum.net", "부산", "01022223333"),
    ("이몽룡", "lee@gmial.com", "서울", "01044445555"),
    ("성춘향", "chun-hyang", "남원", "01066667777"),
    ("홍길동", "HONG@naver.com", "부산", "01012345678"),
]
CSV = "성명,메일주소\r\n변학도,byun@korea.kr\r\n향단이,hyangdan@korea.kr\r\n방자,bangja@\r\n"


def workbook(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("회원")
        for number, row in enumerate(MEMBERS):
            sheet.write_row(number, 0, row)
    return path


def handed_in(page: Page, path: Path) -> None:
    """Choose the list's page for bringing in, and hand a file in there."""
    page.set_input_files("input[type=file]", str(path))
    page.locator("main form button[type=submit]").click()
    expect(page.locator("select[name=mapping]").first).to_be_visible()


def taken_in(page: Page, run_tasks: Callable[[], None]) -> None:
    """Say yes, see it wait, let the worker work, and be led to the receipt."""
    page.locator("#consent").fill("매장에서 신청서로 받음")
    page.locator("form[action$='/runs'] button[type=submit]:not([formaction])").click()
    expect(page.locator("form[action$='/cancellations']")).to_be_visible()
    run_tasks()
    # The page of the work asks by itself, and goes on to the receipt.
    expect(page.locator("[href='#rejected']")).to_be_visible(timeout=20_000)


def refused(page: Page) -> bytes:
    with page.expect_download() as coming:
        page.locator("a[href$='/rejects']").click()
    return Path(coming.value.path()).read_bytes()


@pytest.mark.parametrize("width", [1280, 390])
def test_people_come_in_and_are_aimed_at(
    new_workspace: Callable[..., Place],
    other_workspace: Place,
    page: Page,
    address_of: Callable[[Place], str],
    run_tasks: Callable[[], None],
    tmp_path: Path,
    width: int,
) -> None:
    place = new_workspace(locale="ko")
    home = address_of(place)
    sign_in(page, place, home)
    page.set_viewport_size({"width": width, "height": 860})
    page.goto(f"{home}/lists/new")
    page.locator("#title").fill("단골 손님")
    page.locator("main form button[type=submit]").click()
    here = page.url

    page.goto(f"{here}/imports/new")
    handed_in(page, workbook(tmp_path / "회원.xlsx"))
    expect(page.locator(".lede")).to_contain_text("3")
    expect(page.get_by_text("gmail.com")).to_be_visible()
    page.locator("select[name=mapping]").nth(2).select_option("new")
    expect(page.locator("select[name=mapping]").nth(2)).not_to_have_value(re.compile("ignore|new"))
    assert serious_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    taken_in(page, run_tasks)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(refused(page))).get_sheet_by_index(0).to_python()
    assert [row[:2] for row in sheet[1:]] == [["성춘향", "chun-hyang"], ["홍길동", "HONG@naver.com"]]

    page.goto(f"{here}/imports/new")
    (tmp_path / "관아.csv").write_bytes(CSV.encode("cp949"))
    handed_in(page, tmp_path / "관아.csv")
    expect(page.locator("select[name=encoding]")).to_have_value("cp949")
    expect(page.get_by_role("rowheader", name="byun@korea.kr")).to_be_visible()
    taken_in(page, run_tasks)
    assert "bangja@" in refused(page).decode("cp949")
    receipt = page.url
    page.locator("[data-dialog='undo-import']").click()
    page.locator("form[action$='/undos'] button[type=submit]").click()
    run_tasks()
    page.goto(here)
    expect(page.get_by_text("hong@naver.com")).to_be_visible()
    expect(page.get_by_text("byun@korea.kr")).to_have_count(0)

    page.goto(f"{home}/segments/new")
    page.locator("button[name=do][value^='add']").first.click()
    page.locator("[name='q.0.what']").select_option(label="지역")
    page.locator("[name='q.0.value']").fill("부산")
    page.keyboard.press("Tab")
    expect(page.locator("#bench output")).to_contain_text("2")
    page.goto(f"{home}/segments/new?sql=")
    page.locator("#sql").fill("name LIKE '홍%' OR EXISTS (SELECT 1 FROM accounts)")
    page.locator("#try").click()
    expect(page.locator("mark")).to_have_text("accounts")
    page.locator("#sql").fill("name LIKE '홍%'")
    page.locator("#try").click()
    expect(page.locator("#bench output")).to_contain_text("1")

    stranger = other_workspace.client()
    assert [stranger.get(url.removeprefix(home)).status_code for url in (here, receipt)] == [404, 404]
    assert "hong@naver.com" not in stranger.get("/contacts").text
