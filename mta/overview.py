"""All processes, queues and destinations together: what an operator looks at. Synchronous, read only."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import msgspec
from redis import Redis

from mta.contract import Lane
from mta.orders import Orders, read_orders
from mta.scripts import ORDERS
from mta.state import DestinationState, ProcessState, unpack_state

TENANTS = 100


class EngineView(msgspec.Struct, frozen=True, kw_only=True):
    """A living process. `age`: seconds since it started."""

    name: str
    age: float
    held: int
    waiting: int
    unrecorded: int
    rate: float
    lag: float


class LaneView(msgspec.Struct, frozen=True, kw_only=True):
    """Recipients queued or in flight, and the seconds that the oldest queued batch has waited."""

    queued: int = 0
    oldest: float = 0.0


class DestinationView(msgspec.Struct, frozen=True, kw_only=True):
    """A destination over all processes. `suspended`: by the operator; `trouble`: why mails wait, in words; `complaint`
    as in `DestinationState`."""

    key: str
    waiting: int
    connections: int
    rate: float
    last_reply: str
    trouble: str
    suspended: bool
    complaint: str


class TenantView(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant with something queued, or stopped. `later`: deferred or parked. `quota` in any hour, 0: none.

    `spent`: mails of this hour, which ends in `hour_ends` seconds. `stopped`: why, None where it is not.
    """

    tenant: int
    queued: dict[str, int]
    later: int
    rate: float
    oldest: float
    weight: int
    quota: int
    spent: int
    hour_ends: float
    stopped: str | None

    @property
    def waits_for_quota(self) -> bool:
        return bool(self.quota and self.queued and self.spent >= self.quota)


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """`refused`: why Redis takes nothing, or nothing. `at`: seconds since 1970. `logged` as in `Orders`, by now."""

    at: float
    refused: str
    engines: list[EngineView]
    lanes: dict[str, LaneView]
    destinations: list[DestinationView]
    tenants: list[TenantView]
    logged: list[str]


def overview(redis: Redis) -> Overview:
    """Read it: four round trips, however much is queued."""
    states = _states(redis)
    orders = read_orders({_text(k): _text(v) for k, v in _hash(redis, ORDERS).items()})
    backlogs = {lane: _numbers(_hash(redis, f"mta:backlog:{lane}")) for lane in Lane}
    tenants = _tenants(redis, backlogs, states, orders)
    return Overview(
        at=time.time(),
        refused=next((state.refused for _, state in states if state.refused), "") or _storage(redis),
        engines=[_engine(name, state) for name, state in states],
        lanes=_lanes(redis, backlogs),
        destinations=_destinations(states, orders),
        tenants=tenants,
        logged=sorted(orders.logged_now(time.time())),
    )


def lanes(redis: Redis) -> dict[str, LaneView]:
    return _lanes(redis, {lane: _numbers(_hash(redis, f"mta:backlog:{lane}")) for lane in Lane})


def _states(redis: Redis) -> list[tuple[str, ProcessState]]:
    names: Any = redis.zrange("mta:alive", 0, -1)
    states: Any = redis.mget([f"mta:status:{_text(name)}" for name in names]) if names else []
    return [(_text(name), unpack_state(state)) for name, state in zip(names, states, strict=True) if state]


def _engine(name: str, state: ProcessState) -> EngineView:
    return EngineView(
        name=name,
        age=time.time() - state.started,
        held=state.held,
        waiting=state.waiting,
        unrecorded=state.unrecorded,
        rate=sum(state.rates.values()),
        lag=state.lag,
    )


def _storage(redis: Redis) -> str:
    """Say whether Redis is short of memory or disk also where no engine is there to notice."""
    info: Any = redis.info()
    if info.get("maxmemory") and info["used_memory"] >= info["maxmemory"]:
        return "Redis is out of memory (maxmemory)"
    written = {info.get(f"{what}_status") for what in ("aof_last_write", "aof_last_bgrewrite", "rdb_last_bgsave")}
    return "Redis cannot write to its disk" if "err" in written else ""


def _lanes(redis: Redis, backlogs: dict[Lane, dict[int, int]]) -> dict[str, LaneView]:
    heads = [(lane, tenant) for lane in Lane for tenant in _busiest(backlogs[lane])]
    oldest = _oldest(redis, heads)
    ages: dict[Lane, float] = {}
    for (lane, _), age in zip(heads, oldest, strict=True):
        ages[lane] = max(ages.get(lane, 0.0), age)
    return {lane.value: LaneView(queued=sum(backlogs[lane].values()), oldest=ages.get(lane, 0.0)) for lane in Lane}


def _busiest(backlog: dict[int, int]) -> list[int]:
    return sorted(backlog, key=lambda tenant: -backlog[tenant])[:TENANTS]


def _oldest(redis: Redis, queues: list[tuple[Lane, int]]) -> list[float]:
    """Return how long the head of each queue has been here; what was handed back goes to the head."""
    if not queues:
        return []
    pipeline = redis.pipeline(transaction=False)
    for lane, tenant in queues:
        pipeline.lindex(f"mta:q:{lane}:{tenant}", 0)
    refs = pipeline.execute()
    pipeline = redis.pipeline(transaction=False)
    for ref in refs:
        pipeline.hget(f"mta:batch:{_text(ref)}" if ref else "mta:nothing", "since")
    now = time.time()
    return [max(0.0, now - float(since)) if since else 0.0 for since in pipeline.execute()]


def _tenants(
    redis: Redis, backlogs: dict[Lane, dict[int, int]], states: list[tuple[str, ProcessState]], orders: Orders
) -> list[TenantView]:
    later = _numbers(_hash(redis, "mta:later"))
    rates: dict[int, float] = {}
    for _, state in states:
        for tenant, rate in state.rates.items():
            rates[tenant] = rates.get(tenant, 0.0) + rate
    totals = dict(later)
    for backlog in backlogs.values():
        for tenant, count in backlog.items():
            totals[tenant] = totals.get(tenant, 0) + count
    chosen = list(dict.fromkeys([*orders.stopped, *_busiest(totals | {t: totals.get(t, 0) for t in rates})]))
    hours = _hours(redis, chosen)
    oldest = _oldest(redis, [(lane, tenant) for tenant in chosen for lane in Lane])
    return [
        TenantView(
            tenant=tenant,
            queued={lane.value: backlogs[lane][tenant] for lane in Lane if tenant in backlogs[lane]},
            later=later.get(tenant, 0),
            rate=rates.get(tenant, 0.0),
            oldest=max(oldest[place * len(Lane) : (place + 1) * len(Lane)]),
            stopped=orders.stopped.get(tenant),
            weight=hour[0],
            quota=hour[1],
            spent=hour[2],
            hour_ends=hour[3],
        )
        for place, (tenant, hour) in enumerate(zip(chosen, hours, strict=True))
    ]


def _hours(redis: Redis, tenants: Iterable[int]) -> list[tuple[int, int, int, float]]:
    """Return weight, quota, mails of this hour, and seconds to its end, of each tenant."""
    pipeline = redis.pipeline(transaction=False)
    for tenant in tenants:
        pipeline.hget("mta:weights", str(tenant))
        pipeline.hget("mta:quotas", str(tenant))
        pipeline.get(f"mta:spent:{tenant}")
        pipeline.pttl(f"mta:spent:{tenant}")
    told = pipeline.execute() if pipeline.command_stack else []
    four = zip(told[::4], told[1::4], told[2::4], told[3::4], strict=True)
    return [(int(w or 1), int(q or 0), int(s or 0), max(0, ttl) / 1000) for w, q, s, ttl in four]


def _destinations(states: list[tuple[str, ProcessState]], orders: Orders) -> list[DestinationView]:
    """Suspended ones are listed also where nobody has mail for them."""
    by_key: dict[str, list[DestinationState]] = {key: [] for key in orders.suspended}
    for _, state in states:
        for key, one in state.destinations.items():
            by_key.setdefault(key, []).append(one)
    views = [_destination(key, ones, orders) for key, ones in by_key.items()]
    return sorted(views, key=lambda view: (not view.trouble, -view.waiting, -view.rate, view.key))


def _destination(key: str, ones: list[DestinationState], orders: Orders) -> DestinationView:
    suspended = key in orders.suspended
    return DestinationView(
        key=key,
        waiting=sum(one.waiting for one in ones),
        connections=sum(one.connections for one in ones),
        rate=sum(one.rate for one in ones),
        last_reply=next((one.last_reply for one in ones if one.last_reply), ""),
        trouble=orders.suspended[key] if suspended else next((one.trouble for one in ones if one.trouble), ""),
        suspended=suspended,
        complaint=next((one.complaint for one in ones if one.complaint), ""),
    )


def _hash(redis: Redis, key: str) -> dict[bytes, bytes]:
    found: Any = redis.hgetall(key)
    return dict(found)


def _numbers(fields: dict[bytes, bytes]) -> dict[int, int]:
    return {int(tenant): int(count) for tenant, count in fields.items()}


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
