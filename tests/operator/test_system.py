"""Checks of what the service stands on, the domains of all workspaces, and the nights' counters."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from redis import Redis

from app.core import clock
from app.core.db import db
from app.domains import directory
from app.domains import service as domains
from app.domains.directory import Kind
from app.domains.models import DomainRecord, SendingDomain
from app.operator import checks
from app.operator.checks import DatabaseFacts
from app.operator.terms import Health
from app.reports.models import CounterCheck
from config.child import free_port
from config.settings import Settings
from tests.domains.dns_server import DnsServer
from tests.mta.servers import Authority
from tests.support.workspaces import Place

SOUND = DatabaseFacts(18, 10, 100, True, 1, 1000.0, 1000.0)


def test_the_page_says_how_every_part_is(operator: FlaskClient) -> None:
    page = operator.get("/system").text
    for part in ("PostgreSQL", "Redis", "Disk", "Clocks", "DNS", "Port 25 outwards", "Certificates"):
        assert part in page


@pytest.mark.parametrize(
    ("facts", "health"),
    [
        (SOUND, Health.GOOD),
        (replace(SOUND, version=14), Health.BAD),
        (replace(SOUND, durable=False), Health.BAD),
        (replace(SOUND, connections=81), Health.LOOK),
    ],
    ids=["sound", "old", "not durable", "crowded"],
)
def test_postgres_is_judged_by_what_it_says_of_itself(facts: DatabaseFacts, health: Health) -> None:
    assert checks.postgres(facts).health is health


def test_postgres_is_asked(workspace: Place) -> None:
    with workspace.inside():
        facts = checks.database_facts()
    assert facts.version >= 15
    assert facts.connections >= 1
    assert abs(facts.clock - facts.asked_at) < 5


def test_a_redis_that_throws_mail_away_is_bad(workspace: Place, redis_server: Redis) -> None:
    before = redis_server.config_get("maxmemory-policy")["maxmemory-policy"]
    try:
        redis_server.config_set("maxmemory-policy", "allkeys-lru")
        assert checks.redis_checks()[0].health is Health.BAD
        redis_server.config_set("maxmemory-policy", "noeviction")
        assert checks.redis_checks()[0].health is not Health.BAD
    finally:
        redis_server.config_set("maxmemory-policy", before)


def test_clocks_that_are_apart_are_bad(workspace: Place) -> None:
    assert checks.clocks(SOUND, right=True).health is Health.GOOD
    assert checks.clocks(replace(SOUND, clock=1090.0), right=True).health is Health.BAD


@pytest.mark.parametrize(("right", "health"), [(True, Health.GOOD), (False, Health.LOOK), (None, Health.GOOD)])
def test_a_clock_that_nothing_keeps_right_wants_a_look(workspace: Place, right: bool | None, health: Health) -> None:
    assert checks.clocks(SOUND, right=right).health is health


def test_the_kernel_is_asked_whether_its_clock_is_right() -> None:
    assert checks.kept_right() in (True, False, None)


@pytest.mark.parametrize(("free", "health"), [(50, Health.GOOD), (10, Health.LOOK), (2, Health.BAD)])
def test_the_disk(monkeypatch: pytest.MonkeyPatch, free: int, health: Health) -> None:
    usage = type("Usage", (), {"total": 100, "free": free})()
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda _path: usage)
    assert checks.disk(Settings()).health is health


# --- names ------------------------------------------------------------------------------------------------------


@pytest.fixture
def dns() -> Iterator[DnsServer]:
    server = DnsServer().start()
    yield server
    server.stop()


def test_our_own_names_are_looked_up(dns: DnsServer) -> None:
    ours = Settings(base_url="https://park.example", dns_resolvers=(dns.address,))
    (missing,) = checks.names(ours)
    assert missing.health is Health.BAD
    assert "_spf.park.example" in str(missing.params["names"])
    dns.txt("_spf.park.example", "v=spf1 ~all")
    dns.txt("_dmarc.park.example", "v=DMARC1; p=none")
    dns.mx("bounces.park.example", "park.example")
    dns.records["workspace.park.example", "A"] = ["192.0.2.1"]
    assert checks.names(ours)[0].health is Health.GOOD


def test_without_a_name_in_dns_nothing_is_looked_up() -> None:
    assert checks.names(Settings())[0].health is Health.UNKNOWN


# --- port 25 ----------------------------------------------------------------------------------------------------


@contextmanager
def answering(greeting: bytes, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that greets whoever comes, once; yields its port."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            connection, _ = server.accept()
            with connection if context is None else context.wrap_socket(connection, server_side=True) as talking:
                talking.sendall(greeting)
        except OSError:
            return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1]
    server.close()
    thread.join(5)


@pytest.mark.parametrize(
    ("greeting", "health"), [(b"220 mx ready\r\n", Health.GOOD), (b"554 go away\r\n", Health.LOOK)]
)
def test_a_mail_server_is_knocked_at(greeting: bytes, health: Health) -> None:
    with answering(greeting) as port:
        assert checks.port_25(Settings(smtp_probe=f"127.0.0.1:{port}")).health is health


def test_a_closed_port_is_bad_and_development_does_not_knock() -> None:
    assert checks.port_25(Settings(smtp_probe=f"127.0.0.1:{free_port()}")).health is Health.BAD
    assert checks.port_25(Settings()).health is Health.UNKNOWN


# --- certificates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "health"), [(60, Health.GOOD), (14, Health.LOOK), (3, Health.BAD)])
def test_a_certificate_is_judged_by_how_long_it_holds(tmp_path: Path, days: int, health: Health) -> None:
    authority = Authority(tmp_path)
    issued = authority.issue("localhost", days=60)
    trusting = ssl.create_default_context(cafile=str(authority.file))
    now = datetime.now(UTC) + timedelta(days=60 - days)
    with answering(b"", issued.server_context()) as port:
        assert checks.certificate("localhost", port, now=now, context=trusting).health is health


def test_a_certificate_that_nobody_trusts_is_bad(tmp_path: Path) -> None:
    issued = Authority(tmp_path).issue("localhost", days=60)
    with answering(b"", issued.server_context()) as port:
        found = checks.certificate("localhost", port, now=datetime.now(UTC))
    assert found.health is Health.BAD
    assert checks.certificates(Settings())[0].health is Health.UNKNOWN


# --- domains and counters ---------------------------------------------------------------------------------------


def test_the_domains_of_all_workspaces_are_listed(
    operator: FlaskClient, workspace: Place, other_workspace: Place
) -> None:
    names = [f"{place.slug}.example" for place in (workspace, other_workspace)]
    for place, name in zip((workspace, other_workspace), names, strict=True):
        with place.inside():
            domains.add_domain(name)
    page = operator.get("/domains?q=tenant-").text
    assert all(name in page for name in names)
    assert names[1] not in operator.get(f"/domains?q={names[0]}").text
    assert "No domain is found" in operator.get("/domains?q=nowhere.example&kind=nonsense").text


def test_a_domain_that_broke_is_found(workspace: Place) -> None:
    with workspace.inside():
        number = domains.add_domain(f"broken-{workspace.slug}.example")
        db.session.get_one(SendingDomain, (workspace.id, number)).verified_at = clock.now()
        record = {"domain_id": number, "purpose": "dkim1", "was_good": True}
        db.session.add(DomainRecord(**record, state="good"))
    with workspace.inside():
        assert directory.listed(workspace.slug, Kind.BROKEN) == []
        db.session.get_one(DomainRecord, (workspace.id, number, "dkim1")).state = "missing"
        db.session.flush()
        assert [one.tenant_id for one in directory.listed(workspace.slug, Kind.BROKEN)] == [workspace.id]


def test_a_counter_that_was_wrong_is_shown_with_its_workspace(operator: FlaskClient, workspace: Place) -> None:
    difference = {"mailing_id": 31, "counter": "minutes.accepted", "kept": 1234, "counted": 4321}
    with workspace.inside():
        db.session.add(
            CounterCheck(day=clock.now().date(), mailings=3, differences=[difference], checked_at=clock.now())
        )
    page = operator.get("/counters").text
    for said in ("minutes.accepted", "1,234", "4,321", workspace.workspace.name):
        assert said in page
