"""What the engine promises, with a real Redis and a real SMTP server."""

from __future__ import annotations

import asyncio
import time

import pytest
from redis import Redis

from mta.contract import Bounce, Control, Lane, Status
from mta.sink import Behaviour
from tests.mta.conftest import RedisServer
from tests.mta.support import a_batch, a_plan, desk, run


def test_everybody_gets_the_mail_once_and_the_batch_is_closed(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url) as d:
            plan = a_plan()
            d.feed(plan, [a_batch(plan, n) for n in range(5)])
            outcomes = await d.finals(50)
            assert sorted(o.seq for o in outcomes) == list(range(50))
            assert {(o.status, o.code, o.attempt) for o in outcomes} == {(Status.ACCEPTED, 250, 1)}
            assert sorted(d.received()) == sorted(f"reader{n}@example.com" for n in range(50))
            await d.until(lambda: not d.client.open_batches(1, "7"))
            assert d.client.backlog(1, Lane.NORMAL) == 0

    run(story())


def test_a_refused_recipient_gets_its_own_reply(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(reject_every=3, reject_data_every=5), connections=1) as d:
            d.feed(a_plan(), count=30)
            outcomes = {o.seq: o for o in await d.finals(30)}
            assert {n for n, o in outcomes.items() if o.code == 550} == set(range(2, 30, 3))
            assert sum(o.code == 554 for o in outcomes.values()) == 4
            assert outcomes[2].status is Status.BOUNCED
            assert outcomes[2].bounce == Bounce.USER_UNKNOWN
            assert (outcomes[2].enhanced, outcomes[2].text) == ("5.1.1", "no such user")
            accepted = {f"reader{n}@example.com" for n, o in outcomes.items() if o.status is Status.ACCEPTED}
            assert set(d.received()) == accepted

    run(story())


def test_a_deferred_recipient_is_tried_again_and_leaves_the_backlog_meanwhile(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(defer_every=2), connections=1, retry_delays=(0.5,)) as d:
            d.feed(a_plan())
            await d.until(lambda: d.counts()["deferred"] == 5)
            await d.until(lambda: d.client.backlog(1, Lane.NORMAL) == 0)
            assert d.client.open_batches(1, "7") == {"0"}
            outcomes = await d.finals(10)
            assert {o.status for o in outcomes} == {Status.ACCEPTED}
            assert max(o.attempt for o in outcomes) > 1
            assert len(d.received()) == 10
            await d.until(lambda: not d.client.open_batches(1, "7"))
            assert d.client.backlog(1, Lane.NORMAL) == 0

    run(story())


def test_who_is_deferred_for_too_long_expires_with_the_last_reply(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(defer_every=1), retry_for=0.8, retry_delays=(0.3,)) as d:
            d.feed(a_plan(), count=3)
            outcomes = await d.finals(3)
            assert {(o.status, o.code) for o in outcomes} == {(Status.EXPIRED, 451)}
            assert min(o.attempt for o in outcomes) >= 2

    run(story())


def test_a_batch_that_is_open_is_not_opened_twice_and_nobody_final_is_sent_to_again(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url) as d:
            plan = a_plan()
            d.feed(plan)
            assert d.client.submit(a_batch(plan)) is False
            await d.finals(10)
            await d.until(lambda: not d.client.open_batches(1, "7"))
            assert d.client.submit(a_batch(plan)) is False
            d.feed(plan, [a_batch(plan, 0, count=12)])
            await d.finals(12)
            assert len(d.received()) == 12

    run(story())


def test_a_paused_mailing_sends_nothing_and_goes_on_where_it_stood(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(delay=0.02), connections=2, window=40) as d:
            plan = a_plan()
            batches = [a_batch(plan, n, count=20) for n in range(10)]
            d.feed(plan, batches)
            await d.finals(10)
            d.client.control(1, "7", Control.PAUSED)
            await d.until(lambda: not d.client.open_batches(1, "7"), seconds=2)
            assert d.client.backlog(1, Lane.NORMAL) == 0
            sent = len(d.received())
            assert sent < 150
            assert d.client.submit(batches[9])
            await d.until(lambda: not d.client.open_batches(1, "7"), seconds=2)
            assert len(d.received()) == sent
            d.client.control(1, "7", Control.RUNNING)
            d.client.submit_many(batches)
            await d.finals(200)
            assert len(d.received()) == len(set(d.received())) == 200

    run(story())


def test_cancelling_ends_everybody_not_in_flight_within_a_second(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(delay=0.05), connections=2, window=100) as d:
            plan = a_plan()
            d.feed(plan, [a_batch(plan, n, count=50) for n in range(20)])
            await d.finals(10)
            d.client.control(1, "7", Control.CANCELLED)
            clicked = time.monotonic()
            await d.finals(1000, seconds=5)
            assert time.monotonic() - clicked < 1
            counts = d.counts()
            assert counts["accepted"] == len(d.received()) < 100
            assert counts["accepted"] + counts["cancelled"] == 1000
            assert not d.client.open_batches(1, "7")

    run(story())


def test_cancelling_reaches_who_waits_for_a_retry(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(defer_every=1), retry_delays=(3600.0,)) as d:
            d.feed(a_plan())
            await d.until(lambda: d.counts()["deferred"] == 10)
            d.client.control(1, "7", Control.CANCELLED)
            outcomes = await d.finals(10, seconds=2)
            assert {(o.status, o.attempt) for o in outcomes} == {(Status.CANCELLED, 1)}

    run(story())


def test_what_is_fed_to_a_cancelled_mailing_is_cancelled(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url) as d:
            d.client.control(1, "7", Control.CANCELLED)
            d.feed(a_plan())
            await d.finals(10)
            assert d.counts() == {"cancelled": 10}
            assert d.received() == []

    run(story())


def test_breaking_news_overtakes_a_running_mailing(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(delay=0.005), connections=4, window=100) as d:
            bulk = a_plan("bulk", mailing="bulk", lane=Lane.BULK)
            d.feed(bulk, [a_batch(bulk, n, count=100) for n in range(20)])
            await d.finals(50)
            news = a_plan("news", mailing="news", lane=Lane.BREAKING)
            d.feed(news, count=100, address="news{}@example.com")
            before = d.counts("bulk")["accepted"]
            await d.until(lambda: d.counts("news")["accepted"] == 100)
            assert d.counts("bulk")["accepted"] - before < 100

    run(story())


def test_a_small_tenant_is_not_delayed_by_a_big_one(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(delay=0.005), connections=4, window=100) as d:
            big = a_plan("big", tenant=1, mailing="big")
            d.feed(big, [a_batch(big, n, count=50) for n in range(60)])
            await d.finals(50)
            small = a_plan("small", tenant=2, mailing="small")
            d.feed(small, [a_batch(small, n, count=50) for n in range(2)])
            before = d.counts("big")["accepted"]
            await d.until(lambda: d.counts("small")["accepted"] == 100)
            assert d.counts("big")["accepted"] - before < 400

    run(story())


def test_a_batch_without_its_plan_is_given_back(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url) as d:
            plan = a_plan()
            assert d.client.submit(a_batch(plan))
            await d.until(lambda: not d.client.open_batches(1, "7"))
            assert d.client.backlog(1, Lane.NORMAL) == 0
            d.feed(plan)
            await d.finals(10)

    run(story())


def test_nobody_gets_a_mail_that_has_expired(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url) as d:
            d.feed(a_plan(expires_at=time.time() - 1))
            outcomes = await d.finals(10)
            assert {(o.status, o.code) for o in outcomes} == {(Status.EXPIRED, 0)}
            assert d.received() == []

    run(story())


def test_what_is_no_address_bounces_and_the_others_are_sent_to(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url) as d:
            plan = a_plan()
            d.feed(plan, [a_batch(plan, 0, count=2, address="two words{}@example.com"), a_batch(plan, 1, count=2)])
            outcomes = {o.seq: o for o in await d.finals(4)}
            assert (outcomes[0].status, outcomes[0].bounce) == (Status.BOUNCED, Bounce.USER_UNKNOWN)
            assert outcomes[2].status is Status.ACCEPTED

    run(story())


def test_a_plan_that_makes_no_mail_bounces_its_recipients(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url) as d:
            d.feed(a_plan(headers=[("Subject", ["no sender"])]))
            assert {o.status for o in await d.finals(10)} == {Status.BOUNCED}

    run(story())


def test_mail_waits_for_a_relay_that_is_down_and_then_counts_an_attempt(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, relay="127.0.0.1:1", hold=0.5, retry_delays=(3600.0,)) as d:
            d.feed(a_plan())
            await d.until(lambda: d.counts()["deferred"] == 10)
            assert d.outcomes[0][1].code == 0
            assert "refused" in d.outcomes[0][1].text.lower()

    run(story())


def test_connections_beyond_a_servers_limit_cost_nobody_an_attempt(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(limit=2, delay=0.002), connections=10) as d:
            d.feed(a_plan(), count=300)
            assert {o.attempt for o in await d.finals(300)} == {1}

    run(story())


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(drop_after_data=7),
        Behaviour(close_every=7),
        Behaviour(garbage_every=9),
        Behaviour(huge_every=50),
        Behaviour(defer_every=3),
        Behaviour(hang_every=40),
        Behaviour(pipelining=False, drop_after_data=7, defer_every=3),
    ],
    ids=["drops", "closes", "garbage", "huge", "defers", "hangs", "no pipelining"],
)
def test_nobody_is_lost_to_a_server_that_misbehaves(spool_url: str, behaviour: Behaviour) -> None:
    async def story() -> None:
        async with desk(spool_url, behaviour, timeout=0.5) as d:
            d.feed(a_plan(), count=100)
            outcomes = await d.finals(100)
            assert sorted(o.seq for o in outcomes) == list(range(100))
            assert {o.status for o in outcomes} == {Status.ACCEPTED}
            assert set(d.received()) == {f"reader{n}@example.com" for n in range(100)}

    run(story())


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_server_without_smtputf8_gets_no_address_beyond_ascii(spool_url: str, pipelining: bool) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(pipelining=pipelining, smtputf8=False)) as d:
            plan = a_plan()
            d.feed(plan, [a_batch(plan, 0, count=2, address="독자{}@example.com"), a_batch(plan, 1, count=2)])
            outcomes = {o.seq: o for o in await d.finals(4)}
            assert {(outcomes[n].status, outcomes[n].enhanced) for n in (0, 1)} == {(Status.BOUNCED, "5.6.7")}
            assert {outcomes[n].status for n in (2, 3)} == {Status.ACCEPTED}
            assert len(d.received()) == 2

    run(story())


@pytest.mark.parametrize("pipelining", [True, False])
def test_an_address_beyond_ascii_reaches_a_server_that_takes_it(spool_url: str, pipelining: bool) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(pipelining=pipelining)) as d:
            plan = a_plan()
            d.feed(plan, [a_batch(plan, 0, count=2, address="독자{}@example.com")])
            assert {o.status for o in await d.finals(2)} == {Status.ACCEPTED}
            assert sorted(d.received()) == ["독자0@example.com", "독자1@example.com"]

    run(story())


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_mail_larger_than_the_server_takes_is_not_sent(spool_url: str, pipelining: bool) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(pipelining=pipelining, size=2_000)) as d:
            big = a_plan("big", mailing="8", text=["x" * 5_000])
            d.feed(big, [a_batch(big)])
            d.feed(a_plan())
            outcomes = await d.finals(20)
            assert {o.enhanced for o in outcomes if o.status is Status.BOUNCED} == {"5.3.4"}
            assert d.counts("8") == {"bounced": 10}
            assert d.counts("7") == {"accepted": 10}

    run(story())


def test_after_flushall_the_engine_goes_on_with_what_is_fed_again(spool_url: str, redis: Redis) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(delay=0.01), connections=2) as d:
            plan = a_plan()
            batches = [a_batch(plan, n, count=50) for n in range(4)]
            d.feed(plan, batches)
            await d.finals(20)
            redis.flushall()
            await asyncio.sleep(0.7)  # a tick: the engine gives up what is no longer its own
            d.feed(plan, batches)
            await d.until(lambda: {o.seq for _, o in d.outcomes} == set(range(200)))
            await d.until(lambda: not d.client.open_batches(1, "7"))
            assert len(set(d.received())) == 200

    run(story())


def test_a_restart_of_redis_loses_nobody_and_repeats_nobody(redis_server: RedisServer, spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(delay=0.01), connections=2) as d:
            plan = a_plan()
            d.feed(plan, [a_batch(plan, n, count=50) for n in range(4)])
            await d.finals(20)
            await asyncio.to_thread(redis_server.stop)
            await asyncio.sleep(0.3)
            await asyncio.to_thread(redis_server.start)
            await d.finals(200)
            assert len(d.received()) == len(set(d.received())) == 200

    run(story())


def test_a_stopping_engine_finishes_what_is_in_flight_and_hands_the_rest_to_another(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(delay=0.05), connections=3, start=False) as d:
            first = await d.start()
            plan = a_plan()
            d.feed(plan, [a_batch(plan, n, count=50) for n in range(2)])
            await d.finals(10)
            started = time.monotonic()
            await d.stop(first)
            assert time.monotonic() - started < 3
            d.read()
            assert len(d.received()) == d.counts()["accepted"] < 100
            await d.start()
            await d.finals(100)
            assert len(d.received()) == len(set(d.received())) == 100

    run(story())


def test_two_engines_share_the_work_and_double_nobody(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(delay=0.001), window=50) as d:
            await d.start()
            plan = a_plan()
            d.feed(plan, [a_batch(plan, n, count=25) for n in range(20)])
            await d.finals(500)
            assert len(d.received()) == len(set(d.received())) == 500

    run(story())


def test_databases_of_one_server_do_not_hear_each_other(redis_server: RedisServer, spool_url: str) -> None:
    async def story() -> None:
        async with (
            desk(spool_url, Behaviour(delay=0.01), connections=1) as here,
            desk(redis_server.url(3), Behaviour(delay=0.01), connections=1) as there,
        ):
            for d in (here, there):
                d.feed(a_plan(), count=50)
            there.client.control(1, "7", Control.CANCELLED)
            await here.finals(50)
            assert here.counts() == {"accepted": 50}
            await there.finals(50)
            assert there.counts()["cancelled"] > 0

    run(story())
