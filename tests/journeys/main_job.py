"""A stranger signs up, pastes a list, writes, sends, reads the mail, clicks, sees the report: all of it in Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import serious_violations
from tests.support.live import Live

EMAIL = "owner@harbour.example"
PASSWORD = "seagulls over the harbour bridge"
ROWS = """이메일\t이름
reader-one@harbour.example\t김하나
reader-two@harbour.example\t이두리
not an address\t박세찌
reader-one@harbour.example\t김하나
bounce+three@harbour.example\t최네찌
"""
BODY = (
    "<h1>Harbour News</h1><p>Good morning {{name|reader}}.</p>"
    '<p><a href="https://example.com/bridge">The bridge</a></p>'
)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 860}, reduced_motion="reduce") as made:
        yield made.new_page()


def test_from_sign_up_to_the_report(page: Page, live_service: Live) -> None:
    sign_up(page, live_service)
    verify(page, live_service)
    make_list(page)
    paste(page)
    write(page, live_service)
    send(page)
    letter = live_service.message("reader-one@harbour.example", subject="Bridge")
    check_letter(letter, live_service)
    follow_the_link(live_service, letter)
    see_the_report(page)
    live_service.message(EMAIL, subject="Bridge")
    leave(page, live_service, letter)


def sign_up(page: Page, live: Live) -> None:
    page.goto(live.site)
    page.get_by_role("link", name="Make a workspace").first.click()
    page.fill("input[name=email]", EMAIL)
    page.fill("input[name=password]", PASSWORD)
    page.fill("input[name=workspace_name]", "Harbour News")
    page.fill("input[name=slug]", "harbour")
    page.get_by_role("main").get_by_role("button").last.click()
    expect(page.get_by_role("main")).to_contain_text(EMAIL)


def verify(page: Page, live: Live) -> None:
    letter = live.message(EMAIL)
    link = re.search(r"https?://\S+/verifications/\S+", letter["text"])
    assert link is not None
    page.goto(link[0])
    if page.locator("input[name=password]").count():
        page.fill("input[name=password]", PASSWORD)
    page.get_by_role("main").get_by_role("button").last.click()
    page.wait_for_url(re.compile(r"//harbour\.localhost:\d+/"))


def make_list(page: Page) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Lists").first.click()
    page.get_by_role("link", name="New list").first.click()
    page.fill("input[name=title]", "Morning readers")
    page.get_by_role("main").get_by_role("button", name=re.compile("list|Save", re.I)).last.click()
    expect(page.get_by_role("main")).to_contain_text("Morning readers")


def paste(page: Page) -> None:
    main = page.get_by_role("main")
    page.get_by_role("link", name="Bring people in").click()
    page.fill("textarea", ROWS)
    page.get_by_role("button", name="Look at it").click()
    expect(main).to_contain_text("not an address")
    page.fill("[name=consent]", "They asked for the newsletter at the counter.")
    page.get_by_role("button", name="Take in 3 people").click()
    expect(main).to_contain_text(re.compile("3 (people|new|added)", re.I), timeout=20_000)


def write(page: Page, live: Live) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Compose").first.click()
    page.get_by_role("link", name="New mail").first.click()
    page.fill("input[name=subject]", "Bridge opens, {{name|reader}}")
    page.fill("input[name=sender_name]", "Harbour News")
    page.fill("input[name=sender_address]", "news@harbour.example")
    page.get_by_role("button", name="Save and write the body").click()
    page.wait_for_url(re.compile(r"/body$"))
    page.locator("button[name=start][value=html]").click()
    page.locator("textarea[name=html]").evaluate(
        "(field, text) => { field.value = text; field.dispatchEvent(new Event('input', {bubbles: true})); }", BODY
    )
    fill_editor(page)
    page.get_by_role("button", name="Save and look at it").click()
    page.get_by_role("link", name="Choose recipients").click()
    page.get_by_label("Morning readers").first.check()
    expect(page.locator("output.audience")).to_contain_text("3")
    page.get_by_role("button", name="Save and look at the mail").click()
    page.select_option("#contact", label="김하나 · reader-one@harbour.example")
    expect(page.frame_locator("iframe.mail-frame").locator("body")).to_contain_text("Good morning 김하나.")
    page.fill("input[name=addresses]", "colleague@harbour.example")
    page.get_by_role("button", name="Send the test").click()
    live.message("colleague@harbour.example", subject="[Test] Bridge opens, 김하나")


def fill_editor(page: Page, body: str = BODY) -> None:
    """The upgraded editor keeps its own text: write into it as a person does."""
    editor = page.locator(".cm-content")
    if editor.count():
        editor.first.click()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.insert_text(body)


def send(page: Page) -> None:
    page.get_by_role("link", name="On to sending").click()
    page.get_by_role("button", name="Send to 3 people now").click()
    page.wait_for_url(re.compile(r"/mailings/\d+$"))


def check_letter(letter: dict[str, object], live: Live) -> None:
    headers = {str(name).lower(): str(value) for name, value in dict(letter["headers"]).items()}  # type: ignore[call-overload]
    assert letter["subject"] == "Bridge opens, 김하나"
    assert "Good morning 김하나." in str(letter["html"])
    assert "Good morning 김하나." in str(letter["text"])
    assert headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert f"{live.workspace('harbour')}/t/u/" in headers["list-unsubscribe"]


def follow_the_link(live: Live, letter: dict[str, object]) -> None:
    """The click is counted and leads on; where it leads is not on this machine."""
    html = str(letter["html"])
    click = re.search(r'href="([^"]+/t/c/[^"]+)"', html)
    pixel = re.search(r'src="([^"]+/t/o/[^"]+)"', html)
    assert click is not None
    assert pixel is not None
    agent = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"}
    assert live.get(unescape(pixel[1]), agent)[0] == 200
    status, headers = live.get(unescape(click[1]), agent)
    assert status in (302, 303)
    assert headers["location"] == "https://example.com/bridge"


def see_the_report(page: Page) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Status").first.click()
    page.get_by_role("link", name=re.compile("Bridge opens")).first.click()
    main = page.get_by_role("main")
    for _ in range(30):
        if "clicked" in main.inner_text() and re.search(r"1 of 2 people opened it", main.inner_text()):
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(main).to_contain_text("1 of 2 people opened it, 1 clicked")
    expect(main).to_contain_text("User unknown")
    expect(main.locator("svg").first).to_be_visible()


def leave(page: Page, live: Live, letter: dict[str, object]) -> None:
    """The page asks, the button does, and the next mail has one recipient fewer."""
    link = re.search(r'href="([^"]+/t/u/[^"]+)"', str(letter["html"]))
    assert link is not None
    page.goto(link[1])
    found = serious_violations(page)
    assert not found, found
    page.get_by_role("main").get_by_role("button").first.click()
    found = serious_violations(page)
    assert not found, found
    page.goto(live.workspace("harbour") + "/patterns/new")
    page.get_by_label("Morning readers").first.check()
    expect(page.locator("output.audience")).to_contain_text("1")
