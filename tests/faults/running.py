"""The product without web, sending into a sink that writes down who got it: disturbed, and looked at afterwards.

A recipient may get a mail twice only where it had been answered and the answer was not recorded. Who that is, is noted
when it happens: `explained`. Everything else that comes twice is a fault of ours.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import redis

from bench import harness
from bench.harness import Product
from config.child import free_port

STILL_SECONDS = 0.4
SECONDS = 300.0
PARTS = ("worker", "scheduler", "ingest", "mta")
SETTINGS = {
    "MTA_PROCESSES": "2",
    "MTA_DEAD_AFTER": "3",
    "MTA_TIMEOUT": "2",
    "MTA_HOLD": "3",
    "MTA_RETRY_DELAYS": "0.5",
    "MESSAGEPARK_RECONCILE_SECONDS": "1",
}
_NUMBER = re.compile(rb"reader(\d+)@")


@dataclass
class Verdict:
    """What came of a mailing. `unexplained`: got twice without a reason that was noted."""

    name: str
    recipients: int
    lost: int
    duplicated: int
    unexplained: int
    finish_s: float
    kills: int
    counted: tuple[int, int]

    def __str__(self) -> str:
        return (
            f"{self.name}: lost {self.lost}, duplicated {self.duplicated} (unexplained {self.unexplained})"
            f" of {self.recipients}, {self.kills} kills, {self.finish_s:.1f} s"
        )

    def hold(self) -> None:
        """Raise AssertionError unless everybody got it, nobody twice without a reason, and the ledger says so."""
        print(self)
        assert self.lost == 0, f"{self}: somebody was lost"
        assert self.unexplained == 0, f"{self}: somebody got it twice without a reason"
        assert self.counted == (self.recipients, self.recipients), f"{self}: the ledger says {self.counted}"


@dataclass
class Park:
    """One product; a mailing at a time. Each has a sink of its own, on the same port."""

    product: Product
    port: int
    record: Path = Path()
    slug: str = ""
    mailings: int = 0
    kills: int = 0
    explained: Counter[int] = field(default_factory=Counter)

    # A mailing

    def disturb(
        self, name: str, recipients: int, trouble: Callable[[Park], None] = lambda _: None, **sink: float
    ) -> Verdict:
        """Send a mailing into a sink that behaves like this, make trouble meanwhile, and say what came of it."""
        self.begin(**sink)
        started = time.monotonic()
        self.send(recipients)
        trouble(self)
        self.product.wait_for(f"the end of {name}", lambda: self.state()[0] == "finished", seconds=SECONDS)
        finish_s = time.monotonic() - started
        self.until_still()
        return self._verdict(name, recipients, finish_s)

    def begin(self, **sink: float) -> None:
        """Start a fresh sink, and an MTA that knows nothing of the last one."""
        self.mailings += 1
        self.slug = f"faults-{self.mailings}"
        self.record = self.product.var / f"record-{self.mailings}"
        self.record.touch()
        self.kills, self.explained = 0, Counter()
        for name in ("mta", "sink"):
            if name in self.product.processes:
                self.product.stop(name)
        options = [f"--{key.replace('_', '-')}={value}" for key, value in sink.items()]
        command = [sys.executable, "-m", "mta.sink", "--port", str(self.port), "--record", self.record, *options]
        self.product.start("sink", command)
        for part in PARTS:
            if part not in self.product.processes:
                self.product.start(part)

    def send(self, recipients: int) -> None:
        subprocess.run(
            [sys.executable, "-m", "bench.audience", "--slug", self.slug, "--recipients", str(recipients),
             "--size", "2048"],
            cwd=harness.ROOT, env=self.product.env, check=True, capture_output=True,
        )  # fmt: skip

    def _verdict(self, name: str, recipients: int, finish_s: float) -> Verdict:
        got = Counter(self.arrived())
        untold = Counter(number_of(line) for line in self._lines() if line.endswith(b"\tuntold"))
        unexplained = sum(max(0, n - 1 - untold[seq] - self.explained[seq]) for seq, n in got.items())
        lost = len(set(range(1, recipients + 1)) - got.keys())
        duplicated = sum(got.values()) - len(got)
        return Verdict(name, recipients, lost, duplicated, unexplained, finish_s, self.kills, self.state()[1:])

    # Looking

    def _lines(self) -> list[bytes]:
        return self.record.read_bytes().split(b"\n")[:-1]

    def arrived(self) -> list[int]:
        return [number_of(line) for line in self._lines()]

    def accepted(self) -> int:
        return self.record.read_bytes().count(b"\n")

    def query(self, text: str) -> list[Any]:
        with psycopg.connect(self.product.services.database_url) as connection:
            where = "tenant_id = (SELECT id FROM tenants WHERE slug = %s)"
            return connection.execute(f"{text} WHERE {where}", [self.slug]).fetchall()

    def state(self) -> tuple[str, int, int]:
        rows = self.query("SELECT state, accepted, total FROM launches")
        return rows[0] if rows else ("", 0, 0)

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.product.services.redis_url)

    def marked(self) -> set[int]:
        """Who has a done mark in Redis."""
        tenant = self.query("SELECT tenant_id FROM launches")[0][0]
        client = self.redis()
        return {
            int(seq) for key in client.scan_iter(f"mta:done:{tenant}:*", count=1000) for seq in client.smembers(key)
        }

    def until(self, count: int) -> None:
        """Wait for so many arrivals, or the end of the mailing."""
        over = ("finished", "cancelled")
        arrived = lambda: self.accepted() >= count or self.state()[0] in over  # noqa: E731
        self.product.wait_for(f"{count} mails", arrived, seconds=SECONDS, every=0.01)

    def until_still(self) -> int:
        """Wait until nothing has arrived for a moment; return how many have."""
        last, since = -1, time.monotonic()
        while time.monotonic() - since < STILL_SECONDS:
            if (now := self.accepted()) != last:
                last, since = now, time.monotonic()
            time.sleep(0.02)
        return last

    # Trouble

    def control(self, verb: str) -> dict[str, float]:
        """Pause, resume or cancel the mailing; return the receipt of a cancel, and `at` which time it was given."""
        said = subprocess.run(
            [sys.executable, "-m", "tests.support.control", verb],
            cwd=harness.ROOT, env=self.product.env, check=True, capture_output=True, text=True,
        )  # fmt: skip
        receipt: dict[str, float] = json.loads(said.stdout or "{}")
        return receipt

    def kill(self, part: str, *, env: Mapping[str, str] | None = None) -> None:
        """Kill a process with its children and start another. Whom a killed MTA had an answer for that it had not yet
        written down, may get it again."""
        self.product.kill(part)
        self.kills += 1
        if part == "mta":
            self.until_still()
            self.explained.update(set(self.arrived()) - self.marked())
        self.product.start(part, env=env)

    def kill_at_random(self, count: int, recipients: int, chance: random.Random) -> None:
        for moment in sorted(chance.sample(range(1, recipients), count)):
            self.until(moment)
            self.kill(chance.choice(PARTS))

    def flush(self) -> None:
        """Let Redis forget everything: who was answered and is not in the ledger, or was in flight, is fed again."""
        final = {seq for (seq,) in self.query("SELECT seq FROM (SELECT * FROM deliveries WHERE state > 1) AS d")}
        self.redis().flushall()
        time.sleep(2)  # by then the engines have noticed
        self.explained.update(set(self.arrived()) - final)


def number_of(line: bytes) -> int:
    match = _NUMBER.match(line)
    assert match, line
    return int(match[1])


@contextmanager
def park() -> Iterator[Park]:
    port = free_port()
    with harness.product(env={"MTA_RELAY": f"127.0.0.1:{port}", **SETTINGS}) as product:
        yield Park(product, port)
