"""Domains of an import that take no mail, as DNS says it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from app.core import site
from app.dispatch import Dispatcher
from app.lists.importer import imports, mailhosts
from app.lists.importer import queries as staged
from app.lists.models import Import
from tests.domains.dns_server import DnsServer
from tests.lists.test_pages import made, text
from tests.support.workspaces import Place

PASTED = "\n".join(
    f"someone@{domain}"
    for domain in ("mx.example.kr", "plain.example.kr", "null.example.kr", "nothing.example.kr", "broken.example.kr")
)


@pytest.fixture
def dns(dispatcher: Dispatcher) -> Iterator[DnsServer]:
    """A DNS server that the product asks for the time of a test."""
    server, before = DnsServer().start(), site.settings()
    site.use_settings(replace(before, dns_resolvers=(server.address,)))
    server.mx("mx.example.kr", "mail.example.kr")
    server.records["plain.example.kr", "A"] = ["192.0.2.1"]
    server.records["null.example.kr", "MX"] = ["0 ."]
    server.broken.add("broken.example.kr")
    yield server
    site.use_settings(before)
    server.stop()


def test_domains_without_mail_are_refused_and_the_rest_waits(
    workspace: Place, client: FlaskClient, other_client: FlaskClient, dns: DnsServer, run_tasks: Callable[[], None]
) -> None:
    with workspace.inside():
        import_id = imports.paste(made(workspace), PASTED).id
    page = f"/imports/{import_id}"
    assert "Ask the domains whether they take mail" in text(client.get(page))
    assert other_client.post(f"{page}/look-ups").status_code == 404
    client.post(f"{page}/look-ups")
    run_tasks()
    shown = text(client.get(page))
    assert ("5 domains were asked" in shown, shown.count("The domain takes no mail")) == (True, 2)
    with workspace.inside():
        entry = staged.entry(import_id)
        assert entry is not None
        assert (entry.state, entry.findings["new"], entry.rejected) == ("previewed", 3, 2)
        told = {row.address.partition("@")[2] for row in staged.rejected(import_id, after=0)}
        assert told == {"null.example.kr", "nothing.example.kr"}


def test_each_domain_is_asked_once(workspace: Place, dns: DnsServer) -> None:
    with workspace.inside():
        entry = imports.paste(made(workspace), "a@mx.example.kr\nb@mx.example.kr\nc@plain.example.kr\nbad@")
        assert mailhosts.domains_of(entry.id) == ["mx.example.kr", "plain.example.kr"]


def test_what_was_thrown_away_meanwhile_stays_away(
    workspace: Place, client: FlaskClient, dns: DnsServer, run_tasks: Callable[[], None]
) -> None:
    with workspace.inside():
        import_id = imports.paste(made(workspace), PASTED).id
    client.post(f"/imports/{import_id}/look-ups")
    client.post(f"/imports/{import_id}/cancellations")
    run_tasks()
    with workspace.inside():
        entry: Import | None = staged.entry(import_id)
        assert entry is not None
        assert (entry.state, staged.rejected(import_id, after=0)) == ("cancelled", [])
