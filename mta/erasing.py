"""Forgetting a tenant: whatever Redis holds of one goes, and nothing of it comes back afterwards.

What a process has in flight is waited for, since its answer would be written down later. Who is erased is stopped
first, so that this takes no longer than one answer of a server.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from redis import Redis

from mta import scripts
from mta.contract import Lane, unpack_outcomes

DEAD_AFTER = 30.0
POLL = 0.1
SCANNED = 1_000
LANES = ("recall", *Lane)
HASHES = ("mta:later", "mta:rates", "mta:quotas", "mta:weights", *(f"mta:backlog:{lane}" for lane in Lane))


class StillBusy(TimeoutError):
    """A process holds something of the tenant, and a server keeps it waiting. Try again."""


class _Owned(msgspec.Struct):
    """What of a plan says whose it is."""

    tenant: int


_owner = msgspec.msgpack.Decoder(_Owned)


def forget(redis: Redis, tenant: int, *, seconds: float) -> None:
    """Remove everything of a tenant that is stopped. Safe to repeat.

    Raises:
        StillBusy: a process holds something of it for longer than so many seconds.
    """
    _take_out_of_queues(redis, tenant)
    _wait_until_idle(redis, tenant, seconds)
    _take_out_of_queues(redis, tenant)  # what was handed back meanwhile
    for keys in _in_pieces(_keys_of(redis, tenant)):
        redis.unlink(*keys)
    for name in HASHES:
        redis.hdel(name, str(tenant))
    _forget_leases(redis, f"{tenant}:".encode())
    _forget_outcomes(redis, tenant)
    redis.hdel(scripts.ORDERS, f"tenant:{tenant}", f"log:{tenant}")


def _take_out_of_queues(redis: Redis, tenant: int) -> None:
    for lane in LANES:
        redis.delete(f"mta:q:{lane}:{tenant}")
        redis.zrem(f"mta:turn:{lane}", str(tenant))
    prefix = f"{tenant}:".encode()
    for refs in _in_pieces(ref for ref, _ in redis.zscan_iter("mta:due", count=SCANNED) if ref.startswith(prefix)):
        redis.zrem("mta:due", *refs)


def _wait_until_idle(redis: Redis, tenant: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    while _is_held(redis, f"{tenant}:".encode()):
        if time.monotonic() >= until:
            raise StillBusy(f"tenant {tenant} has mail in flight")
        time.sleep(POLL)


def _is_held(redis: Redis, prefix: bytes) -> bool:
    alive: Any = redis.zrangebyscore("mta:alive", time.time() - DEAD_AFTER, "+inf")
    leases: Iterable[Any] = (redis.hkeys(f"mta:lease:{name.decode()}") for name in alive)
    return any(ref.startswith(prefix) for refs in leases for ref in refs)


def _keys_of(redis: Redis, tenant: int) -> Iterator[bytes]:
    for kind in ("batch", "open", "done", "retry", "control"):
        yield from redis.scan_iter(f"mta:{kind}:{tenant}:*", count=SCANNED)
    yield from (f"mta:{kind}:{tenant}".encode() for kind in ("paid", "spent"))
    for key in redis.scan_iter("mta:plan:*", count=SCANNED):
        if _belongs(redis.get(key), tenant):
            yield key


def _belongs(plan: Any, tenant: int) -> bool:
    try:
        return plan is not None and _owner.decode(plan).tenant == tenant
    except msgspec.MsgspecError:  # of another version; it ends by itself
        return False


def _forget_leases(redis: Redis, prefix: bytes) -> None:
    """Take the tenant's batches from processes that died with them."""
    for lease in redis.scan_iter("mta:lease:*"):
        held: Any = redis.hkeys(lease)
        if mine := [ref for ref in held if ref.startswith(prefix)]:
            redis.hdel(lease, *mine)


def _forget_outcomes(redis: Redis, tenant: int) -> None:
    """Take what was said of the tenant and not stored yet out of the stream: a reply may name an address."""
    first = "-"
    while entries := _entries(redis, first):
        said = [entry_id for entry_id, fields in entries if unpack_outcomes(fields[b"o"]).tenant == tenant]
        if said:
            redis.xack(scripts.OUTCOMES, scripts.INGEST, *said)
            redis.xdel(scripts.OUTCOMES, *said)
        first = f"({entries[-1][0].decode()}"


def _entries(redis: Redis, first: str) -> list[tuple[bytes, dict[bytes, bytes]]]:
    found: Any = redis.xrange(scripts.OUTCOMES, min=first, count=SCANNED)
    return list(found)


def _in_pieces(keys: Iterable[Any]) -> Iterator[list[Any]]:
    piece: list[Any] = []
    for key in keys:
        piece.append(key)
        if len(piece) == SCANNED:
            yield piece
            piece = []
    if piece:
        yield piece
