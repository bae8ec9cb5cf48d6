"""Routes from a real DNS server on loopback."""

from __future__ import annotations

import asyncio

import pytest

from mta.ports import Reply, Route
from mta.routing import MxRouter, RelayRouter
from tests.mta.servers import Nameserver, Zone, nameserver
from tests.mta.support import run

ZONE: Zone = {
    ("two.example.", "MX"): ["20 mx2.two.example.", "10 mx1.two.example."],
    ("mx1.two.example.", "A"): ["192.0.2.1"],
    ("mx2.two.example.", "A"): ["192.0.2.2", "192.0.2.3"],
    ("mx1.two.example.", "AAAA"): ["2001:db8::1"],
    ("only-a.example.", "A"): ["192.0.2.9"],
    ("null.example.", "MX"): ["0 ."],
    ("dangling.example.", "MX"): ["10 nowhere.example."],
    ("xn--ob0b930c.example.", "A"): ["192.0.2.8"],
}


async def ask(*domains: str, ipv6: bool = False) -> tuple[list[Route | Reply], Nameserver]:
    server, resolver = await nameserver(ZONE)
    router = MxRouter(resolver, ipv6=ipv6)
    answers = await asyncio.gather(*(router.find(domain, 1) for domain in domains))
    assert [router.known(domain, 1) for domain in domains] == list(answers)
    return list(answers), server


def addresses(route: Route | Reply) -> list[tuple[str, ...]]:
    assert isinstance(route, Route)
    return [tuple(sorted(host.addresses, reverse=":" in "".join(host.addresses))) for host in route.hosts]


def test_exchangers_come_in_order_of_preference() -> None:
    (route,), _ = run(ask("Two.Example"))
    assert addresses(route) == [("192.0.2.1",), ("192.0.2.2", "192.0.2.3")]
    assert route.key == "mx1.two.example"


def test_ipv6_comes_first_where_it_is_wanted() -> None:
    (route,), _ = run(ask("two.example", ipv6=True))
    assert addresses(route)[0] == ("2001:db8::1", "192.0.2.1")


def test_without_mx_the_domain_itself_takes_mail() -> None:
    (route,), _ = run(ask("only-a.example"))
    assert addresses(route) == [("192.0.2.9",)]


def test_a_korean_domain_is_asked_for_by_its_ascii_name() -> None:
    (route,), _ = run(ask("공원.example"))
    assert addresses(route) == [("192.0.2.8",)]


@pytest.mark.parametrize(
    ("domain", "code", "enhanced"),
    [
        ("null.example", 556, "5.1.10"),
        ("nowhere.example", 550, "5.1.2"),
        ("dangling.example", 550, "5.1.2"),
        ("broken.example", 0, "4.4.3"),
        ("a..example", 550, "5.1.2"),
    ],
)
def test_what_cannot_be_routed_says_why_and_whether_to_try_again(domain: str, code: int, enhanced: str) -> None:
    (reply,), _ = run(ask(domain))
    assert (reply.code, reply.enhanced) == (code, enhanced)


def test_one_domain_is_asked_for_once() -> None:
    _, server = run(ask(*["only-a.example"] * 20))
    assert server.questions == 2


def test_what_is_not_there_is_remembered_as_well() -> None:
    async def story() -> int:
        server, resolver = await nameserver(ZONE)
        router = MxRouter(resolver)
        for _ in range(5):
            assert isinstance(await router.find("nowhere.example", 1), Reply)
            router._cache.clear()  # the resolver remembers, too: another domain may name the same server
        return server.questions

    assert run(story()) == 1


def test_a_relay_takes_everything() -> None:
    router = RelayRouter("relay.example", 587)
    assert router.known("anything.example", 1) == run(router.find("else.example", 2))
