"""Who goes first, for how much, and who has to wait."""

from __future__ import annotations

import pytest
from redis import Redis

from mta.client import Client
from mta.contract import Control, Lane
from mta.sink import Behaviour
from mta.spool import RedisSpool
from tests.mta.support import Desk, a_batch, a_plan, desk, run


def queue(d: Desk, tenant: int, batches: int, *, count: int = 20, lane: Lane = Lane.BULK) -> None:
    name = f"tenant{tenant}"
    plan = a_plan(name, tenant=tenant, mailing=name, lane=lane)
    d.feed(plan, [a_batch(plan, n, count=count) for n in range(batches)])


@pytest.mark.parametrize("window", [40, 4000], ids=["shared out in Redis", "shared out in the process"])
def test_weights_give_shares_in_proportion(spool_url: str, window: int) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(delay=0.004), connections=4, window=window, start=False) as d:
            d.client.set_weight(1, 3)
            queue(d, 1, 25)
            queue(d, 2, 25)
            await d.start()
            await d.finals(400)
            first, second = d.counts("tenant1")["accepted"], d.counts("tenant2")["accepted"]
            assert 2.2 < first / second < 4
            await d.finals(1000, seconds=40)

    run(story())


def test_a_huge_queue_does_not_delay_the_two_hundred_of_another_tenant(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(delay=0.002), connections=4) as d:
            queue(d, 1, 16, count=500)
            await d.finals(500)
            queue(d, 2, 1, count=200)
            before = d.counts("tenant1")["accepted"]
            await d.until(lambda: d.counts("tenant2")["accepted"] == 200)
            # Mail after mail in turn, with at most a window of the other's before: not the 7,500 that wait.
            assert d.counts("tenant1")["accepted"] - before < 1500
            d.client.control(1, "tenant1", Control.CANCELLED)
            await d.finals(8_200)

    run(story())


def test_a_quota_is_kept_by_all_processes_together_and_what_is_over_it_waits(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url) as d:
            await d.start()
            d.client.set_quota(1, 100)
            queue(d, 1, 20)
            queue(d, 2, 20)
            await d.until(lambda: d.counts("tenant2")["accepted"] == 400)
            await d.until(lambda: d.counts("tenant1")["accepted"] == 100)
            assert d.counts("tenant1") == {"accepted": 100}
            assert d.client.backlog(1, Lane.BULK) == 300
            tenants = {one.tenant: one for one in d.client.overview().tenants}
            assert (tenants[1].spent, tenants[1].quota, tenants[1].waits_for_quota) == (100, 100, True)
            assert 3500 < tenants[1].hour_ends <= 3600
            d.redis.pexpire("mta:spent:1", 1)  # the hour is over
            await d.until(lambda: d.counts("tenant1")["accepted"] == 200)
            d.client.set_quota(1, 0)
            await d.finals(800)

    run(story())


@pytest.mark.parametrize("control", [Control.PAUSED, Control.CANCELLED])
def test_what_is_given_up_unsent_is_not_held_against_the_hour(spool_url: str, control: Control) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(delay=0.05), connections=1, window=40) as d:
            d.client.set_quota(1, 1000)
            queue(d, 1, 5)
            await d.finals(5)
            d.client.control(1, "tenant1", control)
            await d.until(lambda: not d.client.open_batches(1, "tenant1"))
            d.read()
            assert d.redis.get("mta:spent:1") == b"%d" % len(d.received())

    run(story())


def test_the_services_own_mail_goes_also_when_the_hour_is_used_up(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url) as d:
            d.client.set_quota(1, 20)
            queue(d, 1, 2)
            await d.until(lambda: d.counts("tenant1")["accepted"] == 20)
            notice = a_plan("notice", mailing="notice", lane=Lane.TRANSACTIONAL)
            d.feed(notice)
            await d.until(lambda: d.counts("notice")["accepted"] == 10)
            assert d.counts("tenant1") == {"accepted": 20}

    run(story())


def test_a_tenant_that_had_to_wait_does_not_take_everything_afterwards(
    spool_url: str, client: Client, redis: Redis
) -> None:
    async def story() -> list[int]:
        spool = RedisSpool(spool_url, "one")
        client.stop_tenant(1, "for a while")
        for tenant in (1, 2):
            plan = a_plan(str(tenant), tenant=tenant)
            client.submit_many([a_batch(plan, n) for n in range(40)])
        served = [claim.batch.tenant for _ in range(20) if (claim := await spool.claim())]
        assert served == [2] * 20
        client.release_tenant(1)
        return [claim.batch.tenant for _ in range(20) if (claim := await spool.claim())]

    assert 9 <= run(story()).count(1) <= 11
