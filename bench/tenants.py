"""Many workspaces in one group of web processes: how soon a page begins, what an app weighs, how many connections.

Cold: the first page (the dashboard, signed in) of a workspace that no process has met, each asked for once, one after
the other. Warm: pages of all these workspaces in turn at a fixed rate, timed from the moment at which each was due. A
crowd: as many at once as can be. Each request has a connection of its own, and ends when its first byte is there.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread

import psutil
import psycopg

from bench import harness
from bench.harness import Product
from bench.meter import resident_mb
from bench.town import AGENT

RATE = 50
CROWD = 64
WARMING = 20
SAMPLE_SECONDS = 0.02


@dataclass(frozen=True)
class Owner:
    """Somebody who is signed in to a workspace of their own."""

    host: str
    cookie: str
    pages: Sequence[str]


async def first_byte(owner: Owner, path: str, *, since: float | None = None) -> float:
    """Ask for a page and read it to its end; return the seconds until its first byte (from `since`, or from now)."""
    since = since or time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", int(owner.host.rpartition(":")[2]))
    lines = (f"GET {path} HTTP/1.1", f"Host: {owner.host}", f"Cookie: {owner.cookie}", f"User-Agent: {AGENT}")
    writer.write("\r\n".join((*lines, "Accept: text/html", "Connection: close", "", "")).encode())
    begin = await reader.readexactly(1)
    took = time.perf_counter() - since
    answer = begin + await reader.read()
    writer.close()
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"{owner.host}{path}: {answer[:200]!r}")
    return took


async def one_by_one(owners: Sequence[Owner]) -> list[float]:
    return [await first_byte(owner, owner.pages[0]) for owner in owners]


async def at_rate(owners: Sequence[Owner], seconds: float) -> list[float]:
    """Ask for pages of all in turn at `RATE`, whether those before were answered or not."""
    chance, began = random.Random(7), time.perf_counter()
    asking = []
    for number in range(int(RATE * seconds)):
        due = began + number / RATE
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        owner = chance.choice(owners)
        asking.append(asyncio.create_task(first_byte(owner, chance.choice(owner.pages), since=due)))
    return list(await asyncio.gather(*asking))


async def all_at_once(owners: Sequence[Owner], seconds: float) -> list[float]:
    """Let `CROWD` connections ask for pages of all in turn as fast as they are answered."""
    until = time.perf_counter() + seconds

    async def one(number: int) -> list[float]:
        chance, took = random.Random(number), []
        while time.perf_counter() < until:
            owner = chance.choice(owners)
            took.append(await first_byte(owner, chance.choice(owner.pages)))
        return took

    return [took for each in await asyncio.gather(*map(one, range(CROWD))) for took in each]


async def warm_up(owners: Sequence[Owner]) -> None:
    """Have each process read its templates and open its connections, with workspaces that are not counted."""
    for _ in range(3):
        pages = [first_byte(owner, page) for owner in owners for page in owner.pages]
        for start in range(0, len(pages), CROWD):
            await asyncio.gather(*pages[start : start + CROWD])


@contextmanager
def connections(url: str) -> Iterator[list[int]]:
    """Count the connections to the database during the block; the list then holds each sample."""
    counts, stopped = [], Event()
    query = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"

    def watch() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not stopped.wait(SAMPLE_SECONDS):
                row = connection.execute(query).fetchone()
                assert row is not None
                counts.append(row[0])

    watching = Thread(target=watch)
    watching.start()
    try:
        yield counts
    finally:
        stopped.set()
        watching.join()


def p95(took: list[float]) -> float:
    """The 95th of a hundred, in milliseconds."""
    return sorted(took)[int(len(took) * 0.95)] * 1000


def timed(ask: Callable[[], Awaitable[list[float]]]) -> list[float]:
    async def run() -> list[float]:
        return await ask()

    return asyncio.run(run())


def measured(product: Product, owners: Sequence[Owner], seconds: float) -> Mapping[str, float]:
    """One round with new web processes, to which all but the first few workspaces are strangers."""
    known, strangers = owners[:WARMING], owners[WARMING:]
    product.start("web")
    product.wait_for_web()
    asyncio.run(warm_up(known))
    web = psutil.Process(product.processes["web"].pid)
    before = resident_mb(web)
    cold = timed(lambda: one_by_one(strangers))
    grown = resident_mb(web) - before
    with connections(product.services.database_url) as counts, product.metered() as usage:
        warm = timed(lambda: at_rate(owners, seconds))
        crowd = timed(lambda: all_at_once(owners, seconds / 2))
    product.stop("web")
    return {
        "cold_ms": p95(cold),
        "cold_median_ms": sorted(cold)[len(cold) // 2] * 1000,
        "warm_p95_ms": p95(warm),
        "warm_median_ms": sorted(warm)[len(warm) // 2] * 1000,
        "app_mb": grown / len(strangers),
        "db_connections": max(counts),
        "crowd_rate": len(crowd) / (seconds / 2),
        "web_cpu_per_1k": usage["web"].cpu_per_1k(len(warm) + len(crowd)),
        "postgres_cpu_per_1k": usage["postgres"].cpu_per_1k(len(warm) + len(crowd)),
    }


def settled(product: Product, count: int) -> list[Owner]:
    command = [sys.executable, "-m", "bench.town", str(count)]
    made = subprocess.run(command, cwd=harness.ROOT, env=product.env, check=True, stdout=subprocess.PIPE, text=True)
    return [Owner(**each) for each in json.loads(made.stdout.splitlines()[-1])]


def main() -> None:
    parser = harness.parser(__doc__ or "")
    parser.add_argument("--tenants", type=int, default=2_000)
    options = parser.parse_args()
    count, seconds = (200, 8.0) if options.quick else (options.tenants, 20.0)
    # Every app stays in memory: what is measured as their weight is that of all of them.
    env = {"MESSAGEPARK_TENANT_APP_CACHE": str(count)}
    with harness.product(env=env) as product:
        owners = settled(product, count)
        rounds = 1 if options.quick else options.rounds
        figures = harness.in_turn(rounds, {"": lambda: measured(product, owners, seconds)})
    notes = [
        f"{count:,} workspaces; two web processes of eight threads that may have ten connections each; client beside",
        f"first byte, p95; warm: {len(owners[0].pages)} kinds of page of all of them, {RATE} requests a second",
        f"db_connections: the most at one moment, also while {CROWD} ask at once (crowd_rate)",
        "app_mb: what the web processes grew by while each workspace was met, a workspace",
    ]
    harness.report("tenants", figures, notes)


if __name__ == "__main__":
    main()
