"""A stateful Stripe on this machine (localstripe), and events as Stripe signs them."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

KEY = "sk_test_of_the_tests"
SECRET = "whsec_of_the_tests"
# Listens on the loopback alone, keeps its store in memory, and tells of what happened at once rather than a second
# later; none of which the program's own entry does.
SERVE = """
import asyncio, sys, types
from aiohttp import web
from localstripe import resources, server, webhooks
webhooks.asyncio = types.SimpleNamespace(ensure_future=asyncio.ensure_future, sleep=lambda _: asyncio.sleep(0.01))
resources.store.dump_to_disk = lambda: None
web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""


class LocalStripe:
    """The server, and what a customer does on Stripe's own pages: giving a card, subscribing, cancelling."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"

    def call(self, method: str, path: str, **fields: str) -> dict[str, Any]:
        request = Request(f"{self.base}{path}", method=method, headers={"Authorization": f"Bearer {KEY}"})
        if fields:
            request.data = urlencode(fields).encode()
        with urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"{}")

    def give_card(self, customer: str, number: str = "4242424242424242") -> None:
        """4000000000000341 is taken as a card and then fails to pay."""
        card = {"card[number]": number, "card[exp_month]": "12", "card[exp_year]": "2040", "card[cvc]": "123"}
        method = self.call("POST", "/v1/payment_methods", type="card", **card)["id"]
        self.call("POST", f"/v1/payment_methods/{method}/attach", customer=customer)
        self.call("POST", f"/v1/customers/{customer}", **{"invoice_settings[default_payment_method]": method})

    def subscribe(self, customer: str, price: str, **fields: str) -> str:
        """What Stripe's checkout does at its end."""
        return str(
            self.call("POST", "/v1/subscriptions", customer=customer, **{"items[0][plan]": price}, **fields)["id"]
        )

    def webhook(self, url: str) -> None:
        self.call("POST", "/_config/webhooks/tests", url=url, secret=SECRET)

    def events(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "/v1/events?limit=100")["data"]
        return found


@contextlib.contextmanager
def localstripe(folder: Path) -> Iterator[LocalStripe]:
    """Run one, fresh, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    log = (folder / "localstripe.log").open("wb")
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(port)], stdout=log, stderr=log)
    try:
        server, until = LocalStripe(port), time.monotonic() + 30
        while True:
            try:
                server.events()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.05)
        yield server
    finally:
        process.terminate()
        process.wait(10)
        log.close()


def signed(body: bytes, *, secret: str = SECRET, at: float | None = None) -> str:
    """Return the header under which Stripe sends a body: signed now, however old what it tells is."""
    moment = int(time.time() if at is None else at)
    mac = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={mac}"
