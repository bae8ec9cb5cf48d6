"""A segment by clicks in a real browser: by keyboard, at the width of a phone, SQL refused and accepted."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from app.lists import service
from app.lists.service import Person
from tests.browser.axe import serious_violations
from tests.support.workspaces import Place

pytestmark = pytest.mark.browser


@pytest.fixture
def address(workspace: Place) -> Iterator[str]:
    with workspace.inside():
        list_id = service.create_list("", title="News").id
        for name in ("Kim A", "Kim B", "Lee C"):
            service.add_person(list_id, Person(f"{name[-1].lower()}@example.com", name), consent="asked")
    server = make_server("127.0.0.1", 0, workspace.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def signed_in(workspace: Place, page: Page, address: str) -> Page:
    client = workspace.client()
    cookie = next(iter(client._cookies.values()))
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
    return page


@pytest.mark.parametrize("width", [1280, 390])
def test_a_segment_is_built_by_clicks_and_counted_after_each(signed_in: Page, address: str, width: int) -> None:
    page = signed_in
    page.set_viewport_size({"width": width, "height": 860})
    page.goto(f"{address}/segments/new")
    expect(page.locator("#bench output")).to_contain_text("3 people fit")
    page.get_by_role("button", name="Add a condition").focus()
    page.keyboard.press("Enter")
    page.locator("[name='q.0.what']").select_option("name")
    page.locator("[name='q.0.is']").select_option("starts")
    page.locator("[name='q.0.value']").fill("Kim")
    page.keyboard.press("Tab")
    expect(page.locator("#bench output")).to_contain_text("2 people fit")
    page.get_by_role("button", name="Add a group").first.click()
    expect(page.locator("[name='q.1.join']")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert serious_violations(page) == []
    page.get_by_role("button", name="Remove the group").click()
    expect(page.locator("[name='q.1.join']")).to_have_count(0)
    expect(page.locator("#bench output")).to_contain_text("2 people fit")
    page.locator("#title").fill("The Kims")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="The Kims")).to_be_visible()


def test_sql_is_refused_at_its_word_and_then_accepted(signed_in: Page, address: str) -> None:
    page = signed_in
    page.goto(f"{address}/segments/new?sql=")
    page.locator("#sql").fill("name LIKE 'Kim%' AND pg_sleep(9) IS NULL")
    page.get_by_role("button", name="Count").click()
    expect(page.locator("mark")).to_have_text("pg_sleep")
    page.locator("#sql").fill("name LIKE 'Kim%'")
    page.get_by_role("button", name="Count").click()
    expect(page.locator("#bench output")).to_contain_text("2 people fit")
