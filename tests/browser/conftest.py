"""Pages in Chromium: a fresh profile a test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from tests.support.workspaces import Place


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with chromium.new_context(viewport={"width": 1280, "height": 860}, reduced_motion="reduce") as context:
        yield context.new_page()


@pytest.fixture
def page_without_scripts(chromium: Browser) -> Iterator[Page]:
    with chromium.new_context(java_script_enabled=False) as context:
        yield context.new_page()


@pytest.fixture
def address_of() -> Iterator[Callable[[Place], str]]:
    """Serve a workspace on loopback; its pages are asked for by number, and see their own host name."""
    servers = []

    def serve(place: Place) -> str:
        def with_host(environ, start_response):  # type: ignore[no-untyped-def]
            environ["HTTP_HOST"] = urlsplit(place.url).netloc
            return place.app(environ, start_response)

        server = make_server("127.0.0.1", 0, with_host, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server, thread in servers:
        server.shutdown()
        thread.join()


def sign_in(page: Page, place: Place, address: str) -> None:
    """Give the browser the session of the workspace's owner."""
    cookie = next(iter(place.client()._cookies.values()))
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
