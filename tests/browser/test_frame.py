"""The frame in a real browser: keyboard, kept drafts, dialogs, the editor, both themes, and nobody shut out (axe)."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from app.web.gallery import ERRORS, PAGES
from tests.browser.axe import serious_violations
from tests.support.frame import frame_app

pytestmark = pytest.mark.browser
WEIGHT = 200 * 1024


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, frame_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/gallery"
    server.shutdown()
    thread.join()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page_name", [*PAGES, *map(str, ERRORS)])
def test_nobody_is_shut_out(page: Page, address: str, page_name: str, theme: str) -> None:
    page.goto(f"{address}/{page_name}?theme={theme}")
    assert serious_violations(page) == []


@pytest.mark.parametrize("page_name", PAGES)
def test_page_fits_a_phone(page: Page, address: str, page_name: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/{page_name}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("language", ["ko", "en"])
def test_page_weighs_less_than_it_may(page: Page, address: str, language: str) -> None:
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(int(response.headers.get("content-length", 0))))
    page.goto(f"{address}/index?lang={language}", wait_until="networkidle")
    assert sum(sizes) < WEIGHT


def test_auto_theme_follows_the_system(page: Page, address: str) -> None:
    page.goto(f"{address}/index?theme=auto")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(background) != light


def test_keys_search_go_and_list_themselves(page: Page, address: str) -> None:
    page.goto(f"{address}/index")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.type("gl?")
    expect(page.locator("[data-search]")).to_have_value("gl?")
    page.locator("[data-search]").blur()
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.wait_for_url("**/lists/index")


def test_focus_moves_to_the_summed_errors(page: Page, address: str) -> None:
    page.goto(f"{address}/all")
    expect(page.locator("[data-focus]")).to_be_focused()


def test_what_was_typed_survives_a_reload_and_can_be_discarded(page: Page, address: str) -> None:
    page.goto(f"{address}/steps?lang=en")
    page.get_by_label("Subject").fill("Breaking news")
    page.get_by_label("Send me the report").uncheck()
    page.reload()
    expect(page.get_by_label("Subject")).to_have_value("Breaking news")
    expect(page.get_by_label("Send me the report")).not_to_be_checked()
    page.get_by_role("button", name="Discard it").click()
    page.reload()
    expect(page.get_by_label("Subject")).to_have_value("")


def test_dialog_says_what_will_happen_and_lets_go(page: Page, address: str) -> None:
    page.goto(f"{address}/detail?lang=en")
    page.get_by_role("button", name="Cancel the rest").click()
    expect(page.get_by_role("button", name="Cancel for 5,724 people")).to_be_visible()
    page.get_by_role("button", name="Go back").click()
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_bulk_bar_comes_with_the_first_tick_and_counts(page: Page, address: str) -> None:
    page.goto(f"{address}/index?lang=en")
    expect(page.locator(".bulk-bar")).to_be_hidden()
    page.locator("[data-bulk-item]").first.check()
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.locator("[data-bulk-all]").check()
    expect(page.get_by_text("6 selected")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".bulk-bar")).to_be_hidden()


def test_editor_writes_into_the_form_and_inserts_merge_tags(page: Page, address: str) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/editor?lang=en")
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("<p>")
    page.get_by_role("button", name="Name", exact=True).click()
    assert page.locator("textarea[name=body]").input_value().endswith("<p>{{name|고객}}</p>")
    assert complaints == []


def test_without_scripts_the_body_is_a_plain_field(page_without_scripts: Page, address: str) -> None:
    page = page_without_scripts
    page.goto(f"{address}/editor?lang=en")
    expect(page.locator("textarea[name=body]")).to_be_editable()
