"""The product without web, sending into a sink that writes down who got it: for tests that disturb it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import redis

from bench import harness
from bench.harness import Product
from bench.sink import built_in
from config.child import free_port

RECIPIENTS = 5_000
STILL_SECONDS = 1.5
SECONDS = 240.0


@contextmanager
def running() -> Iterator[tuple[Product, Path]]:
    """The product without web, sending into a sink that writes down each accepted recipient."""
    port = free_port()
    env = {
        "MTA_RELAY": f"127.0.0.1:{port}",
        "MTA_PROCESSES": "2",
        "MTA_DEAD_AFTER": "3",
        "MESSAGEPARK_RECONCILE_SECONDS": "1",
    }
    with harness.product(env=env, durable=False) as product:
        record = product.var / "record"
        record.touch()
        product.start("sink", built_in(port, sys.executable, record=record))
        for name in ("worker", "scheduler", "ingest", "mta"):
            product.start(name)
        yield product, record


def send(product: Product, recipients: int = RECIPIENTS) -> None:
    subprocess.run(
        [sys.executable, "-m", "bench.audience", "--recipients", str(recipients), "--size", "2048"],
        cwd=harness.ROOT, env=product.env, check=True, capture_output=True,
    )  # fmt: skip


def accepted(record: Path) -> int:
    return record.read_bytes().count(b"\n")


def wait_for_accepted(product: Product, record: Path, count: int) -> None:
    product.wait_for(f"{count} mails", lambda: accepted(record) >= count, seconds=SECONDS, every=0.01)


def state(product: Product) -> tuple[str, int, int]:
    with psycopg.connect(product.services.database_url) as connection:
        row = connection.execute("SELECT state, accepted, total FROM launches").fetchone()
    return row if row else ("", 0, 0)


def kill(product: Product, name: str) -> None:
    """End a process and all its children at once, as a power cut does."""
    root = psutil.Process(product.processes[name].pid)
    family = [root, *root.children(recursive=True)]
    for process in family:
        os.kill(process.pid, signal.SIGKILL)
    product.processes.pop(name).wait()


def unrecorded(product: Product, record: Path) -> int:
    """How many were accepted and have no done mark: these may get it twice. Ask while no engine runs."""
    arrived = wait_until_still(product, record)
    client = redis.Redis.from_url(product.services.redis_url)
    return arrived - sum(client.scard(key) for key in client.scan_iter("mta:done:*", count=1000))


def wait_until_still(product: Product, record: Path) -> int:
    """Wait until nothing has arrived for a while; return how many have."""
    last, since = -1, time.monotonic()

    def still() -> bool:
        nonlocal last, since
        now = accepted(record)
        if now != last:
            last, since = now, time.monotonic()
        return time.monotonic() - since > STILL_SECONDS

    product.wait_for("silence", still, seconds=60, every=0.1)
    return last


def check(product: Product, record: Path, *, allowed: int) -> None:
    product.wait_for("the end of the mailing", lambda: state(product)[0] == "finished", seconds=SECONDS)
    got = Counter(record.read_bytes().split(b"\n")[:-1])
    duplicated = sum(got.values()) - len(got)
    print(f"lost {RECIPIENTS - len(got)}, duplicated {duplicated} of {RECIPIENTS}")
    assert len(got) == RECIPIENTS, "somebody was lost"
    assert state(product)[1:] == (RECIPIENTS, RECIPIENTS), "the ledger says otherwise"
    assert duplicated <= allowed, f"{duplicated} twice, {allowed} explained"


def control(product: Product, verb: str) -> dict[str, int]:
    """Pause, resume or cancel the mailing; return the receipt of a cancel."""
    said = subprocess.run(
        [sys.executable, "-m", "tests.support.control", verb],
        cwd=harness.ROOT, env=product.env, check=True, capture_output=True, text=True,
    )  # fmt: skip
    receipt: dict[str, int] = json.loads(said.stdout or "{}")
    return receipt
