"""What can be seen of the MTA from outside."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import urllib.request

from redis import Redis

from mta import metrics, overview, status
from mta.client import Client
from mta.contract import Lane
from mta.sink import Behaviour
from tests.mta.support import a_batch, a_plan, desk, free_port, run


def test_processes_tell_what_they_do(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(delay=0.05), connections=2) as d:
            plan = a_plan(lane=Lane.BULK)
            d.feed(plan, [a_batch(plan, n, count=50) for n in range(2)])
            await d.finals(20)
            seen = await d.until(lambda: (one := d.client.overview()).destinations and one.destinations[0].rate and one)
            assert 0 < seen.lanes["bulk"].queued <= 80
            (engine,), (destination,), (tenant,) = seen.engines, seen.destinations, seen.tenants
            assert engine.rate > 0
            assert (destination.key, destination.connections) == (d.settings.relay, 2)
            assert (tenant.tenant, tenant.queued.keys(), tenant.stopped) == (1, {"bulk"}, None)
            assert tenant.rate == engine.rate
            table = status.table(seen)
            assert d.settings.relay in table
            assert "250 kept nothing" in table

    run(story())


def test_metrics_are_served(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, start=False) as d:
            engine = await d.start()
            port = free_port()
            metrics.serve(engine.counts, engine.state, port, lambda: overview.lanes(d.redis))
            d.feed(a_plan())
            await d.finals(10)
            url = f"http://127.0.0.1:{port}/metrics"
            text = await asyncio.to_thread(lambda: urllib.request.urlopen(url).read().decode())
            assert 'mta_outcomes_total{lane="normal",status="accepted"} 10.0' in text
            assert 'mta_tenant_outcomes_total{lane="normal",status="accepted",tenant="other"} 10.0' in text
            assert 'mta_destination_outcomes_total{destination="other",status="accepted"} 10.0' in text
            assert 'mta_commit_size_bucket{le="+Inf"}' in text
            assert "mta_commit_size_sum 10.0" in text
            assert 'mta_queued{lane="normal"} 0.0' in text
            assert 'mta_oldest_seconds{lane="normal"} 0.0' in text
            assert "mta_event_loop_lag_seconds" in text
            assert "mta_spool_refuses 0.0" in text

    run(story())


def test_the_status_command_prints_the_lanes(spool_url: str, client: Client) -> None:
    client.submit(a_batch(a_plan()))
    command = [sys.executable, "-m", "mta", "status", "--once"]
    answer = subprocess.run(command, env={"REDIS_URL": spool_url}, capture_output=True, text=True, check=True)
    assert "0 processes" in answer.stdout
    assert re.search(r"normal +10\b", answer.stdout)


def test_a_batch_or_plan_that_cannot_be_read_is_given_back_and_harms_nobody(spool_url: str, redis: Redis) -> None:
    async def story() -> None:
        async with desk(spool_url, start=False) as d:
            plan, other = a_plan(), a_plan("other", mailing="8")
            d.feed(plan)
            d.redis.hset("mta:batch:1:7:0", "p", b"nonsense")
            assert d.client.submit(a_batch(a_plan("odd", mailing="9")))
            d.redis.set("mta:plan:odd", b"nonsense")
            d.feed(other)
            await d.start()
            await d.finals(10)
            await d.until(lambda: not d.client.open_batches(1, "7") and not d.client.open_batches(1, "9"))

    run(story())
