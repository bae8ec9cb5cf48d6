"""Domains' policies in Redis: one process asks, all know, and a restart forgets nothing."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError


class RedisStore:
    """Implements `sts.Store`."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, socket_connect_timeout=3, socket_timeout=3)

    async def load(self, domain: str) -> bytes | None:
        try:
            saved: Any = await self._redis.get(f"mta:sts:{domain}")
        except (RedisError, OSError, TimeoutError):
            return None
        return bytes(saved) if saved else None

    async def save(self, domain: str, policy: bytes, seconds: int) -> None:
        try:
            await self._redis.set(f"mta:sts:{domain}", policy, ex=max(seconds, 1))
        except (RedisError, OSError, TimeoutError):
            return
