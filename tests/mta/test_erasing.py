"""A tenant that is erased leaves nothing in Redis, and others lose nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis

from mta.client import Client
from mta.contract import Control, Lane, Outcome, Outcomes, Status, pack, unpack_batch
from mta.erasing import HASHES, StillBusy
from mta.orders import EVERYBODY
from mta.sink import Behaviour
from tests.mta.support import Desk, a_batch, a_plan, desk, run

GONE, KEPT = 7, 77


def everything(redis: Redis) -> Iterator[tuple[str, str]]:
    """Yield each key with all that is in it, as text."""
    for key in redis.scan_iter():
        kind = redis.type(key)
        found: Any = {
            b"string": redis.get,
            b"hash": redis.hgetall,
            b"set": redis.smembers,
            b"stream": redis.xrange,
            b"list": lambda name: redis.lrange(name, 0, -1),
            b"zset": lambda name: redis.zrange(name, 0, -1),
        }[kind](key)
        if key.startswith(b"mta:batch:"):
            found[b"p"] = repr(unpack_batch(found[b"p"]))
        yield key.decode(), repr(found)


def traces(redis: Redis) -> list[str]:
    """Return the keys that name the tenant who is gone, or hold one of its addresses; processes may count it."""
    found = []
    for key, held in everything(redis):
        named = f":{GONE}:" in f"{key}:" or key.startswith(f"mta:plan:{GONE}-")
        listed = f"'{GONE}:" in held or f":{GONE}'" in held
        counted = f"b'{GONE}': " in held if key in HASHES else f"b'{GONE}'" in held and key.startswith("mta:turn:")
        if not key.startswith("mta:status:") and (named or listed or counted or "gone.example" in held):
            found.append(key)
    return found


def fill(client: Client, tenant: int, address: str, *, mailing: str = "1", lane: Lane = Lane.NORMAL) -> None:
    plan = a_plan(f"{tenant}-{mailing}", tenant=tenant, mailing=mailing, lane=lane)
    client.put_plan(plan)
    client.submit_many([a_batch(plan, number, address=address) for number in range(3)])


async def used(d: Desk) -> None:
    """Give both tenants something of everything: done, deferred, cancelled, paused, queued, limited, not read yet."""
    for tenant, address in ((GONE, "reader{}@gone.example"), (KEPT, "reader{}@kept.example")):
        fill(d.client, tenant, address)
        d.client.set_quota(tenant, 1_000_000)
        d.client.set_weight(tenant, 2)
        d.client.log_attempts(str(tenant), until=time.time() + 60)
    await d.until(lambda: d.client.overview().tenants and d.redis.xlen("mta:outcomes") == 0 and len(d.outcomes) >= 60)
    for tenant, address in ((GONE, "reader{}@gone.example"), (KEPT, "reader{}@kept.example")):
        d.client.control(tenant, "2", Control.CANCELLED)
        d.client.stop_tenant(tenant, "later")
        fill(d.client, tenant, address, mailing="3", lane=Lane.BULK)
        d.client.set_rate(tenant, 1)
        d.redis.xadd("mta:outcomes", {"o": unread(tenant, address)})


def unread(tenant: int, address: str) -> bytes:
    return pack(Outcomes(tenant, "1", "0", [Outcome(1, Status.BOUNCED, 1.0, 1, 550, "", f"no {address.format(1)}")]))


def test_nothing_remains_of_who_is_erased_and_others_keep_everything(spool_url: str) -> None:
    async def story() -> None:
        behaviour = Behaviour(defer_every=5)
        async with desk(spool_url, behaviour, retry_delays=(3600.0,)) as d:
            await used(d)
            assert len(traces(d.redis)) > 10, "there is something to erase"
            later = next(one.later for one in d.client.overview().tenants if one.tenant == KEPT)
            assert d.client.overview().lanes["bulk"].queued == 60
            before = {key for key, _ in everything(d.redis) if f":{KEPT}" in key}
            d.client.purge(GONE)
            assert traces(d.redis) == []
            assert {key for key, _ in everything(d.redis) if f":{KEPT}" in key} == before
            assert [one.tenant for one in d.client.overview().tenants if one.queued or one.later or one.quota] == [KEPT]
            assert d.client.overview().lanes["bulk"].queued == 30
            d.client.purge(GONE)
            behaviour.defer_every = 0
            d.client.release_tenant(KEPT)
            d.client.set_rate(KEPT, 0)
            d.client.flush_tenant(KEPT)
            await d.finals(48 + 1 + later + 30)  # at once, the one that was not read yet, and all the rest
            assert traces(d.redis) == []
            assert d.client.open_batches(KEPT, "1") == d.client.open_batches(KEPT, "3") == set()

    run(story())


def test_what_is_in_flight_is_answered_before_anything_is_removed(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, Behaviour(delay=0.3), connections=1) as d:
            fill(d.client, GONE, "reader{}@gone.example")
            await d.until(lambda: d.sink.accepted)
            with pytest.raises(StillBusy):
                d.client.purge(GONE, seconds=0)
            assert traces(d.redis)
            await d.until(lambda: not _held(d.redis))
            d.client.purge(GONE, seconds=0)
            assert traces(d.redis) == []
            assert len(d.sink.accepted) < 30

    run(story())


def _held(redis: Redis) -> bool:
    return any(redis.hlen(key) for key in redis.scan_iter("mta:lease:*"))


def test_what_a_dead_process_held_is_not_waited_for(redis: Redis, client: Client) -> None:
    fill(client, GONE, "reader{}@gone.example")
    redis.hset("mta:lease:dead", f"{GONE}:1:0", "normal")
    redis.zadd("mta:alive", {"dead": time.time() - 60})
    client.log_attempts(EVERYBODY, until=time.time() + 60)
    client.purge(GONE, seconds=0)
    assert traces(redis) == []
    assert redis.hkeys("mta:orders") == [b"log:*"]
