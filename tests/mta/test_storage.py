"""Redis away, or short of memory or disk: no new work, loudly, and nothing lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError
from structlog.testing import capture_logs

from mta import metrics, status
from mta.overview import overview
from mta.sink import Behaviour
from tests.mta.conftest import RedisServer
from tests.mta.support import DEADLINE, Desk, a_batch, a_plan, desk, eventually, run


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis to be filled up and broken."""
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


def fill_up(redis: Redis) -> None:
    """Leave no byte for anything new, whatever goes meanwhile."""
    redis.config_set("maxmemory", 1)


def break_disk(redis: Redis) -> None:
    """Let a snapshot fail, as on a full disk: there is no folder that anybody, even root, writes to less than this."""
    for name, value in (("stop-writes-on-bgsave-error", "yes"), ("save", "3600 1"), ("dir", "/proc")):
        redis.config_set(name, value)
    snapshot(redis, "err")


def mend_disk(redis: Redis, folder: Path) -> None:
    redis.config_set("dir", str(folder))
    snapshot(redis, "ok")


def snapshot(redis: Redis, end: str) -> None:
    redis.bgsave()
    eventually(lambda: redis.info()["rdb_last_bgsave_status"] == end)


async def soon(check: Callable[[], Any]) -> None:
    """Wait for it without reading outcomes, which is writing."""
    end = time.monotonic() + DEADLINE
    while not check():
        assert time.monotonic() < end, "it did not come true in time"
        await asyncio.sleep(0.02)


async def shown(d: Desk, server: RedisServer, word: str) -> None:
    """The shortage stands in the table, in the state that Prometheus gets, and in what the product reads."""
    await soon(lambda: word in overview(server.client()).refused)
    engine = next(iter(d.tasks))
    await soon(lambda: engine.state().refused)
    assert f"NO NEW WORK: {overview(server.client()).refused}" in status.table(overview(server.client()), 400)
    told = {m.name: m.samples for m in metrics.EngineCollector(engine.counts, engine.state).collect()}
    assert told["mta_spool_refuses"][0].value == 1


def test_out_of_memory_nothing_new_is_taken_and_what_was_taken_is_recorded(own_redis: RedisServer) -> None:
    async def story() -> None:
        async with desk(own_redis.url(), Behaviour(delay=0.02), connections=2, window=60) as d:
            plan = a_plan()
            d.feed(plan, [a_batch(plan, n, count=50) for n in range(10)])
            await d.finals(10)
            with capture_logs() as lines:
                fill_up(d.redis)
                with pytest.raises(RedisError, match="OOM"):
                    d.client.submit(a_batch(plan, 99))
                await shown(d, own_redis, "memory")
                # Outcomes are written all the same: they make room, and a crash would repeat them.
                await d.finals(100)
            assert [line["reason"] for line in lines if line["event"] == "no_new_work"]
            d.redis.config_set("maxmemory", 0)
            await d.finals(500)
            assert sorted(d.received()) == sorted(f"reader{n}@example.com" for n in range(500))
            await d.until(lambda: not overview(own_redis.client()).refused)

    run(story())


def test_an_engine_that_starts_while_memory_is_short_works_it_off(own_redis: RedisServer) -> None:
    async def story() -> None:
        async with desk(own_redis.url(), start=False) as d:
            plan = a_plan()
            d.feed(plan, [a_batch(plan, n, count=50) for n in range(4)])
            d.read()
            fill_up(d.redis)
            await d.start()
            await d.finals(200, seconds=8)
            assert len(d.received()) == len(set(d.received())) == 200

    run(story())


def test_with_a_full_disk_nothing_new_is_taken_and_everything_is_recorded_once_there_is_room(
    own_redis: RedisServer, tmp_path: Path
) -> None:
    async def story() -> None:
        limits = {"connections": 2, "window": 100, "unrecorded_limit": 30}
        async with desk(own_redis.url(), Behaviour(delay=0.01), **limits) as d:
            plan = a_plan()
            d.feed(plan, [a_batch(plan, n, count=50) for n in range(10)])
            await d.finals(10)
            with capture_logs() as lines:
                await asyncio.to_thread(break_disk, d.redis)
                with pytest.raises(RedisError, match="MISCONF"):
                    d.client.submit(a_batch(plan, 99))
                await shown(d, own_redis, "disk")
                (engine,) = d.tasks
                # What was in hand is sent on, up to the bound; then it waits. One that starts now takes nothing.
                await soon(lambda: engine.state().unrecorded >= 30)
                other = await d.start()
                await soon(lambda: other.state().refused)
            assert [line["reason"] for line in lines if line["event"] == "no_new_work" and "disk" in line["reason"]]
            assert engine.state().unrecorded <= 34
            assert other.state().held == other.state().accepted == 0
            assert len(d.received()) < 500
            await asyncio.to_thread(mend_disk, d.redis, tmp_path)
            await d.finals(500)
            assert sorted(o.seq for _, o in d.outcomes) == list(range(500))
            assert sorted(d.received()) == sorted(f"reader{n}@example.com" for n in range(500))
            await d.until(lambda: not any(engine.state().refused for engine in d.tasks))
            assert not overview(own_redis.client()).refused
            assert d.client.submit(a_batch(plan, 99))

    run(story())


def test_while_redis_is_away_no_more_than_the_bound_is_sent_and_work_goes_on_by_itself(own_redis: RedisServer) -> None:
    async def story() -> None:
        async with desk(own_redis.url(), Behaviour(delay=0.01), connections=2, window=200, unrecorded_limit=30) as d:
            plan = a_plan()
            d.feed(plan, [a_batch(plan, n, count=50) for n in range(4)])
            await d.finals(10)
            await asyncio.to_thread(own_redis.stop)
            await asyncio.sleep(1.5)
            (engine,) = d.tasks
            assert 0 < engine.state().unrecorded <= 34
            assert len(d.received()) < 200
            await asyncio.to_thread(own_redis.start)
            await d.finals(200)
            assert len(d.received()) == len(set(d.received())) == 200

    run(story())
