"""A reader's way in a real browser: sign up, say yes, choose, leave; and a member's page of the form."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from app.core import clock
from app.core.db import db
from app.lists import fields, preferences, queries, service, signup_forms
from app.lists.fields import Wanted
from app.lists.models import Signup
from app.lists.service import Person
from app.lists.signup_forms import FormChoices
from app.lists.states import FieldKind
from tests.browser.axe import serious_violations
from tests.browser.conftest import sign_in
from tests.support.letters import letters_to, link_in
from tests.support.workspaces import Place

pytestmark = pytest.mark.browser
Serve = Callable[[Place], str]


def look(page: Page, name: str) -> None:
    """Nobody is shut out, on a desk or with a phone; keep a picture where somebody wants to see it."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 860})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        if folder := os.environ.get("PICTURES"):
            page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)
    assert serious_violations(page) == []


def a_form(locale: str) -> tuple[int, str]:
    list_id = service.create_list("", title="아침 편지" if locale == "ko" else "Morning letter").id
    key = fields.create_field(Wanted("Region", FieldKind.CHOICE, ["Seoul", "Jeju"])).key
    return list_id, signup_forms.save_form(list_id, FormChoices(True, True, True, [key], locale)).key


@pytest.mark.parametrize("locale", ["ko", "en"])
def test_from_sign_up_to_farewell(page: Page, workspace: Place, address_of: Serve, locale: str) -> None:
    url, email = address_of(workspace), f"browser-{locale}-{workspace.id}-{os.getpid()}@example.com"
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.set_extra_http_headers({"Accept-Language": locale})
    with workspace.inside():
        list_id, key = a_form(locale)
    page.goto(f"{url}/join/{key}")
    look(page, f"join-{locale}")
    page.locator("[name=email]").fill(email)
    page.locator("[name=agreed]").check()
    page.locator("button[type=submit]").click()
    expect(page).to_have_url(f"{url}/join/{key}/thanks")
    look(page, f"thanks-{locale}")
    page.goto(url + link_in(letters_to(workspace, email)[0]))
    look(page, f"confirm-{locale}")
    page.locator("button[type=submit]").click()
    expect(page.locator(".notice-green")).to_contain_text(email)
    look(page, f"confirmed-{locale}")
    with workspace.inside():
        found = queries.contact_by_address(email)
        assert found is not None
        token = preferences.token_of(found.id)
    page.goto(f"{url}/my/{token}")
    look(page, f"preferences-{locale}")
    page.locator("#rhythm-7").check()
    page.locator("form button.btn-primary").click()
    expect(page.locator("#rhythm-7")).to_be_checked()
    page.locator("#reason").select_option("too_many")
    page.locator("section[aria-labelledby=leave] button").click()
    expect(page.locator(".notice-green")).to_be_visible()
    with workspace.inside():
        assert queries.contact_list(list_id).unsubscribed == 1  # type: ignore[union-attr]
    assert complaints == []


def test_a_late_page_presses_its_button_unless_a_program_drives_the_browser(
    page: Page, workspace: Place, address_of: Serve
) -> None:
    url, email = address_of(workspace), f"late-{workspace.id}-{os.getpid()}@example.com"
    with workspace.inside():
        _, key = a_form("en")
    workspace.anonymous().post(f"/join/{key}", data={"email": email, "agreed": "y"})
    path = link_in(letters_to(workspace, email)[0])
    with workspace.inside():
        db.session.execute(sa.update(Signup).values(asked_at=clock.now() - timedelta(minutes=4)))
    page.goto(url + path, wait_until="networkidle")
    expect(page.locator("form[data-presses-itself]")).to_be_visible()
    page.add_init_script("Object.defineProperty(navigator, 'webdriver', { get: () => false })")
    page.goto(url + path)
    expect(page.locator(".notice-green")).to_contain_text(email)


@pytest.mark.parametrize("locale", ["ko", "en"])
def test_a_member_sees_the_form_while_choosing(page: Page, workspace: Place, address_of: Serve, locale: str) -> None:
    url = address_of(workspace)
    sign_in(page, workspace, url)
    with workspace.inside():
        list_id, _ = a_form(locale)
        for name in ("ann", "bob"):
            service.add_person(list_id, Person(f"{name}@example.com", name=name), consent="asked")
    page.goto(f"{url}/lists/{list_id}/signup")
    page.locator("#title").fill("Come in and stay")
    expect(page.locator("#preview")).to_contain_text("Come in and stay")
    look(page, f"settings-{locale}")
    page.goto(f"{url}/people?list={list_id}")
    look(page, f"many-{locale}")


@pytest.fixture
def shop() -> Iterator[Callable[[str], str]]:
    """Somebody's own page, of another origin; as a server, since browsers keep other pages away from loopback."""
    servers = []

    def serve(body: str) -> str:
        servers.append(make_server("127.0.0.1", 0, Response(body, mimetype="text/html"), threaded=True))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/"

    yield serve
    for server in servers:
        server.shutdown()


def test_the_embedded_form_works_in_a_frame_of_another_page(
    page: Page, workspace: Place, address_of: Serve, shop: Callable[[str], str]
) -> None:
    url, email = address_of(workspace), f"framed-{workspace.id}-{os.getpid()}@example.com"
    with workspace.inside():
        _, key = a_form("en")
    page.goto(shop(f'<iframe src="{url}/join/{key}?embedded=1" width="600" height="700"></iframe>'))
    frame = page.frame_locator("iframe")
    frame.locator("[name=email]").fill(email)
    frame.locator("[name=agreed]").check()
    frame.locator("button[type=submit]").click()
    expect(frame.locator("h1")).to_have_text("Look into your mail")
    assert len(letters_to(workspace, email)) == 1
