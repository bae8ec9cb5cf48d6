"""Other ways than a domain's MX: smart hosts, our own addresses, and days of warming up."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mta.ceilings import Ceiling
from mta.contract import Lane, Status
from mta.ports import Host, Reply, Route, Source, Tls
from mta.routes import RuledRouter, load
from mta.settings import SettingsError
from mta.sources import Sources
from mta.spool import RedisSpool
from tests.mta.servers import Authority, Receiver, receive
from tests.mta.support import a_batch, a_plan, desk, free_port, run

ELSEWHERE = Route("mx.elsewhere.example", (Host("mx.elsewhere.example", 25, ("192.0.2.1",)),))
TODAY = datetime.now(UTC).date()


class Elsewhere:
    """The router below."""

    def known(self, domain: str, tenant: int) -> Route | Reply | None:
        return ELSEWHERE

    async def find(self, domain: str, tenant: int) -> Route | Reply:
        return ELSEWHERE


def write(folder: Path, text: str) -> Path:
    file = folder / "routes.toml"
    file.write_text(text)
    return file


def test_the_first_route_that_applies_is_taken(tmp_path: Path) -> None:
    text = """
    [[route]]
    domain = "paper.example"
    tenant = 7
    to = ["one.example:2525", "[::1]"]
    [[route]]
    domain = "*.paper.example"
    to = ["two.example"]
    tls = "off"
    [[route]]
    domain = "bank.example"
    tls = "required"
    [[route]]
    tenant = 9
    to = ["three.example"]
    """
    router = RuledRouter(load(write(tmp_path, text)).rules, Elsewhere())

    def host(domain: str, tenant: int) -> str:
        route = router.known(domain, tenant)
        assert isinstance(route, Route)
        assert run(router.find(domain, tenant)) == route
        return route.hosts[0].name

    assert host("paper.example", 7) == "one.example"
    assert host("paper.example", 8) == "mx.elsewhere.example"
    assert host("mail.paper.example", 8) == "two.example"
    assert host("anything.example", 9) == "three.example"
    bank = router.known("bank.example", 1)
    assert isinstance(bank, Route)
    assert (bank.tls, bank.hosts) == (Tls.REQUIRED, ELSEWHERE.hosts)
    assert bank.key != ELSEWHERE.key
    one = router.known("paper.example", 7)
    assert isinstance(one, Route)
    assert [(h.name, h.port) for h in one.hosts] == [("one.example", 2525), ("::1", 25)]


SMART = '[[route]]\ntenant = 1\nto = ["smart.example:587"]\nuser = "park"\npassword = "%s"\n'


def test_a_password_is_referred_to_never_written(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    for reference in ("env:SMART", f"file:{tmp_path / 'secret'}"):
        route = load(write(tmp_path, SMART % reference), {"SMART": "from the environment"}).rules[0].route
        assert route is not None
        assert route.password == ("from the environment" if reference.startswith("env") else "from a file")
        assert route.tls is Tls.REQUIRED


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("]", "MTA_ROUTES"),
        ("[[router]]\ntenant = 1", "what is router?"),
        ("[[route]]\nto = ['a']", "route 1: it names neither"),
        ("[[route]]\ntenant = 1", "route 1: without `to`"),
        ("[[route]]\ntenant = 1\nto = []", "route 1: `to` names no server"),
        ("[[route]]\ntenant = 1\nto = ['a:b']", "route 1: 'a:b' is not host:port"),
        ("[[route]]\ntenant = 1\nto = ['a']\ncolour = 1", "route 1: what is colour?"),
        (SMART % "hunter2", "never the password itself"),
        (SMART % "env:NOT_THERE", "there is no password at env:NOT_THERE"),
        (SMART % "file:/not/there", "route 1"),
        (SMART % "env:SMART" + 'tls = "opportunistic"', "a password needs tls"),
        ("[pool.default]\naddresses = []", "pool default has no addresses"),
        ("[pool.a]\naddresses = ['192.0.2.1']", "pool a is nobody's"),
        ("[pool.default]\naddresses = ['here']", "MTA_ROUTES"),
        ("[address.'192.0.2.1']\nwarm_up = [1]", "warm_up_from is a day"),
        ("[address.'192.0.2.1']\nwarm_up_from = 2026-01-01\nwarm_up = ['x']", "warm_up_from is a day"),
    ],
)
def test_what_makes_no_sense_is_refused_and_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(write(tmp_path, text), {"SMART": "x"})
    assert says in str(refused.value)


def test_the_projects_own_file_says_nothing() -> None:
    ways = load(Path(__file__).resolve().parent.parent.parent / "config" / "routes.toml")
    assert ways.rules == ()
    assert ways.sources.choose(ELSEWHERE, 1, "a@b.example") == Source()


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_tenants_smart_host_is_logged_in_to_over_tls(
    spool_url: str, tmp_path: Path, pipelining: bool, mechanism: str
) -> None:
    async def story() -> None:
        authority, receiver = Authority(tmp_path), Receiver(pipelining)
        other = "LOGIN" if mechanism == "PLAIN" else "PLAIN"
        port, server = await receive(
            receiver, authority.issue("127.0.0.1"), authenticator=receiver.login, auth_exclude_mechanism=[other]
        )
        (tmp_path / "secret").write_text("secret")
        text = f"[[route]]\ntenant = 1\nto = ['127.0.0.1:{port}']\nuser = 'park'\npassword = 'file:{tmp_path}/secret'\n"
        how = {"routes": write(tmp_path, text), "trusted_certificates": authority.file}
        async with desk(spool_url, **how) as d:
            d.feed(a_plan(), count=5)
            other_plan = a_plan("other", tenant=2, mailing="8")
            d.feed(other_plan, [a_batch(other_plan)])
            outcomes = await d.finals(15)
            assert {o.status for o in outcomes} == {Status.ACCEPTED}
            assert Counter(o.tls for o in outcomes) == {"TLSv1.3 required": 5, "none": 10}
            assert len(d.received()) == 10
        assert receiver.encrypted == [True] * 5
        assert set(receiver.logins) == {(mechanism, "park")}
        server.close()

    run(story())


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("trouble", ["wrong password", "no encryption"])
def test_a_login_that_fails_is_no_recipients_fault(
    spool_url: str, tmp_path: Path, pipelining: bool, trouble: str
) -> None:
    async def story() -> None:
        authority, receiver = Authority(tmp_path), Receiver(pipelining, password="another")
        certificate = authority.issue("127.0.0.1") if trouble == "wrong password" else None
        port, server = await receive(
            receiver, certificate, authenticator=receiver.login, auth_require_tls=certificate is not None
        )
        (tmp_path / "secret").write_text("secret")
        text = f"[[route]]\ntenant = 1\nto = ['127.0.0.1:{port}']\nuser = 'park'\npassword = 'file:{tmp_path}/secret'\n"
        how = {"routes": write(tmp_path, text), "trusted_certificates": authority.file, "hold": 0.2}
        async with desk(spool_url, **how, retry_delays=(3600.0,)) as d:
            d.feed(a_plan(), count=2)
            await d.until(lambda: d.counts()["deferred"] == 2)
            assert ("login failed" if certificate else "encryption") in d.outcomes[0][1].text
        assert receiver.encrypted == []
        assert (receiver.logins == []) is (certificate is None)
        server.close()

    run(story())


# Our own addresses

POOL = """
[pool.default]
addresses = ["127.0.0.2", "127.0.0.3"]
[pool.own]
addresses = ["127.0.0.4"]
tenants = [2]
[address."127.0.0.2"]
hostname = "two.example"
"""


async def at_pools(spool_url: str, tmp_path: Path, more: str, story: Any, **settings: Any) -> None:
    receiver = Receiver()
    port, server = await receive(receiver)
    routes = write(tmp_path, POOL + more)
    async with desk(spool_url, relay=f"127.0.0.1:{port}", routes=routes, connections=2, **settings) as d:
        await story(d, receiver)
    server.close()


def test_a_pool_shares_the_mail_and_a_tenant_has_its_own(spool_url: str, tmp_path: Path) -> None:
    async def story(d: Any, receiver: Receiver) -> None:
        d.feed(a_plan(), count=40)
        own = a_plan("own", tenant=2, mailing="8")
        d.feed(own, [a_batch(own)])
        await d.finals(50)
        sources = Counter(receiver.sources)
        assert sources["127.0.0.4"] == 10
        assert min(sources["127.0.0.2"], sources["127.0.0.3"]) >= 10
        greetings = set(zip(receiver.sources, receiver.greetings, strict=True))
        assert ("127.0.0.2", "two.example") in greetings
        assert ("127.0.0.3", "mta.example") in greetings

    run(at_pools(spool_url, tmp_path, "", story))


def test_a_retry_comes_from_where_the_first_attempt_came_from(spool_url: str, tmp_path: Path) -> None:
    seen: dict[str, list[str]] = {}

    class Greylisting(Receiver):
        async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
            seen.setdefault(address, []).append(session.peer[0])
            if len(seen[address]) == 1:
                return "451 4.7.1 greylisted"
            envelope.rcpt_tos.append(address)
            return "250 ok"

    async def story() -> None:
        receiver, port = Greylisting(), free_port()
        _, server = await receive(receiver, port=port)
        routes = write(tmp_path, POOL)
        async with desk(spool_url, relay=f"127.0.0.1:{port}", routes=routes, connections=2) as d:
            d.feed(a_plan(), count=20)
            outcomes = await d.finals(20)
            assert {(o.status, o.attempt) for o in outcomes} == {(Status.ACCEPTED, 2)}
        assert all(len(sources) == 2 and len(set(sources)) == 1 for sources in seen.values())
        assert {sources[0] for sources in seen.values()} == {"127.0.0.2", "127.0.0.3"}
        server.close()

    run(story())


WARMING = '[address."127.0.0.3"]\nwarm_up_from = %s\nwarm_up = [6, 6]\n'


def test_what_is_over_the_days_ceiling_leaves_from_another_address(spool_url: str, tmp_path: Path) -> None:
    async def story(d: Any, receiver: Receiver) -> None:
        d.feed(a_plan(), count=60)
        assert {(o.status, o.attempt) for o in await d.finals(60)} == {(Status.ACCEPTED, 1)}
        assert Counter(receiver.sources) == {"127.0.0.2": 54, "127.0.0.3": 6}
        assert len(receiver.recipients) == len(set(receiver.recipients)) == 60

    run(at_pools(spool_url, tmp_path, WARMING % TODAY, story))


def test_where_no_address_may_send_more_today_mail_waits_untried(spool_url: str, tmp_path: Path) -> None:
    async def story(d: Any, receiver: Receiver) -> None:
        plan = a_plan(tenant=2)
        d.feed(plan, [a_batch(plan, count=20)])
        await d.until(lambda: d.counts()["accepted"] == 6 and d.client.backlog(2, Lane.NORMAL) == 0)
        assert d.client.open_batches(2, "7")
        assert receiver.sources == ["127.0.0.4"] * 6
        assert d.counts() == {"accepted": 6}
        assert 0 < d.redis.zrange("mta:due", 0, 0, withscores=True)[0][1] - datetime.now(UTC).timestamp() <= 3601

    text = (WARMING % TODAY).replace("127.0.0.3", "127.0.0.4")
    run(at_pools(spool_url, tmp_path, text, story))


def test_several_machines_obey_one_ceiling(spool_url: str) -> None:
    async def story() -> None:
        one, two = RedisSpool(spool_url, "one"), RedisSpool(spool_url, "two")
        ceiling = Ceiling("192.0.2.1", TODAY, [10, 10])
        granted = await asyncio.gather(one.warm(ceiling, 7), two.warm(ceiling, 7), one.warm(ceiling, 7))
        assert sorted(count for count, _ in granted) == [0, 3, 7]
        assert all(0 < tomorrow <= 86_400 for _, tomorrow in granted)
        days = {
            5: Ceiling("192.0.2.2", TODAY - timedelta(5), [1, 2]),
            -2: Ceiling("192.0.2.3", TODAY + timedelta(2), [1]),
        }
        assert (await one.warm(days[5], 1000))[0] == 1000  # warm by now
        assert (await one.warm(days[-2], 1000))[0] == 0  # not yet

    run(story())


def test_an_address_is_used_only_where_it_can_reach() -> None:
    sources = Sources([Source("192.0.2.9"), Source("2001:db8::9")])
    only4 = Route("a", (Host("a", 25, ("192.0.2.1",)),))
    only6 = Route("b", (Host("b", 25, ("2001:db8::1",)),))
    for number in range(20):
        assert sources.choose(only4, 1, f"{number}@a.example") == Source("192.0.2.9")
        assert sources.choose(only6, 1, f"{number}@b.example") == Source("2001:db8::9")
