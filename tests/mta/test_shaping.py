"""Politeness: limits for each receiver, and slowing down when one asks for it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from mta.contract import Lane, Status
from mta.pace import FIRST_PAUSE, RECOVER_AFTER, Pace
from mta.ports import Host, Reply, Route, Tls
from mta.settings import SettingsError
from mta.shaping import Limits, Shaping, load
from mta.shares import Share, Standing
from mta.sink import Behaviour
from mta.spool import RedisSpool
from tests.mta.support import a_batch, a_plan, desk, run

RULES = Path(__file__).resolve().parent.parent.parent / "config" / "shaping.toml"
OK = Reply(250, "ok")
SLOW_DOWN = Reply(421, "Too many messages, slow down", "4.7.0")


def route(host: str) -> Route:
    return Route(host, (Host(host, 25, ("192.0.2.1",)),))


@pytest.mark.parametrize(
    ("host", "provider"),
    [
        ("gmail-smtp-in.l.google.com", "gmail"),
        ("contoso-com.mail.protection.outlook.com", "outlook"),
        ("contoso-com.o-v1.mx.microsoft", "outlook"),
        ("mta5.am0.yahoodns.net", "yahoo"),
        ("mx01.mail.icloud.com", "icloud"),
        ("mx.kakao.com", "daum"),
        ("mx1.naver.com", "naver"),
        ("mx1.hanmail.net", "daum"),
        ("mx.nate.com", "nate"),
        ("mail.daily-park.example", "mail.daily-park.example"),
    ],
)
def test_the_projects_rules_know_the_great_providers(host: str, provider: str) -> None:
    shaped, limits = load(RULES, 20).apply(route(host))
    assert shaped.provider == provider
    assert limits.connections <= 10
    assert (shaped.tls is Tls.REQUIRED) == (provider in ("gmail", "outlook"))


@pytest.mark.parametrize(
    "text", ["default = 3", "[default]\nconnections = 0", "[default]\nspeed = 1", "[provider.x]\nconnections = 1", "]"]
)
def test_rules_that_make_no_sense_are_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "shaping.toml"
    file.write_text(text)
    with pytest.raises(SettingsError):
        load(file, 5)


def test_without_rules_the_settings_decide() -> None:
    assert load(None, 7).apply(route("mx.example"))[1] == Limits(7)


def test_a_server_that_asks_for_it_gets_a_pause_and_fewer_connections() -> None:
    pace = Pace(8)
    assert not pace.hear(Reply(450, "mailbox busy"), 0.0)
    assert pace.hear(SLOW_DOWN, 0.0)
    assert pace.hear(SLOW_DOWN, 1.0)
    assert (pace.connections, pace.paused_until) == (4, FIRST_PAUSE)
    pace.hear(SLOW_DOWN, FIRST_PAUSE)
    assert (pace.connections, pace.paused_until) == (2, 3 * FIRST_PAUSE)
    for _ in range(6 * RECOVER_AFTER):
        pace.hear(OK, 100.0)
    assert (pace.connections, pace.reason) == (8, "")


@pytest.mark.parametrize(
    ("code", "text", "slows"),
    [
        (421, "Gmail has detected an unusual rate of mail", True),
        (450, "The user is receiving mail at a rate that prevents additional messages", True),
        (421, "[TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume", True),
        (451, "The mail server has been temporarily rate limited", True),
        (452, "Too many recipients received this hour", True),
        (421, "동시 접속 수 초과", True),
        (421, "과도한 발송으로 제한되었습니다", True),
        (421, "送信制限中です", True),
        (450, "Greylisted, try again in 300 seconds", False),
        (452, "mailbox full", False),
        (550, "rate limit exceeded", False),
    ],
)
def test_what_asks_for_fewer_mails_and_what_does_not(code: int, text: str, slows: bool) -> None:
    assert Pace(4).hear(Reply(code, text), 0.0) is slows


def test_several_machines_obey_one_limit(spool_url: str) -> None:
    async def story() -> None:
        spools = [RedisSpool(spool_url, name) for name in ("one", "two")]
        first = [await spool.grant("naver", 600, 8) for spool in spools]
        assert sum(granted for granted, _ in first) == 10
        assert first[1][1] <= 0.11
        assert (await spools[0].grant("daum", 600, 8))[0] == 8

    run(story())


def test_a_pause_that_another_process_was_asked_for_is_followed_once() -> None:
    pace = Pace(8)
    assert pace.follow(30.0, 2, "slow down")
    assert (pace.connections, pace.level, pace.paused_until, pace.reason) == (4, 2, 30.0, "slow down")
    assert not pace.follow(30.4, 2, "slow down")
    assert pace.connections == 4


@pytest.mark.parametrize(("connections", "users", "parts"), [(5, 2, [3, 2]), (2, 4, [1, 1, 0, 0]), (8, 1, [8])])
def test_connections_are_shared_out_to_the_last(connections: int, users: int, parts: list[int]) -> None:
    assert [Share(users, rank).of(connections) for rank in range(users)] == parts


def test_processes_agree_on_shares_and_on_the_longest_pause(spool_url: str) -> None:
    async def story() -> None:
        one, two = (RedisSpool(spool_url, name) for name in ("one", "two"))
        calm, slow = Standing("naver"), Standing("naver", 20.0, 1.0, 2, "너무 많습니다")
        assert await one.share([calm, Standing("daum")]) == [Share(1, 0), Share(1, 0)]
        (told,) = await two.share([slow])
        assert (told.users, told.rank, told.level, told.reason) == (2, 1, 2, "너무 많습니다")
        (heard,) = await one.share([calm])
        assert (heard.users, heard.rank, heard.reason) == (2, 0, "너무 많습니다")
        assert 19 < heard.pause < 20.1
        (same,) = await one.share([Standing("naver", 5.0, 0.0, 1, "later")])
        assert same.pause > 19, "the shorter pause does not end the longer"

    run(story())


def test_what_was_flushed_since_it_asked_is_not_left_alone(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, start=False) as d:
            one, two = (RedisSpool(spool_url, name) for name in ("one", "two"))
            await one.share([Standing("naver", 20.0, 1.0, 1, "slow down")])
            d.client.flush_destination("naver")
            assert (await two.share([Standing("naver")]))[0].pause == 0
            assert (await two.share([Standing("naver", 19.0, 2.0, 1, "slow down")]))[0].pause == 0

    run(story())


def test_two_processes_have_no_more_connections_together_than_one(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(delay=0.02), connections=6, window=100) as d:
            first = next(iter(d.tasks))
            plan = a_plan()
            d.feed(plan, [a_batch(plan, n, count=50) for n in range(16)])
            await d.until(lambda: [len(one._tasks) for one in first._destinations._open.values()] == [6])
            second = await d.start()
            both = [first, second]
            await d.until(
                lambda: [len(one._tasks) for engine in both for one in engine._destinations._open.values()] == [3, 3]
            )
            await d.stop(second)
            await d.finals(800)
            assert sorted(d.received()) == sorted(set(d.received()))
            assert len(d.received()) == 800

    run(story())


def test_a_limited_receiver_gets_no_more_and_nobody_is_lost(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, start=False) as d:
            engine = await d.start()
            engine._destinations._shaping = Shaping(Limits(2, per_minute=1200))
            started = time.monotonic()
            d.feed(a_plan(), count=60)
            await d.finals(60)
            assert 1.8 < time.monotonic() - started < 6
            assert {o.attempt for o in await d.finals(60)} == {1}

    run(story())


def test_what_waits_too_long_for_a_slow_receiver_is_parked_and_comes_back_untried(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, start=False, hold=0.3, window=40) as d:
            engine = await d.start()
            engine._destinations._shaping = Shaping(Limits(2, per_minute=60))
            plan = a_plan()
            d.feed(plan, [a_batch(plan, n, count=20) for n in range(3)])
            await d.until(lambda: d.client.backlog(1, Lane.NORMAL) == 0)
            assert d.client.open_batches(1, "7")
            assert d.counts()["deferred"] == 0
            engine._destinations._shaping = Shaping(Limits(2))
            engine._destinations._open.clear()
            now = time.time()
            d.redis.zadd("mta:due", dict.fromkeys(d.redis.zrange("mta:due", 0, -1), now - 1))
            for name in d.redis.keys("mta:retry:*"):
                d.redis.hset(name, mapping=dict.fromkeys(d.redis.hkeys(name), f"0;{now:.1f};{now:.0f}"))
            outcomes = await d.finals(60)
            assert {(o.status, o.attempt) for o in outcomes} == {(Status.ACCEPTED, 1)}
            assert len(d.received()) == len(set(d.received())) == 60

    run(story())


def test_a_tenant_with_a_rate_waits_and_others_do_not(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour()) as d:
            d.client.set_rate(1, 36_000)
            slow, quick = a_plan("slow", tenant=1, mailing="slow"), a_plan("quick", tenant=2, mailing="quick")
            d.feed(slow, [a_batch(slow, n, count=10) for n in range(3)])
            d.feed(quick, [a_batch(quick, n, count=10) for n in range(10)])
            await d.until(lambda: d.counts("quick")["accepted"] == 100)
            assert d.counts("slow")["accepted"] <= 20
            started = time.monotonic()
            await d.finals(130)
            assert time.monotonic() - started > 0.8
            d.client.set_rate(1, 0)

    run(story())
