"""PostgreSQL and Redis without an installation: real servers out of wheels, their data under one folder.

`DATABASE_URL` and `REDIS_URL` name servers that are there already; what they name is not started.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from config import postgres_server, redis_server
from config.child import ServiceError
from config.postgres_server import PostgresServer
from config.redis_server import RedisServer

__all__ = [
    "ServiceError",
    "Services",
    "services",
    "start_postgres",
    "start_redis",
    "stop_postgres",
    "stop_redis",
]

_postgres: dict[Path, PostgresServer] = {}
_redis: dict[Path, RedisServer] = {}


@dataclass(frozen=True, slots=True)
class Services:
    """Where the two servers are; a pid is None for a server that is not ours."""

    database_url: str
    redis_url: str
    postgres_pid: int | None = None
    redis_pid: int | None = None


@contextmanager
def services(var: Path, *, env: Mapping[str, str] = os.environ, durable: bool = True) -> Iterator[Services]:
    """Run what the environment does not name, data in ``var/postgres`` and ``var/redis``, until the block ends."""
    with ExitStack() as stack:
        database_url, redis_url = env.get("DATABASE_URL", ""), env.get("REDIS_URL", "")
        postgres = redis = None
        if not database_url:
            postgres = postgres_server.start(var / "postgres", durable=durable)
            stack.callback(postgres.stop)
        if not redis_url:
            redis = redis_server.start(var / "redis")
            stack.callback(redis.stop)
        yield Services(
            database_url=postgres.url if postgres else database_url,
            redis_url=redis.url if redis else redis_url,
            postgres_pid=postgres.pid if postgres else None,
            redis_pid=redis.pid if redis else None,
        )


def start_postgres(data_dir: Path, *, port: int = 0, durable: bool = True) -> str:
    """Start PostgreSQL on `data_dir` and return the address of its database `messagepark`."""
    server = postgres_server.start(data_dir, port=port, durable=durable)
    _postgres[data_dir.absolute()] = server
    return server.url


def stop_postgres(data_dir: Path) -> None:
    server = _postgres.pop(data_dir.absolute(), None)
    if server is not None:
        server.stop()


def start_redis(data_dir: Path, port: int = 0) -> str:
    """Start Redis on `data_dir` and return its address."""
    server = redis_server.start(data_dir, port=port)
    _redis[data_dir.absolute()] = server
    return server.url


def stop_redis(data_dir: Path) -> None:
    server = _redis.pop(data_dir.absolute(), None)
    if server is not None:
        server.stop()
