"""Where the service connects on a customer's word, and where it never does."""

from __future__ import annotations

import socket

import pytest

from app.core import netguard
from app.core.netguard import NameUnknown, NoAnswer, NotReachable, Reachable, reachable

INSIDE = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "168.63.129.16", "::1", "::", "fe80::1", "fe80::1%lo", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1",
    "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost",
]  # fmt: skip


@pytest.mark.parametrize("host", INSIDE)
def test_addresses_inside_are_refused_however_they_are_written(host: str) -> None:
    with pytest.raises((NotReachable, NameUnknown)):
        reachable(host, 5432, allowed=())


@pytest.mark.parametrize("host", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_may_be_reached(host: str) -> None:
    assert reachable(host, 443, allowed=()).port == 443


@pytest.mark.parametrize("host", ["", " ", "no.such.name.invalid", "a,b", "/var/run/postgresql", "x" * 300])
def test_what_is_no_name_is_refused(host: str) -> None:
    with pytest.raises((NameUnknown, NotReachable)):
        reachable(host, 5432, allowed=())


def test_the_operator_may_allow_a_network() -> None:
    assert reachable("10.1.2.3", 5432, allowed=["10.1.0.0/16"]).ip == "10.1.2.3"
    assert reachable("::ffff:10.1.2.3", 5432, allowed=["10.1.0.0/16"]).ip
    with pytest.raises(NotReachable):
        reachable("10.2.2.3", 5432, allowed=["10.1.0.0/16"])


def test_a_name_with_one_address_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(netguard.socket, "getaddrinfo", lambda *_args, **_options: both)
    with pytest.raises(NotReachable):
        reachable("rebinding.example.com", 443, allowed=())


def test_the_address_that_was_checked_is_the_one_that_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that points elsewhere at the second look gains nothing by it: there is no second look."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = Reachable("changes.example.com", port, "127.0.0.1")
        found.connect(2).close()
    with pytest.raises(NoAnswer):
        found.connect(0.2)
