"""Links under a customer's own name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from werkzeug.test import Client

from app.core import site
from app.core.tokens import recipient_token
from app.domains import queries
from app.domains.terms import Purpose, Standing
from tests.domains.conftest import Owned
from tests.domains.dns_server import DnsServer
from tests.domains.test_signed_mail import plan_from
from tests.support.workspaces import Place

Add = Callable[..., Owned]
OURS = "links.messagepark.test"


@pytest.fixture
def offered(dns: DnsServer) -> Iterator[None]:
    """The service offers such names."""
    before = site.settings()
    site.use_settings(replace(before, tracking_host=OURS))
    dns.records[OURS, "A"] = ["192.0.2.1"]
    yield
    site.use_settings(before)


@pytest.fixture
def linked(offered: None, add: Add, workspace: Place, name: str, dns: DnsServer) -> Owned:
    owned = add(workspace, name, ready=True)
    dns.cname(owned.wanted(Purpose.TRACKING).host, OURS)
    assert owned.check().record(Purpose.TRACKING).good
    return owned


def base(place: Place, address: str) -> str:
    with place.inside():
        return queries.link_base(address)


def test_links_begin_with_the_customers_name_once_it_leads_to_us(linked: Owned, workspace: Place, name: str) -> None:
    plan = plan_from(workspace, f"news@{name}")
    assert any(f"http://link.{name}/t/c/" in part for part in plan.mail.html if isinstance(part, str))
    linked.withdraw(Purpose.TRACKING)
    linked.check()
    assert base(workspace, f"news@{name}") == ""
    assert linked.view().standing is Standing.READY


def test_where_none_are_offered_there_is_no_such_record(add: Add, workspace: Place, name: str) -> None:
    owned = add(workspace, name, ready=True)
    with workspace.inside():
        assert Purpose.TRACKING not in {w.purpose for w in queries.wanted(queries.domain(owned.id))}
    assert base(workspace, f"news@{name}") == ""


def test_the_name_serves_links_and_nothing_else(linked: Owned, workspace: Place, name: str) -> None:
    browser = Client(workspace.dispatcher)
    token = recipient_token(workspace.id, 1, 1)
    host = f"http://link.{name}"
    assert browser.get(f"/t/o/{token}.gif", base_url=host).status_code == 200
    assert browser.get("/sign-in", base_url=host).status_code == 404
    assert browser.get("/", base_url=host).status_code == 404
    assert browser.get(f"/t/o/{token}.gif", base_url=f"http://link.other-{name}").status_code == 404


def test_another_tenant_has_no_such_links(linked: Owned, other_workspace: Place, name: str) -> None:
    assert base(other_workspace, f"news@{name}") == ""
