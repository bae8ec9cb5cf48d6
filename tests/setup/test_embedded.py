"""PostgreSQL and Redis out of wheels: they keep their data, and recover from what stopped them."""

from __future__ import annotations

import os
import signal
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from config import embedded, postgres_server, redis_server


@pytest.fixture
def var() -> Iterator[Path]:
    """A folder that another user may pass through: as root, PostgreSQL runs as one."""
    with tempfile.TemporaryDirectory(prefix="messagepark-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def write(services: embedded.Services, text: str) -> None:
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (text text)")
        connection.execute("INSERT INTO note VALUES (%s)", [text])
    with Redis.from_url(services.redis_url) as redis:
        redis.rpush("note", text)


def read(services: embedded.Services) -> tuple[list[str], list[bytes]]:
    with psycopg.connect(services.database_url) as connection, Redis.from_url(services.redis_url) as redis:
        rows = connection.execute("SELECT text FROM note").fetchall()
        return [text for (text,) in rows], redis.lrange("note", 0, -1)


def test_data_survive_a_restart(var: Path) -> None:
    with embedded.services(var, env={}) as first:
        write(first, "kept")
    with embedded.services(var, env={}) as second:
        assert read(second) == (["kept"], [b"kept"])


def test_data_survive_a_kill_and_stale_pid_files(var: Path) -> None:
    postgres, redis = postgres_server.start(var / "postgres"), redis_server.start(var / "redis")
    write(embedded.Services(postgres.url, redis.url), "kept")
    time.sleep(1.2)  # the append-only file is written out every second
    for server in (postgres, redis):
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
    pid_file = var / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")  # the number now belongs to another process
    with embedded.services(var, env={}) as again:
        assert read(again) == (["kept"], [b"kept"])


def test_servers_left_over_are_stopped_and_started_anew(var: Path) -> None:
    postgres, redis = postgres_server.start(var / "postgres"), redis_server.start(var / "redis")
    write(embedded.Services(postgres.url, redis.url), "kept")
    with embedded.services(var, env={}) as again:
        assert read(again) == (["kept"], [b"kept"])
        assert again.postgres_pid != postgres.pid
    assert (postgres.process.wait(5), redis.process.wait(5)) == (0, 0)


def test_named_servers_are_used_and_nothing_starts(var: Path) -> None:
    env = {"DATABASE_URL": "postgresql://elsewhere/db", "REDIS_URL": "redis://elsewhere"}
    with embedded.services(var, env=env) as services:
        assert services == embedded.Services("postgresql://elsewhere/db", "redis://elsewhere")
    assert list(var.iterdir()) == []


def test_application_is_no_superuser_and_passwords_are_needed(var: Path) -> None:
    url = embedded.start_postgres(var / "postgres", durable=False)
    try:
        with psycopg.connect(url) as connection:
            row = connection.execute(
                "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
        assert row == (False, True, True)
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(url.replace(url.split(":")[2].split("@")[0], "wrong"))
        assert stat.S_IMODE((var / "postgres.password").stat().st_mode) == 0o600
    finally:
        embedded.stop_postgres(var / "postgres")


def test_redis_never_evicts_and_appends_to_a_file(var: Path) -> None:
    url = embedded.start_redis(var / "redis")
    try:
        with Redis.from_url(url) as redis:
            assert redis.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert redis.config_get("appendonly") == {"appendonly": "yes"}
    finally:
        embedded.stop_redis(var / "redis")


def test_port_that_is_taken_for_good_is_explained(var: Path) -> None:
    first = redis_server.start(var / "one")
    try:
        port = int(first.url.rpartition(":")[2].partition("/")[0])
        with pytest.raises(embedded.ServiceError, match="Redis did not start; its log"):
            redis_server.start(var / "two", port=port)
    finally:
        first.stop()
