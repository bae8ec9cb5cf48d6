"""Somebody in a browser, in one language, whose pages are looked at on the way."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.axe import serious_violations
from tests.support.words import Say, speaker

WIDE = 800


@dataclass(frozen=True)
class Visitor:
    """`say` gives the words of the pages in this language; `wrong` gathers what pages complain about.

    `careful`: each page that is looked at must be such that everybody can read it.
    """

    page: Page
    language: str
    careful: bool
    say: Say
    wrong: list[str] = field(default_factory=list)

    @property
    def main(self) -> Locator:
        return self.page.get_by_role("main")

    def press(self, text: str, **params: object) -> None:
        """Press the button with these words."""
        self.page.get_by_role("button", name=self.say(text, **params), exact=True).first.click()

    def submit(self, action: str) -> None:
        """Send the form that goes to an address with this end."""
        self.page.locator(f"form[action$='{action}'] button[type=submit]").first.click()

    def reads(self, text: str, **params: object) -> None:
        """The page says this."""
        expect(self.main).to_contain_text(self.say(text, **params))

    def waits_for(self, words: str, *, gone: bool = False, seconds: float = 20.0) -> None:
        """Load the page anew until it says something, or says it no more."""
        until = time.monotonic() + seconds
        while (words in self.main.inner_text()) is gone:
            assert time.monotonic() < until, f"{words!r} in {self.main.inner_text()}"
            self.page.wait_for_timeout(200)
            self.page.reload()

    def look(self, name: str) -> None:
        """Nothing sticks out of the page. Kept as a picture in the folder `SHOTS`, where one is named."""
        page = self.page
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"):
            self.wrong.append(f"{name}: wider than the window")
        if self.careful:
            self.wrong.extend(f"{name}: {line}" for line in serious_violations(page))
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=f"{folder}/{name}-{self.language}.png", full_page=True)


@contextmanager
def visitor(browser: Browser, language: str, width: int) -> Iterator[Visitor]:
    """Open a browser of one's own; at its end nothing may have been wrong with the pages.

    On a phone they are looked at with care: there is less room, and once is enough.
    """
    locale = {"ko": "ko-KR", "en": "en-GB"}[language]
    with browser.new_context(
        locale=locale, viewport={"width": width, "height": 860}, reduced_motion="reduce", ignore_https_errors=True
    ) as context:
        made = Visitor(context.new_page(), language, width < WIDE, speaker(language))
        made.page.on("console", lambda said: made.wrong.append(said.text) if said.type == "error" else None)
        made.page.on("pageerror", lambda error: made.wrong.append(str(error)))
        yield made
        assert not made.wrong, "\n".join(made.wrong)


def link_in(text: str, kind: str) -> str:
    """Return the address in a letter that leads to a page of a kind, as in ``verifications``."""
    found = re.search(rf"https?://\S+/{kind}/\S+", text)
    assert found is not None, text
    return found[0]
