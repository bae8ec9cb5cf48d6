"""Host names and cookies: what a stranger says of where he is leads nowhere."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from app.dispatch import Dispatcher
from app.factory import create_console_app, create_site_app, create_tenant_prototype
from config.settings import Settings
from tests.support.letters import letters_to, link_in
from tests.support.workspaces import PASSWORD, Place, browser

FOREIGN = ["evil.example", "evil.example:80", "messagepark.test.evil.example", "a@evil.example", ""]


@pytest.mark.parametrize("host", FOREIGN)
def test_a_host_that_is_not_ours_finds_nobody(dispatcher: Dispatcher, host: str) -> None:
    said: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_HOST": host, "SERVER_NAME": "evil.example",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http", "wsgi.input": None,
    }  # fmt: skip
    body = b"".join(dispatcher(environ, lambda status, _headers, *_: said.append(status) or (lambda _b: None)))  # type: ignore[arg-type,func-returns-value]
    assert said == ["404 NOT FOUND"]
    assert b"evil" not in body


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-Host"])
def test_a_letter_leads_to_our_own_address_whatever_the_request_said(
    workspace: Place, run_tasks: object, header: str
) -> None:
    value = "host=evil.example" if header == "Forwarded" else "evil.example"
    answer = workspace.anonymous().post("/password-resets", data={"email": workspace.email}, headers={header: value})
    assert answer.status_code < 400
    run_tasks()  # type: ignore[operator]
    (letter,) = letters_to(workspace, workspace.email)
    assert "evil" not in letter.text + letter.html
    assert workspace.url.split("//")[1] in letter.text
    assert link_in(letter).startswith("/")


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
     "/%09/evil.example", "http:evil.example", "///evil.example", "/\t/evil.example"],
)  # fmt: skip
def test_nobody_is_led_elsewhere_after_signing_in(workspace: Place, wanted: str) -> None:
    answer = workspace.anonymous().post(
        "/sign-in", query_string={"next": wanted}, data={"email": workspace.email, "password": PASSWORD}
    )
    assert answer.status_code in (302, 303)
    assert answer.location.startswith(("/", workspace.url + "/"))
    assert not answer.location.startswith(("//", "/\\"))
    assert "\t" not in answer.location


def test_cookies_belong_to_one_host_and_cannot_be_tossed_from_another(settings: Settings) -> None:
    """With TLS the name itself (``__Host-``) forbids a Domain, so that no other workspace can set or see it."""
    secure = replace(settings, base_url="https://messagepark.test", environment="production")
    for app in (create_site_app(secure), create_console_app(secure), create_tenant_prototype(secure)):
        assert app.config["SESSION_COOKIE_NAME"].startswith("__Host-")
        assert app.config["SESSION_COOKIE_SECURE"]
        assert app.config["SESSION_COOKIE_HTTPONLY"]
        assert app.config["SESSION_COOKIE_SAMESITE"] == "Lax"
        assert not app.config["SESSION_COOKIE_DOMAIN"]
        assert app.config["SESSION_COOKIE_PATH"] in (None, "/")


def test_a_cookie_of_another_workspace_that_was_tossed_here_is_nobodys(
    workspace: Place, other_workspace: Place
) -> None:
    theirs = other_workspace.client().get_cookie("messagepark", domain=other_workspace.url.split("//")[1])
    assert theirs is not None
    client = browser(workspace.app, workspace.url)
    client.set_cookie("messagepark", theirs.value, domain=workspace.url.split("//")[1])
    assert client.get("/lists").status_code == 302


def test_every_page_says_what_browsers_may_do_with_it(workspace: Place, client: FlaskClient) -> None:
    for path in ("/", "/lists", "/sign-in", "/settings"):
        headers = client.get(path).headers
        policy = {part.split()[0]: part.split()[1:] for part in headers["Content-Security-Policy"].split("; ")}
        assert policy["script-src"] == ["'self'"]
        assert policy["object-src"] == policy["base-uri"] == ["'none'"]
        assert policy["frame-ancestors"] == ["'self'"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "SAMEORIGIN"


def test_browsers_are_told_to_come_encrypted_where_we_are(settings: Settings) -> None:
    secure = replace(settings, base_url="https://messagepark.test", environment="production")
    answer = create_site_app(secure).test_client().get("/", base_url="https://messagepark.test")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(workspace: Place) -> None:
    most = workspace.app.config["MAX_CONTENT_LENGTH"]
    answer = workspace.client().post(
        "/lists", data={"title": "x", "code": "x"}, environ_overrides={"CONTENT_LENGTH": str(most + 1)}
    )
    assert answer.status_code == 413
