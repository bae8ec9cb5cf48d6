"""Every page of the demonstration workspace, in a browser: nobody is shut out, nothing complains or sticks out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response

from tests.browser.axe import serious_violations
from tests.support.live import DEMO_PASSWORD, Live

START = ("/", "/lists", "/mailings", "/status", "/templates", "/settings")
SITE = ("/", "/sign-up", "/sign-in", "/workspaces/find")
DOORS = ("/sign-in", "/password-resets")
MOST = 60
# A page of each kind is enough: numbers in addresses are alike.
DOWNLOAD = re.compile(r"\.(csv|xlsx|png|svg)(\?|$)|/export/")
NUMBER = re.compile(r"/\d+")


@pytest.fixture(scope="module")
def addresses(chromium: Browser, live_service: Live) -> list[str]:
    """One address of each kind that the navigation leads to, found by following links."""
    with signed_in(chromium, live_service, locale="en-GB") as context:
        return crawl(context, live_service.workspace())


def signed_in(chromium: Browser, live: Live, **options: object) -> BrowserContext:
    context = chromium.new_context(reduced_motion="reduce", **options)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(live.workspace() + "/sign-in")
    page.fill("input[name=email]", "demo@daily-park.example")
    page.fill("input[name=password]", DEMO_PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(live.workspace() + "/")
    page.close()
    return context


def crawl(context: BrowserContext, home: str) -> list[str]:
    page, seen, found = context.new_page(), set(), []
    waiting = [home + path for path in START]
    while waiting and len(found) < MOST:
        address = waiting.pop(0)
        kind = NUMBER.sub("/N", urlsplit(address).path)
        if kind in seen:
            continue
        seen.add(kind)
        answer = page.goto(address)
        if answer is None or not _is_page(answer):
            continue
        found.append(address)
        waiting += list(_links(page, home))
    page.close()
    return found


def _is_page(answer: Response) -> bool:
    """A mail as its readers see it is none: it is sandboxed, and no script may look at it, axe's neither."""
    kind, policy = (answer.headers.get(name, "") for name in ("content-type", "content-security-policy"))
    return "text/html" in kind and "sandbox" not in policy


def _links(page: Page, home: str) -> Iterator[str]:
    for target in page.eval_on_selector_all("a[href]", "all => all.map(one => one.getAttribute('href'))"):
        address = urljoin(page.url, target).partition("#")[0]
        if address.startswith(home) and "/assets/" not in address and not DOWNLOAD.search(address):
            yield address


@pytest.mark.parametrize(
    ("locale", "scheme", "width"),
    [("ko-KR", "light", 1280), ("en-GB", "dark", 1280), ("ko-KR", "dark", 390), ("en-GB", "light", 390)],
)
def test_every_page_is_sound(
    chromium: Browser, live_service: Live, addresses: list[str], locale: str, scheme: str, width: int
) -> None:
    assert len(addresses) > 15
    viewport = {"width": width, "height": 860}
    with signed_in(chromium, live_service, locale=locale, color_scheme=scheme, viewport=viewport) as context:
        wrong = [line for address in addresses for line in problems(context, address)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("locale", "scheme", "width"), [("ko-KR", "dark", 390), ("en-GB", "light", 1280)])
def test_every_door_is_sound(chromium: Browser, live_service: Live, locale: str, scheme: str, width: int) -> None:
    """The pages before one is signed in: the site's, and a workspace's own doors."""
    doors = [live_service.site + path for path in SITE] + [live_service.workspace() + path for path in DOORS]
    viewport = {"width": width, "height": 860}
    with chromium.new_context(
        locale=locale, color_scheme=scheme, viewport=viewport, reduced_motion="reduce"
    ) as context:
        wrong = [line for address in doors for line in problems(context, address)]
    assert not wrong, "\n".join(wrong)


def problems(context: BrowserContext, address: str) -> Iterator[str]:
    """What is wrong with a page: its status, errors in the console, axe's findings, a page wider than the window."""
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    answer = page.goto(address)
    path = urlsplit(address).path
    if answer is None or answer.status >= 400:
        yield f"{path}: status {answer and answer.status}"
    yield from (f"{path}: console: {line}" for line in said)
    yield from (f"{path}: {line}" for line in serious_violations(page))
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"):
        yield f"{path}: wider than the window"
    page.close()
