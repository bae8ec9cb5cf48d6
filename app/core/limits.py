"""How often something may be tried, counted in Redis in fixed windows."""

from __future__ import annotations

import hashlib
from math import ceil

from app.core.errors import RateLimited
from app.core.redis import redis


def limit(name: str, key: str, *, count: int, seconds: int) -> None:
    """Count one try of `name` by `key` (an address, an IP: stored hashed).

    Raises:
        RateLimited: this was more than `count` tries in the present window of `seconds`.
    """
    slot = _slot(name, key)
    pipe = redis().pipeline()
    pipe.set(slot, 0, ex=seconds, nx=True)
    pipe.incr(slot)
    pipe.ttl(slot)
    _, tries, left = pipe.execute()
    if int(tries) > count:
        raise RateLimited(minutes=max(1, ceil(int(left) / 60)))


def forgive(name: str, key: str) -> None:
    """Forget the tries counted for a key: they have come to a good end."""
    redis().delete(_slot(name, key))


def _slot(name: str, key: str) -> str:
    return f"limit:{name}:{hashlib.sha256(key.lower().encode()).hexdigest()[:24]}"
