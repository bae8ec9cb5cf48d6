"""A host name of a workspace's own: switched on only when its alias is seen, and told to whoever gets certificates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.core import site
from app.core.access import Role
from app.core.errors import DomainError
from app.dispatch import Dispatcher
from app.tenants import custom_host, queries
from config.settings import Settings
from tests.domains.dns_server import DnsServer
from tests.support.workspaces import HostClient, Place, browser
from tests.tenants.test_roles import colleague


@pytest.fixture
def dns(settings: Settings, dispatcher: Dispatcher) -> Iterator[DnsServer]:
    server = DnsServer().start()
    site.use_settings(replace(settings, dns_resolvers=(server.address,), custom_hosts=1))
    yield server
    server.stop()


def name_of(place: Place) -> str:
    return f"news.{place.slug}.example"


def target_of(place: Place) -> str:
    return f"{place.slug}.messagepark.test"


def ask(place: Place, host: str | None = None) -> tuple[int, str]:
    answer = place.client().post("/settings/host", data={"host": host or name_of(place)})
    return answer.status_code, answer.text


def present(place: Place) -> str | None:
    found = queries.workspace(place.id)
    assert found is not None
    return found.custom_host


def may_have_certificate(client: HostClient, host: str) -> bool:
    return client.get(f"/certificate-permissions?domain={host}").status_code == 200


def test_it_is_switched_on_when_the_alias_is_seen(dns: DnsServer, workspace: Place, site_client: HostClient) -> None:
    page = workspace.client().get("/settings/host").text
    assert target_of(workspace) in page
    status, page = ask(workspace)
    assert (status, "is not an alias of" in page) == (422, True)
    assert present(workspace) is None
    assert not may_have_certificate(site_client, name_of(workspace))
    dns.cname(name_of(workspace), target_of(workspace))
    assert ask(workspace, f"https://{name_of(workspace).upper()}/")[0] == 303
    assert present(workspace) == name_of(workspace)
    assert may_have_certificate(site_client, name_of(workspace))
    app = workspace.dispatcher.app_of_host(name_of(workspace))
    assert app is not None
    assert browser(app, f"http://{name_of(workspace)}").get("/sign-in").status_code == 200
    assert workspace.anonymous().get("/sign-in").status_code == 200, "the name under ours goes on working"


def test_an_alias_of_something_else_is_told(dns: DnsServer, workspace: Place, other_workspace: Place) -> None:
    dns.cname(name_of(workspace), target_of(other_workspace))
    status, page = ask(workspace)
    assert status == 422
    assert target_of(other_workspace) in page
    assert present(workspace) is None


def test_a_name_is_of_one_workspace(dns: DnsServer, workspace: Place, other_workspace: Place) -> None:
    dns.cname(name_of(workspace), target_of(workspace))
    assert ask(workspace)[0] == 303
    dns.cname(name_of(workspace), target_of(other_workspace))
    status, page = ask(other_workspace, name_of(workspace))
    assert (status, "Another workspace has this" in page) == (422, True)
    assert present(other_workspace) is None


def test_dns_that_does_not_answer_changes_nothing(dns: DnsServer, workspace: Place) -> None:
    dns.broken.add(name_of(workspace))
    status, page = ask(workspace)
    assert (status, "DNS does not answer" in page) == (422, True)


def test_it_is_switched_off(dns: DnsServer, workspace: Place, site_client: HostClient) -> None:
    dns.cname(name_of(workspace), target_of(workspace))
    ask(workspace)
    assert workspace.client().post("/settings/host/removals").status_code == 303
    assert present(workspace) is None
    assert not may_have_certificate(site_client, name_of(workspace))


@pytest.mark.parametrize(
    "text",
    ["example.com", "localhost", "192.0.2.1", "a b.example.com", "x.messagepark.test", "messagepark.test", "-a.b.com",
     "a..b.com", f"{'a' * 64}.b.com"],
)  # fmt: skip
def test_what_is_no_name_of_ones_own_is_refused(dispatcher: Dispatcher, text: str) -> None:
    with dispatcher.site.app_context(), pytest.raises(DomainError):
        custom_host.host_name(text)


def test_letters_of_other_scripts_become_what_dns_has(dispatcher: Dispatcher) -> None:
    with dispatcher.site.app_context():
        assert custom_host.host_name("https://소식.신문.한국/") == "xn--9l4b4x.xn--z92b13l.xn--3e0b707e"


def test_without_the_setting_nothing_is_offered(workspace: Place) -> None:
    client = workspace.client()
    assert client.get("/settings/host").status_code == 404
    assert "/settings/host" not in client.get("/settings").text
    assert ask(workspace)[0] == 404


def test_an_editor_may_not(dns: DnsServer, workspace: Place) -> None:
    editor = colleague(workspace, Role.EDITOR)
    assert editor.get("/settings/host").status_code == 403
    assert editor.post("/settings/host", data={"host": name_of(workspace)}).status_code == 403
