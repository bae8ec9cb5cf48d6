"""Routes from a real DNS server on loopback."""

from __future__ import annotations

import asyncio
from typing import cast

import dns.asyncresolver
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from mta.ports import Reply, Route
from mta.routing import MxRouter, RelayRouter
from tests.mta.support import free_port, run

ZONE = {
    ("two.example.", "MX"): ["20 mx2.two.example.", "10 mx1.two.example."],
    ("mx1.two.example.", "A"): ["192.0.2.1"],
    ("mx2.two.example.", "A"): ["192.0.2.2", "192.0.2.3"],
    ("mx1.two.example.", "AAAA"): ["2001:db8::1"],
    ("only-a.example.", "A"): ["192.0.2.9"],
    ("null.example.", "MX"): ["0 ."],
    ("dangling.example.", "MX"): ["10 nowhere.example."],
    ("xn--ob0b930c.example.", "A"): ["192.0.2.8"],
}


class Nameserver(asyncio.DatagramProtocol):
    """Answers from `ZONE`; ``broken.example`` gets SERVFAIL."""

    def __init__(self) -> None:
        self.questions = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.questions += 1
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text().lower(), dns.rdatatype.to_text(question.rdtype)
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name.startswith("broken."):
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif records := ZONE.get((name, kind)):
            answer.answer.append(dns.rrset.from_text(question.name, 300, "IN", kind, *records))
        elif not any(known == name for known, _ in ZONE):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(answer.to_wire(), addr)


async def ask(*domains: str, ipv6: bool = False) -> tuple[list[Route | Reply], Nameserver]:
    server, port = Nameserver(), free_port()
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: server, ("127.0.0.1", port))
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers, resolver.port, resolver.lifetime = ["127.0.0.1"], port, 2.0
    router = MxRouter(resolver, ipv6=ipv6)
    answers = await asyncio.gather(*(router.find(domain) for domain in domains))
    assert [router.known(domain) for domain in domains] == list(answers)
    transport.close()
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


def test_a_relay_takes_everything() -> None:
    router = RelayRouter("relay.example", 587)
    assert router.known("anything.example") == run(router.find("else.example"))
