"""A passkey from its making to its end, with an authenticator that Chromium plays (WebAuthn over CDP)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import sign_in
from tests.support.chromium import SWITCHES, chromium_path
from tests.support.workspaces import PASSWORD, Place

KEY = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def context(chromium: Browser, workspace: Place, address_of: Callable[[Place], str]) -> Iterator[BrowserContext]:
    """A browser that finds the workspace under its own name, which passkeys are bound to, and trusts it as with TLS."""
    served = urlsplit(address_of(workspace)).netloc
    switches = (
        *SWITCHES,
        f"--host-resolver-rules=MAP {urlsplit(workspace.url).hostname} {served}",
        f"--unsafely-treat-insecure-origin-as-secure={workspace.url}",
    )
    browser = chromium.browser_type.launch(executable_path=chromium_path(), args=switches)
    with browser.new_context(locale="en", reduced_motion="reduce") as made:
        made.set_default_timeout(20_000)
        yield made
    browser.close()


@pytest.fixture
def person(context: BrowserContext) -> Page:
    """A page whose device has a finger on its sensor."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    return page


@pytest.mark.browser
def test_a_passkey_is_made_opens_the_door_and_is_removed(workspace: Place, person: Page) -> None:
    sign_in(person, workspace, workspace.url)
    person.goto(f"{workspace.url}/settings/security")
    person.fill("#password-passkey", PASSWORD)
    person.get_by_role("button", name="Add a passkey").click()
    expect(person.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    assert person.locator("#recovery-codes li").count() == 10

    _forget_who(person)
    person.goto(f"{workspace.url}/sign-in?next=/lists")
    person.get_by_role("button", name="Sign in with a passkey").click()
    person.wait_for_url(f"{workspace.url}/lists")

    _enter_password(workspace, person)
    expect(person.get_by_role("heading", name=workspace.workspace.name)).to_be_visible()
    person.get_by_role("button", name="Use a passkey").click()
    person.wait_for_url(f"{workspace.url}/")

    person.goto(f"{workspace.url}/settings/security")
    expect(person.get_by_text("with a passkey")).to_be_visible()
    person.get_by_role("button", name="Remove it", exact=True).click()
    person.locator("dialog[open] input[name=password]").fill(PASSWORD)
    person.locator("dialog[open] button[type=submit]").click()
    expect(person.get_by_text("nobody comes in with it any more")).to_be_visible()

    _forget_who(person)
    person.goto(f"{workspace.url}/sign-in")
    person.get_by_role("button", name="Sign in with a passkey").click()
    expect(person.get_by_text("This passkey was not accepted")).to_be_visible()
    _enter_password(workspace, person)
    person.wait_for_url(f"{workspace.url}/")


def _forget_who(person: Page) -> None:
    """Leave the page first: what it still asks for in the background would bring its cookie back."""
    person.goto("about:blank")
    person.context.clear_cookies()


def _enter_password(workspace: Place, person: Page) -> None:
    _forget_who(person)
    person.goto(f"{workspace.url}/sign-in")
    person.get_by_label("E-mail address").fill(workspace.email)
    person.get_by_label("Password").fill(PASSWORD)
    person.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.browser
def test_an_answer_opens_once_and_only_here(workspace: Place, other_workspace: Place, person: Page) -> None:
    sign_in(person, workspace, workspace.url)
    person.goto(f"{workspace.url}/settings/security")
    person.fill("#password-passkey", PASSWORD)
    person.get_by_role("button", name="Add a passkey").click()
    person.wait_for_selector("#recovery-codes")
    _forget_who(person)
    person.goto(f"{workspace.url}/sign-in")
    with person.expect_request("**/sign-in/passkeys") as sent:
        person.get_by_role("button", name="Sign in with a passkey").click()
    answer = {"answer": _answer(sent.value.post_data or "")}
    person.wait_for_url(f"{workspace.url}/")
    assert workspace.anonymous().post("/sign-in/passkeys", data=answer).status_code == 422
    assert other_workspace.anonymous().post("/sign-in/passkeys", data=answer).status_code == 422


def _answer(body: str) -> str:
    return parse_qs(body)["answer"][0]


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "not json", '{"rawId": "AA", "response": {"clientDataJSON": "AA"}}']
)
def test_nonsense_is_no_passkey(workspace: Place, answer: str) -> None:
    assert workspace.anonymous().post("/sign-in/passkeys", data={"answer": answer}).status_code == 422
