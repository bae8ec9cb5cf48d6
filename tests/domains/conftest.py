"""A DNS server of one's own, and domains in it."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from app.core import site
from app.dispatch import Dispatcher
from app.domains import checking, queries, service
from app.domains.queries import DomainView
from app.domains.records import Wanted
from app.domains.terms import COUNTED, Purpose
from tests.domains.dns_server import DnsServer
from tests.support.workspaces import Place

_numbers = itertools.count(1)


@pytest.fixture
def dns(dispatcher: Dispatcher) -> Iterator[DnsServer]:
    """A DNS server that the product asks for the time of a test."""
    server = DnsServer().start()
    before = site.settings()
    site.use_settings(replace(before, dns_resolvers=(server.address,)))
    yield server
    site.use_settings(before)
    server.stop()


@pytest.fixture
def production(dispatcher: Dispatcher) -> Iterator[None]:
    before = site.settings()
    site.use_settings(replace(before, environment="production"))
    yield
    site.use_settings(before)


@pytest.fixture
def name() -> str:
    """A domain that no other test has."""
    return f"park-{next(_numbers)}-{os.getpid()}.example"


@dataclass
class Owned:
    """A domain that a workspace has added, and the hand of its owner in DNS."""

    place: Place
    id: int
    dns: DnsServer

    def view(self) -> DomainView:
        with self.place.inside():
            return queries.domain(self.id)

    def wanted(self, purpose: Purpose) -> Wanted:
        with self.place.inside():
            return next(w for w in queries.wanted(queries.domain(self.id)) if w.purpose is purpose)

    def publish(self, *purposes: Purpose) -> None:
        """Set records as they are asked for, and what they lead to on our side."""
        for purpose in purposes or COUNTED:
            record = self.wanted(purpose)
            if record.type == "TXT":
                self.dns.txt(record.host, record.value)
            else:
                self.dns.cname(record.host, record.value)
                self.dns.txt(record.value, record.text) if record.text else self.dns.mx(record.value, "mx.ours.example")

    def withdraw(self, purpose: Purpose) -> None:
        self.dns.forget(self.wanted(purpose).host)

    def check(self) -> DomainView:
        with self.place.app.app_context():
            checking.check(self.id, asked=True)
        return self.view()


@pytest.fixture
def add(dns: DnsServer) -> Callable[..., Owned]:
    def do(place: Place, name: str, *purposes: Purpose, ready: bool = False) -> Owned:
        with place.inside():
            domain_id = service.add_domain(name)
        owned = Owned(place, domain_id, dns)
        if ready or purposes:
            owned.publish(*purposes)
            owned.check()
        return owned

    return do


@pytest.fixture
def service_keys(workspace: Place) -> None:
    with workspace.inside():
        service.make_service_keys()
