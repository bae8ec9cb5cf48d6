"""The whole service on loopback, as `bin/up` runs it: every process real, mail into the catch-all mailbox."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import harness
from bench.harness import Product
from config.child import free_port
from tests.domains.dns_server import DnsServer
from tests.support.localstripe import KEY, SECRET

DEMO_PASSWORD = "the demo of the tests, long enough"
PROCESSES = ("mailbox", "mta", "web", "worker", "scheduler", "ingest")


@dataclass(frozen=True)
class Live:
    """A running service with the demonstration workspace in it, at the address `site`.

    `dns` is asked for the records of sending domains. Plans are confirmed by the operator; whoever needs Stripe puts
    one on `stripe_port`, where all but the web process look for it, and starts a web process that does as well.
    """

    product: Product
    mailbox_url: str
    dns: DnsServer
    stripe_port: int
    site: str

    @property
    def console(self) -> str:
        scheme, _, host = self.site.partition("://")
        return f"{scheme}://operator.{host}"

    def workspace(self, slug: str = "daily-park") -> str:
        scheme, _, host = self.site.partition("://")
        return f"{scheme}://{slug}.{host}"

    def get(self, url: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str]]:
        """Ask for an address of the service and return status and headers; nothing is followed.

        Only browsers know that names under ``localhost`` are this machine (RFC 6761), so the host goes in a header.
        """
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=10)
        connection.request("GET", parts.path or "/", headers={"Host": parts.netloc, **(headers or {})})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}

    def messages(self, to: str) -> list[dict[str, Any]]:
        """Mails in the mailbox for an address, the newest first."""
        found: list[dict[str, Any]] = self._json(f"/api/messages?to={urllib.parse.quote(to)}")
        return found

    def message(self, to: str, *, subject: str = "", seconds: float = 30.0) -> dict[str, Any]:
        """Wait for a mail to an address whose subject has these words, and return it whole."""

        def there() -> bool:
            return any(subject in message["subject"] for message in self.messages(to))

        self.product.wait_for(f"a mail to {to}", there, seconds=seconds, every=0.2)
        found = next(message for message in self.messages(to) if subject in message["subject"])
        whole: dict[str, Any] = self._json(f"/api/messages/{found['id']}")
        return whole

    def source(self, message: dict[str, Any]) -> bytes:
        """Return a mail as it came over the wire."""
        folder = Path(self.product.env["MAILBOX_DIR"])
        return (folder / f"{message['id']}.eml").read_bytes().split(b"\r\n", 2)[2]

    def _json(self, path: str) -> Any:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.mailbox_url + path, timeout=10) as answer:
            return json.load(answer)


@contextmanager
def live() -> Iterator[Live]:
    """Start everything, seeded, and stop it when the block ends."""
    smtp, web, stripe = free_port(), free_port(), free_port()
    mailbox_url, dns = f"http://127.0.0.1:{web}", DnsServer().start()
    env = {
        "MAILBOX_SMTP": f"127.0.0.1:{smtp}",
        "MAILBOX_WEB": f"127.0.0.1:{web}",
        "MTA_RELAY": f"127.0.0.1:{smtp}",
        "MTA_PROCESSES": "1",
        "MESSAGEPARK_MAILBOX_URL": mailbox_url,
        "MESSAGEPARK_WEB_WORKERS": "1",
        "MESSAGEPARK_OPERATOR_EMAILS": "demo@daily-park.example",
        "MESSAGEPARK_DNS_RESOLVERS": dns.address,
        "MESSAGEPARK_STRIPE_KEY": KEY,
        "MESSAGEPARK_STRIPE_WEBHOOK_SECRET": SECRET,
        "MESSAGEPARK_STRIPE_BASE": f"http://127.0.0.1:{stripe}",
    }
    with harness.product(env=env, durable=False, migrate=False) as product:
        password = product.var / "demo-password"
        password.write_text(DEMO_PASSWORD)
        product.env["MESSAGEPARK_DEMO_PASSWORD_FILE"] = str(password)
        product.env["MAILBOX_DIR"] = str(product.var / "mailbox")
        subprocess.run([sys.executable, "-m", "app.release", "--demo"], cwd=harness.ROOT, env=product.env, check=True)
        for name in PROCESSES:
            product.start(name, env={"MESSAGEPARK_STRIPE_KEY": ""} if name == "web" else {})
        product.wait_for_web()
        yield Live(product, mailbox_url, dns, stripe, product.base_url)
    dns.stop()
