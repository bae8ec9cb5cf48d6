"""DANE and MTA-STS, against real DNS, HTTPS and mail servers with real certificates."""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256, sha512
from typing import Any

import dns.rdata
import pytest
from structlog.testing import capture_logs

from mta import dane
from mta.contract import Outcome, Status
from mta.policies import RedisStore
from mta.ports import Reply, Route, Tls, Tlsa
from mta.resolving import Resolver
from mta.routing import MxRouter
from mta.shaping import Limits, Shaping
from mta.sts import BadPolicy, Policies, Policy, parse
from tests.mta.servers import (
    Authority,
    Certificate,
    Nameserver,
    Receiver,
    Zone,
    nameserver,
    page,
    policy,
    publish,
    receive,
)
from tests.mta.support import a_plan, desk, free_port, run

MX = "mx.paper.example"


@dataclass(frozen=True)
class Shop:
    """The certificates of a test."""

    authority: Authority
    good: Certificate
    other_name: Certificate
    unknown: Certificate
    late: Certificate
    web: Certificate


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    issue = authority.issue
    return Shop(
        authority,
        good=issue(MX),
        other_name=issue("other.example"),
        unknown=issue(MX, self_signed=True),
        late=issue(MX, days=0),
        web=issue("mta-sts.paper.example"),
    )


def zone(*, tlsa: tuple[str, ...] = (), port: int = 25, sts: str = "") -> Zone:
    records: Zone = {("paper.example.", "MX"): [f"10 {MX}."], (f"{MX}.", "A"): ["127.0.0.1"]}
    records |= {(f"_{port}._tcp.{MX}.", "TLSA"): list(tlsa)} if tlsa else {}
    if sts:
        records["_mta-sts.paper.example.", "TXT"] = [f'"v=STSv1; id={sts};"']
        records["mta-sts.paper.example.", "A"] = ["127.0.0.1"]
    return records


@asynccontextmanager
async def web(shop: Shop, answer: bytes) -> AsyncIterator[dict[str, Any]]:
    port, server = await publish(answer, shop.web)
    yield {"port": port, "context": ssl.create_default_context(cafile=shop.authority.file)}
    server.close()


async def send(
    spool_url: str,
    shop: Shop,
    certificate: Certificate | None,
    router: MxRouter,
    port: int,
    *,
    pipelining: bool = True,
    setting: Tls = Tls.OPPORTUNISTIC,
) -> tuple[list[Outcome], list[bool]]:
    """Send three mails to a receiver at `port`, and return what became of them and which came encrypted."""
    receiver = Receiver(pipelining)
    _, server = await receive(receiver, certificate, port=port)
    how = {"hold": 0.2, "retry_delays": (3600.0,), "trusted_certificates": shop.authority.file}
    try:
        async with desk(spool_url, start=False, **how) as d:
            engine = await d.start()
            engine._destinations._router = router
            engine._destinations._shaping = Shaping(Limits(1, tls=setting))
            d.feed(a_plan(), count=3, address="reader{}@paper.example")
            await d.until(lambda: len(d.outcomes) == 3)
            return [outcome for _, outcome in d.outcomes], receiver.encrypted
    finally:
        server.close()


def tlsa(certificate: Certificate, usage: int = 3, selector: int = 1, matching: int = 1) -> str:
    data = certificate.key if selector == 1 else certificate.der
    data = data if matching == 0 else (sha256 if matching == 1 else sha512)(data).digest()
    return f"{usage} {selector} {matching} {data.hex()}"


# DANE


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_certificate_that_dnssec_names_is_good_whoever_signed_it(
    spool_url: str, shop: Shop, pipelining: bool
) -> None:
    async def story() -> None:
        port = free_port()
        _, resolver = await nameserver(zone(tlsa=(tlsa(shop.unknown),), port=port), trusted=True)
        router = MxRouter(resolver, port=port)
        outcomes, encrypted = await send(spool_url, shop, shop.unknown, router, port, pipelining=pipelining)
        assert {(o.status, o.tls) for o in outcomes} == {(Status.ACCEPTED, "TLSv1.3 dane")}
        assert encrypted == [True] * 3

    run(story())


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("offered", ["another certificate", "nothing"])
def test_no_mail_goes_to_a_server_that_is_not_the_one_dnssec_names(
    spool_url: str, shop: Shop, pipelining: bool, offered: str
) -> None:
    async def story() -> None:
        port = free_port()
        _, resolver = await nameserver(zone(tlsa=(tlsa(shop.unknown),), port=port), trusted=True)
        certificate = shop.good if offered == "another certificate" else None
        router = MxRouter(resolver, port=port)
        outcomes, encrypted = await send(spool_url, shop, certificate, router, port, pipelining=pipelining)
        assert {o.status for o in outcomes} == {Status.DEFERRED}
        assert "dane" in outcomes[0].text.lower()
        assert encrypted == []

    run(story())


@pytest.mark.parametrize(
    ("answers", "tls"), [(True, "TLSv1.3 encrypted"), (False, "")], ids=["encrypts", "does not encrypt"]
)
def test_records_that_cannot_be_used_still_ask_for_encryption(
    spool_url: str, shop: Shop, answers: bool, tls: str
) -> None:
    async def story() -> None:
        port = free_port()
        _, resolver = await nameserver(zone(tlsa=(tlsa(shop.good, usage=1),), port=port), trusted=True)
        certificate = shop.unknown if answers else None
        outcomes, encrypted = await send(spool_url, shop, certificate, MxRouter(resolver, port=port), port)
        status = Status.ACCEPTED if answers else Status.DEFERRED
        assert {(o.status, o.tls) for o in outcomes} == {(status, tls)}
        assert len(encrypted) == 3 * answers

    run(story())


def test_records_that_cannot_be_used_do_not_lower_what_a_setting_asks_for(spool_url: str, shop: Shop) -> None:
    async def story() -> None:
        port = free_port()
        _, resolver = await nameserver(zone(tlsa=(tlsa(shop.good, usage=0),), port=port), trusted=True)
        router = MxRouter(resolver, port=port)
        outcomes, encrypted = await send(spool_url, shop, shop.unknown, router, port, setting=Tls.REQUIRED)
        assert {o.status for o in outcomes} == {Status.DEFERRED}
        assert encrypted == []

    run(story())


async def hosts_of(resolver: Resolver, **how: Any) -> Route | Reply:
    return await MxRouter(resolver, **how).find("paper.example", 1)


@pytest.mark.parametrize("unsigned", ["paper.example.", f"{MX}.", f"_25._tcp.{MX}."])
def test_what_dnssec_does_not_vouch_for_is_no_tlsa(shop: Shop, unsigned: str) -> None:
    async def story() -> None:
        server, resolver = await nameserver(zone(tlsa=(tlsa(shop.good),)), trusted=True)
        server.unsigned = {unsigned}
        route = await hosts_of(resolver)
        assert isinstance(route, Route)
        assert route.hosts[0].tlsa is None

    run(story())


def test_a_resolver_that_is_not_trusted_cannot_vouch(shop: Shop) -> None:
    async def story() -> None:
        _, resolver = await nameserver(zone(tlsa=(tlsa(shop.good),)))
        route = await hosts_of(resolver)
        assert isinstance(route, Route)
        assert route.hosts[0].tlsa is None

    run(story())


def test_tlsa_records_that_are_kept_from_us_keep_the_mail_here(shop: Shop) -> None:
    async def story() -> None:
        server, resolver = await nameserver(zone(tlsa=(tlsa(shop.good),)), trusted=True)
        server.broken = {"_tcp"}
        reply = await hosts_of(resolver)
        assert isinstance(reply, Reply)
        assert (reply.code, reply.enhanced) == (0, "4.7.5")
        assert "TLSA records of mx.paper.example" in reply.text

    run(story())


def chain(shop: Shop, certificate: Certificate) -> list[bytes]:
    return [certificate.der] if certificate is shop.unknown else [certificate.der, shop.authority.der]


@pytest.mark.parametrize("selector", [0, 1])
@pytest.mark.parametrize("matching", [0, 1, 2])
def test_every_way_to_name_the_servers_own_certificate(shop: Shop, selector: int, matching: int) -> None:
    (record,) = records(tlsa(shop.late, 3, selector, matching))
    assert dane.vouches([record], chain(shop, shop.late), ())  # neither name nor date matter
    assert not dane.vouches([record], chain(shop, shop.good), (MX,))
    assert not dane.vouches([record], [], ())


@pytest.mark.parametrize("selector", [0, 1])
@pytest.mark.parametrize("matching", [0, 1, 2])
def test_every_way_to_name_the_authority(shop: Shop, selector: int, matching: int) -> None:
    root = Certificate(shop.authority.file, shop.authority.der, shop.authority.key)
    (record,) = records(tlsa(root, 2, selector, matching))
    assert dane.vouches([record], chain(shop, shop.good), (MX,))
    assert dane.vouches([record], chain(shop, shop.good), ("paper.example", MX))
    assert not dane.vouches([record], chain(shop, shop.good), ("paper.example",))
    assert not dane.vouches([record], chain(shop, shop.other_name), (MX,))
    assert not dane.vouches([record], chain(shop, shop.late), (MX,))
    assert not dane.vouches([record], [shop.unknown.der, shop.authority.der], (MX,))


@pytest.mark.parametrize("text", ["0 0 1", "1 1 1", "4 1 1", "3 2 1", "3 1 3"])
def test_records_of_other_kinds_are_not_used(text: str) -> None:
    assert records(f"{text} {'00' * 32}") == ()


def records(text: str) -> tuple[Tlsa, ...]:
    return dane.usable([dns.rdata.from_text("IN", "TLSA", text)])


# MTA-STS


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize(
    ("certificate", "mode", "accepted", "tls"),
    [
        ("good", "enforce", True, "TLSv1.3 sts"),
        ("other_name", "enforce", False, ""),
        ("unknown", "enforce", False, ""),
        ("late", "enforce", False, ""),
        ("none", "enforce", False, ""),
        ("unknown", "testing", True, "TLSv1.3 opportunistic"),
        ("none", "testing", True, "none"),
        ("none", "none", True, "none"),
    ],
)
def test_a_policy_is_obeyed(
    spool_url: str, shop: Shop, certificate: str, mode: str, accepted: bool, tls: str, pipelining: bool
) -> None:
    async def story() -> None:
        port = free_port()
        async with web(shop, policy(mode, "*.paper.example")) as how:
            _, resolver = await nameserver(zone(sts="1"))
            router = MxRouter(resolver, port=port, sts=Policies(resolver, **how))
            shown = None if certificate == "none" else getattr(shop, certificate)
            outcomes, encrypted = await send(spool_url, shop, shown, router, port, pipelining=pipelining)
        assert {(o.status, o.tls) for o in outcomes} == {(Status.ACCEPTED if accepted else Status.DEFERRED, tls)}
        assert encrypted == [tls not in ("", "none")] * 3 * accepted
        if not accepted:
            assert "sts" in outcomes[0].text

    run(story())


@pytest.mark.parametrize(
    ("certificate", "named", "kinds", "said"),
    [
        ("good", MX, [], ""),
        ("other_name", MX, ["certificate"], "mismatch"),
        ("unknown", MX, ["certificate"], "self-signed"),
        ("late", MX, ["certificate"], "expired"),
        ("none", MX, ["starttls"], "does not offer it"),
        ("good", "mail.elsewhere.example", ["name"], "the policy does not name mx.paper.example"),
        ("unknown", "mail.elsewhere.example", ["name", "certificate"], "self-signed"),
    ],
)
def test_what_a_policy_in_testing_would_refuse_is_told_and_mail_goes_on(
    spool_url: str, shop: Shop, certificate: str, named: str, kinds: list[str], said: str
) -> None:
    async def story() -> None:
        port = free_port()
        receiver, shown = Receiver(), None if certificate == "none" else getattr(shop, certificate)
        _, server = await receive(receiver, shown, port=port)
        async with (
            web(shop, policy("testing", named)) as how,
            desk(spool_url, start=False, connections=1, trusted_certificates=shop.authority.file) as d,
        ):
            _, resolver = await nameserver(zone(sts="1"))
            engine = await d.start()
            engine._destinations._router = MxRouter(resolver, port=port, sts=Policies(resolver, **how))
            with capture_logs() as lines:
                for number in range(2):  # the second time on a connection of its own
                    d.feed(a_plan(f"{number}", mailing=f"{number}"), count=2, address="reader{}@paper.example")
                    await d.finals(2 * number + 2)
                    for destination in engine._destinations._open.values():
                        await destination.close(1)
                        destination._closing = False
            assert d.counts() == {"accepted": 4}
            assert receiver.encrypted == [shown is not None] * 4
            complaints = engine.counts.complaints
            assert {kind for _, kind in complaints} == set(kinds)
            assert all(count == 2 for count in complaints.values()), "once for each connection"
            (shown_now,) = engine.state().destinations.values()
            assert said in shown_now.complaint
            assert bool(shown_now.complaint) == bool(kinds)
            told = [line["kind"] for line in lines if line["event"] == "sts_policy_would_refuse"]
            assert set(told) == set(kinds)
        server.close()

    run(story())


def test_domains_that_test_a_policy_share_no_connection_with_others(shop: Shop) -> None:
    async def story() -> None:
        async with web(shop, policy("testing", MX)) as how:
            _, resolver = await nameserver(zone(sts="1"))
            tested = await hosts_of(resolver, sts=Policies(resolver, **how))
            free = await hosts_of(resolver, sts=None)
            assert isinstance(tested, Route)
            assert isinstance(free, Route)
            assert tested.key != free.key == MX

    run(story())


def test_servers_that_the_policy_does_not_name_get_nothing(shop: Shop) -> None:
    async def story() -> None:
        async with web(shop, policy("enforce", "mail.elsewhere.example")) as how:
            _, resolver = await nameserver(zone(sts="1"))
            reply = await hosts_of(resolver, sts=Policies(resolver, **how))
            assert isinstance(reply, Reply)
            assert (reply.code, reply.enhanced) == (0, "4.7.5")
            assert "MTA-STS: the policy of paper.example" in reply.text

    run(story())


def test_dane_goes_before_a_policy(shop: Shop) -> None:
    async def story() -> None:
        async with web(shop, policy("enforce", "mail.elsewhere.example")) as how:
            _, resolver = await nameserver(zone(sts="1", tlsa=(tlsa(shop.good),)), trusted=True)
            route = await hosts_of(resolver, sts=Policies(resolver, **how))
            assert isinstance(route, Route)
            assert route.hosts[0].tlsa
            assert not route.hosts[0].sts

    run(story())


BODY = b"version: STSv1\r\nmode: enforce\r\nmx: a.example\r\nmax_age: 86400\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        page(b"", "404 Not Found"),
        b"HTTP/1.1 301 Moved\r\nLocation: https://mta-sts.paper.example/\r\nContent-Length: 0\r\n\r\n",
        page(BODY, kind="text/html"),
        page(b"mode: enforce\nmx: a.example\nmax_age: 1\n"),
        page(b"version: STSv1\nmode: enforce\nmax_age: 1\n"),
        page(b"version: STSv1\nmode: strict\nmx: a.example\nmax_age: 1\n"),
        page(b"version: STSv1\nmode: enforce\nmx: a.example\nmax_age: soon\n"),
        page(BODY + b"x" * 70_000),
        b"what is this",
    ],
    ids=["404", "redirect", "html", "no version", "no mx", "mode", "age", "large", "no HTTP"],
)
def test_what_is_no_policy_changes_nothing(shop: Shop, answer: bytes) -> None:
    async def story() -> None:
        async with web(shop, answer) as how:
            _, resolver = await nameserver(zone(sts="1"))
            assert await Policies(resolver, **how).policy("paper.example") is None

    run(story())


def test_a_policy_comes_from_the_right_web_server_only(shop: Shop) -> None:
    async def story() -> None:
        port, server = await publish(policy("enforce", MX), shop.good)
        _, resolver = await nameserver(zone(sts="1"))
        context = ssl.create_default_context(cafile=shop.authority.file)
        assert await Policies(resolver, port=port, context=context).policy("paper.example") is None
        server.close()

    run(story())


def test_a_policy_sent_in_chunks_is_read(shop: Shop) -> None:
    async def story() -> None:
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (BODY[:20], BODY[20:])) + b"0\r\n\r\n"
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
        async with web(shop, head + chunks) as how:
            _, resolver = await nameserver(zone(sts="1"))
            found = await Policies(resolver, **how).policy("paper.example")
            assert found is not None
            assert found.mx == ("a.example",)

    run(story())


def forget(server: Nameserver, resolver: Resolver) -> None:
    """Take the record out of DNS, and out of the resolver's memory."""
    server.zone.pop(("_mta-sts.paper.example.", "TXT"), None)
    resolver._stub.cache.flush()  # type: ignore[union-attr]


def test_a_policy_outlives_its_servers_and_this_process(spool_url: str, shop: Shop) -> None:
    async def story() -> None:
        server, resolver = await nameserver(zone(sts="1"))
        async with web(shop, policy("enforce", MX)) as how:
            first = Policies(resolver, RedisStore(spool_url), **how)
            known = await first.policy("paper.example")
            assert known is not None
        assert await first.policy("paper.example") == known  # the web server is gone: not asked for
        server.zone["_mta-sts.paper.example.", "TXT"] = ['"v=STSv1; id=2;"']
        resolver._stub.cache.flush()  # type: ignore[union-attr]
        assert await first.policy("paper.example") == known  # asked for, in vain
        forget(server, resolver)
        assert await Policies(resolver, RedisStore(spool_url)).policy("paper.example") == known

    run(story())


def test_a_new_record_brings_a_new_policy(spool_url: str, shop: Shop) -> None:
    async def story() -> None:
        server, resolver = await nameserver(zone(sts="1"))
        async with web(shop, policy("enforce", MX)) as how:
            one = await Policies(resolver, RedisStore(spool_url), **how).policy("paper.example")
        server.zone["_mta-sts.paper.example.", "TXT"] = ['"v=STSv1; id=2;"']
        resolver._stub.cache.flush()  # type: ignore[union-attr]
        async with web(shop, policy("none")) as how:
            two = await Policies(resolver, RedisStore(spool_url), **how).policy("paper.example")
        assert one is not None
        assert two is not None
        assert (one.mode, two.mode) == ("enforce", "none")

    run(story())


def test_two_records_are_none(shop: Shop) -> None:
    async def story() -> None:
        server, resolver = await nameserver(zone(sts="1"))
        server.zone["_mta-sts.paper.example.", "TXT"] *= 2
        server.zone["_mta-sts.paper.example.", "TXT"][0] = '"v=STSv1; id=0;"'
        async with web(shop, policy("enforce", MX)) as how:
            assert await Policies(resolver, **how).policy("paper.example") is None

    run(story())


def test_a_policy_ends_when_it_said_and_patterns_stand_for_one_label() -> None:
    found = parse(BODY + b"mx: *.B.example.\r\n", "7", now := time.time())
    assert isinstance(found, Policy)
    assert found.holds(now + 86_399)
    assert not found.holds(now + 86_401)
    assert found.allows("A.example.")
    assert found.allows("mx1.b.example")
    assert not found.allows("b.example")
    assert not found.allows("x.mx1.b.example")
    with pytest.raises(BadPolicy):
        parse(b"", "7", now)
