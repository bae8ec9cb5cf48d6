"""Redis away or out of memory: no new work, loudly, and nothing lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError
from structlog.testing import capture_logs

from mta import metrics, status
from mta.overview import overview
from mta.sink import Behaviour
from tests.mta.conftest import RedisServer
from tests.mta.support import Desk, a_batch, a_plan, desk, run


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


async def shown(d: Desk, server: RedisServer, word: str) -> None:
    """The shortage stands in the table, in the state that Prometheus gets, and in what the product reads."""
    await d.until(lambda: word in overview(server.client()).refused)
    (engine,) = d.tasks
    await d.until(lambda: engine.state().refused)
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
