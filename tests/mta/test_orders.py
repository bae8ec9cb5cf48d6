"""What an operator can tell all processes, and that they obey at once."""

from __future__ import annotations

import asyncio
import time

import pytest
from structlog.testing import capture_logs

from mta.contract import Control, Lane, Status
from mta.sink import Behaviour
from tests.mta.support import Desk, a_batch, a_plan, desk, run


async def rest(d: Desk) -> int:
    """Wait until nothing has arrived for a while; return how many have."""
    last = -1
    while (now := len(d.received())) != last:
        last = now
        await asyncio.sleep(0.3)
        d.read()
    return last


def test_a_stopped_tenant_stops_within_a_second_and_keeps_what_is_queued(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(delay=0.02), connections=2, window=40) as d:
            await d.start()
            plan, other = a_plan(), a_plan("other", tenant=2, mailing="8")
            d.feed(plan, [a_batch(plan, n, count=20) for n in range(10)])
            await d.finals(10)
            d.client.stop_tenant(1, "spam")
            told = time.monotonic()
            sent = await rest(d)
            assert time.monotonic() - told < 1.5
            assert sent < 150
            assert len(d.client.open_batches(1, "7")) >= (200 - sent) // 20
            assert d.client.backlog(1, Lane.NORMAL) == 200 - sent
            assert d.counts() == {"accepted": sent}
            d.feed(other)
            await d.finals(sent + 10)
            (stopped,) = [t for t in d.client.overview().tenants if t.stopped is not None]
            assert (stopped.tenant, stopped.stopped, stopped.queued) == (1, "spam", {"normal": 200 - sent})
            d.client.release_tenant(1)
            await d.finals(210)
            assert sorted(d.received()) == sorted([f"reader{n}@example.com" for n in [*range(200), *range(10)]])

    run(story())


def test_what_a_stopped_tenant_has_queued_can_be_cancelled(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url) as d:
            d.client.stop_tenant(1, "spam")
            d.feed(a_plan())
            d.client.control(1, "7", Control.CANCELLED)
            assert {o.status for o in await d.finals(10, seconds=2)} == {Status.CANCELLED}
            assert d.received() == []

    run(story())


def test_a_suspended_destination_gets_nothing_and_what_waits_for_it_comes_after(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(delay=0.02), connections=2, window=40) as d:
            key = d.settings.relay
            plan = a_plan()
            d.feed(plan, [a_batch(plan, n, count=20) for n in range(5)])
            await d.finals(10)
            d.client.suspend(key, "their postmaster called")
            sent = await rest(d)
            assert sent < 80
            (seen,) = d.client.overview().destinations
            assert (seen.suspended, seen.trouble) == (True, "their postmaster called")
            d.client.resume(key)
            outcomes = await d.finals(100, seconds=5)
            assert {(o.status, o.attempt) for o in outcomes} == {(Status.ACCEPTED, 1)}
            assert len(d.received()) == len(set(d.received())) == 100

    run(story())


def test_flushing_a_tenant_tries_its_deferred_now_and_nobody_elses(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(defer_every=1), retry_delays=(3600.0,), idle=0.05) as d:
            d.feed(a_plan())
            d.feed(a_plan("other", tenant=2, mailing="8"))
            await d.until(lambda: d.counts()["deferred"] == 20)
            await d.until(lambda: {t.tenant: t.later for t in d.client.overview().tenants} == {1: 10, 2: 10})
            d.sink.behaviour = Behaviour()
            d.client.flush_tenant(1)
            outcomes = await d.finals(10, seconds=3)
            assert {(o.status, o.attempt) for o in outcomes} == {(Status.ACCEPTED, 2)}
            assert d.counts("8") == {"deferred": 10}
            assert [(t.tenant, t.later) for t in d.client.overview().tenants if t.later] == [(2, 10)]

    run(story())


def test_flushing_a_destination_tries_now_what_was_deferred_there(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(defer_every=1), retry_delays=(3600.0,), idle=0.05) as d:
            d.feed(a_plan())
            await d.until(lambda: d.counts()["deferred"] == 10)
            await d.until(lambda: d.redis.zcard("mta:due") == 1)
            d.sink.behaviour = Behaviour()
            d.client.flush_destination("another.example")
            await asyncio.sleep(0.8)
            d.read()
            assert d.received() == []
            await d.until(lambda: d.redis.zcard("mta:due") == 1)
            d.client.flush_destination(d.settings.relay)
            await d.finals(10, seconds=3)

    run(story())


def test_flushing_a_destination_that_is_down_tries_it_at_once(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, connections=1) as d:
            d.feed(a_plan(), count=1)
            await d.finals(1)
            (destination,) = next(iter(d.tasks))._destinations._open.values()
            destination._down_until = time.monotonic() + 3600
            for task in destination._tasks:
                task.cancel()
            await d.until(lambda: not destination._tasks)
            d.feed(a_plan("next", mailing="8"), [a_batch(a_plan("next", mailing="8"))])
            await asyncio.sleep(0.2)
            assert len(d.received()) == 1
            d.client.flush_destination(d.settings.relay)
            await d.finals(11, seconds=2)

    run(story())


@pytest.mark.parametrize(("whose", "ahead", "count"), [("*", 60, 10), ("1", 60, 10), ("2", 60, 0), ("*", -1, 0)])
def test_a_line_for_each_attempt_can_be_had_while_it_runs(spool_url: str, whose: str, ahead: float, count: int) -> None:
    async def story() -> None:
        async with desk(spool_url) as d:
            with capture_logs() as lines:
                d.feed(a_plan())
                await d.finals(10)
                assert not [line for line in lines if line["event"] == "attempt"]
                d.client.log_attempts(whose, until=time.time() + ahead)
                await d.until(lambda: next(iter(d.tasks))._orders.logged, seconds=1)
                d.feed(a_plan("next", mailing="8"))
                await d.finals(20)
            attempts = [line for line in lines if line["event"] == "attempt"]
            assert len(attempts) == count
            assert {line["code"] for line in attempts} <= {250}
            assert {(line["tenant"], line["mailing"], line["domain"]) for line in attempts} <= {(1, "8", "example.com")}
            assert "reader" not in str(attempts)

    run(story())
