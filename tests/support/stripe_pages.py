"""The tests' stand-in for Stripe's hosted pages, which localstripe lacks: Checkout, and the customer portal.

As Stripe's interface it makes sessions of those pages, the way Stripe's documentation shows, and hands everything else
on to localstripe. Under Stripe's own names, over TLS, it shows the pages themselves. What is paid there becomes a
subscription in localstripe, which then tells the product by signed events of its own.

localstripe knows neither trials nor two prices in one subscription: here the plan alone is subscribed to, and charged
at once.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import threading
from collections.abc import Iterator
from functools import partial
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlsplit

from tests.mta.servers import Authority
from tests.support.localstripe import LocalStripe

CHECKOUT, PORTAL = "checkout.stripe.com", "billing.stripe.com"
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{head}</head><body><main>{body}</main></body></html>
"""
Fields = dict[str, str]


class StripePages:
    """The sessions that were opened, by the path of their page."""

    def __init__(self, stripe: LocalStripe) -> None:
        self.stripe = stripe
        self.sessions: dict[str, Fields] = {}
        self._numbers = itertools.count(1)

    def open_checkout(self, asked: Fields) -> dict[str, Any]:
        assert asked["mode"] == "subscription"
        self.stripe.call("GET", f"/v1/plans/{asked['line_items[0][price]']}")
        return self._open(f"cs_test_{next(self._numbers)}", "checkout.session", f"https://{CHECKOUT}/c/pay/", asked)

    def open_portal(self, asked: Fields) -> dict[str, Any]:
        number = f"bps_{next(self._numbers)}"
        return self._open(number, "billing_portal.session", f"https://{PORTAL}/p/session/", asked)

    def _open(self, number: str, kind: str, page: str, asked: Fields) -> dict[str, Any]:
        self.stripe.call("GET", f"/v1/customers/{asked['customer']}")
        self.sessions[urlsplit(page).path + number] = asked
        return {"id": number, "object": kind, "url": page + number, "customer": asked["customer"]}

    def show(self, path: str) -> str:
        """Return a page: what is to be paid, or the invoices."""
        asked = self.sessions[path]
        if "return_url" in asked:
            bills = self.stripe.call("GET", f"/v1/invoices?customer={asked['customer']}")["data"]
            lines = "".join(f"<li>{one['total']} {one['currency']}: {one['status']}</li>" for one in bills)
            back = f'<a href="{escape(asked["return_url"])}">Back to the shop</a>'
            return PAGE.format(title="Billing", head="", body=f"<h1>Invoices</h1><ul>{lines}</ul>{back}")
        plan = self.stripe.call("GET", f"/v1/plans/{asked['line_items[0][price]']}")
        body = f"<h1>{plan['amount']} {plan['currency']}</h1><form method='post'><button>Pay</button></form>"
        return PAGE.format(title="Checkout", head="", body=body)

    def pay(self, path: str) -> str:
        """Charge a good card for what is on the page, and lead back as Checkout does."""
        asked = self.sessions[path]
        self.stripe.give_card(asked["customer"])
        self.stripe.subscribe(asked["customer"], asked["line_items[0][price]"])
        head = f'<meta http-equiv="refresh" content="0;url={escape(asked["success_url"])}">'
        return PAGE.format(title="Checkout", head=head, body="Paid.")


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, pages: StripePages, *args: Any) -> None:
        self.pages = pages
        super().__init__(*args)

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        return


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Chromium hangs up on a certificate that it does not know, and comes again when it is told not to mind."""


class _Interface(_Handler):
    """What `api.stripe.com` is."""

    def do_GET(self) -> None:
        self._hand_on(b"")

    do_DELETE = do_GET

    def do_POST(self) -> None:
        sessions = {
            "/v1/checkout/sessions": self.pages.open_checkout,
            "/v1/billing_portal/sessions": self.pages.open_portal,
        }
        body = self.body()
        if self.path not in sessions:
            self._hand_on(body)
            return
        try:
            said = sessions[self.path](dict(parse_qsl(body.decode())))
        except HTTPError as error:
            self.answer(error.code, "application/json", error.read())
        else:
            self.answer(200, "application/json", json.dumps(said).encode())

    def _hand_on(self, body: bytes) -> None:
        connection = http.client.HTTPConnection(urlsplit(self.pages.stripe.base).netloc, timeout=10)
        kept = {name: self.headers[name] for name in ("Authorization", "Content-Type") if name in self.headers}
        connection.request(self.command, self.path, body or None, kept)
        answer = connection.getresponse()
        self.answer(answer.status, answer.headers.get("Content-Type", "application/json"), answer.read())
        connection.close()


class _Pages(_Handler):
    """What a customer's browser sees."""

    def do_GET(self) -> None:
        self._page(self.pages.show)

    def do_POST(self) -> None:
        self.body()
        self._page(self.pages.pay)

    def _page(self, make: Any) -> None:
        if self.path not in self.pages.sessions:
            self.answer(204, "text/plain", b"")
            return
        self.answer(200, "text/html; charset=utf-8", make(self.path).encode())


@contextlib.contextmanager
def stripe_pages(stripe: LocalStripe, folder: Path, *, port: int) -> Iterator[tuple[str, ...]]:
    """Serve the interface on a port and the pages on another; yields the switches by which Chromium finds them."""
    pages = StripePages(stripe)
    interface = ThreadingHTTPServer(("127.0.0.1", port), partial(_Interface, pages))
    shown = _Server(("127.0.0.1", 0), partial(_Pages, pages))
    context = Authority(folder).issue(CHECKOUT, PORTAL).server_context()
    # Hands are shaken in the thread of each visitor: one who says nothing keeps nobody else waiting.
    shown.socket = context.wrap_socket(shown.socket, server_side=True, do_handshake_on_connect=False)
    for server in (interface, shown):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    here = f"127.0.0.1:{shown.server_port}"
    yield (f"--host-resolver-rules=MAP {CHECKOUT} {here}, MAP {PORTAL} {here}", "--no-proxy-server")
    for server in (interface, shown):
        server.shutdown()
        server.server_close()
