"""The process's Redis client. Redis is transport: nothing that only it knows may matter."""

from __future__ import annotations

from redis import Redis

_clients: dict[str, Redis] = {}
_url = ""


def connect(url: str) -> None:
    """Set the server of this process; clients are made on first use, so that a fork gets its own."""
    global _url  # noqa: PLW0603 - one server a process
    _url = url


def redis() -> Redis:
    """Return the shared client (thread-safe, pooled, bytes in and out)."""
    if _url not in _clients:
        _clients[_url] = Redis.from_url(_url, health_check_interval=30, socket_connect_timeout=3)
    return _clients[_url]
