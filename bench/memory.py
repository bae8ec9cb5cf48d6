"""What a million recipients cost while they wait: queued before an MTA process, and deferred in Redis.

The deferred ones are written by the MTA's own spool, as its group commits write them, without a server that says no to
each: that would measure the network. Then Redis and the MTA are started again, and left alone to see what they do.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import psutil
from redis import Redis

from bench import harness
from bench.harness import say
from bench.sink import sink_command
from config import redis_server
from config.child import free_port, stop
from mta.client import Client
from mta.contract import Batch, Lane, Mailbox, Outcome, Plan, Recipient, Slot, Status
from mta.ports import Entry, Retry
from mta.scripts import OUTCOMES
from mta.spool import RedisSpool

BATCH = 500
TENANTS = 20
DOMAINS = ("naver.com", "gmail.com", "daum.net", "hanmail.net", "nate.com", "daily-park.example")
CITIES = ("서울특별시", "부산광역시", "인천광역시", "제주특별자치도")
SENTENCE = "The harbour bridge opens again on Monday after repairs, and the ferries return to their hours. "


def plan(tenant: int) -> Plan:
    return Plan(
        id=f"bench{tenant}",
        tenant=tenant,
        mailing="7",
        lane=Lane.BULK,
        headers=[("From", Mailbox("Bench", "news@bench.example")), ("Subject", ["News for ", Slot(1)])],
        text=[Slot(1), ", ", Slot(2), "\n", *(f"{SENTENCE}\n" for _ in range(160)), "https://bench.example/", Slot(0)],
        return_path=["bounce+", Slot(0), "@bench.example"],
    )


def batches(recipients: int) -> Iterator[Batch]:
    """Recipients as the product hands them over: an address, a token and five values each."""
    chance = random.Random(7)
    for number in range(recipients // BATCH):
        tenant = number % TENANTS + 1
        yield Batch(
            id=str(number),
            plan=f"bench{tenant}",
            tenant=tenant,
            mailing="7",
            lane=Lane.BULK,
            recipients=[recipient(number * BATCH + n, chance) for n in range(BATCH)],
        )


def recipient(seq: int, chance: random.Random) -> Recipient:
    address = f"reader{chance.randrange(10**9)}@{chance.choice(DOMAINS)}"
    values = [f"독자 {seq}", chance.choice(CITIES), "gold", f"team {seq % 40}", f"{chance.randrange(10**6):06}"]
    return Recipient(seq, address, [secrets.token_urlsafe(24), *values])


def submit(redis: Redis, recipients: int) -> None:
    client = Client(redis)
    for tenant in range(1, TENANTS + 1):
        client.put_plan(plan(tenant))
    for batch in batches(recipients):
        client.submit(batch)


async def defer(url: str, redis: Redis) -> None:
    """Let everybody who is queued be deferred, the first retry in an hour or so."""
    spool, chance = RedisSpool(url, "bench"), random.Random(7)
    while claim := await spool.claim():
        now = claim.now
        people = [one.seq for one in claim.batch.recipients if one.seq not in claim.done]
        said = [Outcome(n, Status.DEFERRED, now, 1, 451, "4.7.1", "try again later", "mx", "other") for n in people]
        retries = {n: Retry(1, now + 3600 + 360 * chance.random(), now) for n in people}
        await spool.record([Entry(claim.ref, deferrals=said, retries=retries, ends=True)])
        redis.delete(OUTCOMES)  # the product has read them
    await spool.leave()


@contextmanager
def mta(url: str, relay: int, log: Path) -> Iterator[psutil.Process]:
    """An MTA of one process; gives that process."""
    env = harness_env(url, relay)
    with log.open("ab") as output:
        parent = subprocess.Popen([sys.executable, "-m", "mta"], cwd=harness.ROOT, env=env, stderr=output)
    try:
        yield engine_of(parent.pid)
    finally:
        stop(parent)


def harness_env(url: str, relay: int) -> dict[str, str]:
    return {"REDIS_URL": url, "MTA_RELAY": f"127.0.0.1:{relay}", "MTA_PROCESSES": "1", "PATH": "/usr/bin:/bin"}


def engine_of(pid: int) -> psutil.Process:
    """The engine is the child of its supervisor."""
    root, until = psutil.Process(pid), time.monotonic() + 10
    while not (children := root.children()) and time.monotonic() < until:
        time.sleep(0.05)
    return children[0] if children else root


def megabytes(redis: Redis) -> float:
    info: Any = redis.info("memory")
    return float(info["used_memory"]) / 1024**2


def commands(redis: Redis) -> int:
    info: Any = redis.info("stats")
    return int(info["total_commands_processed"])


def measured(recipients: int, seconds: float) -> dict[str, float]:
    figures: dict[str, float] = {}
    folder = Path(tempfile.mkdtemp(prefix="messagepark-bench-"))
    with ExitStack() as at_end:
        at_end.callback(shutil.rmtree, folder, ignore_errors=True)
        relay = free_port()
        sink = subprocess.Popen(sink_command(relay, python=sys.executable)[0], cwd=harness.ROOT)
        at_end.callback(stop, sink)
        server = redis_server.start(folder / "redis")
        redis = Redis.from_url(server.url)
        say(f"{recipients:,} are queued")
        submit(redis, recipients)
        figures["queued_redis_mb"] = megabytes(redis)
        with mta(server.url, relay, folder / "mta.log") as engine:
            figures |= memory_while_sending(engine, seconds)
        say("all are deferred")
        asyncio.run(defer(server.url, redis))
        figures["deferred_redis_mb"] = megabytes(redis)
        figures["deferred"] = sum(int(n) for n in redis.hvals("mta:later"))  # type: ignore[union-attr]
        server.stop()
        began = time.monotonic()
        server = redis_server.start(folder / "redis")
        at_end.callback(server.stop)
        figures["redis_restart_s"] = time.monotonic() - began
        figures |= after_a_restart(Redis.from_url(server.url), server.url, relay, folder / "mta.log")
    return figures


def memory_while_sending(engine: psutil.Process, seconds: float) -> dict[str, float]:
    """Resident memory after a third of the time and at its end: what grows would be seen."""
    time.sleep(seconds / 3)
    early = engine.memory_info().rss
    time.sleep(seconds * 2 / 3)
    late = engine.memory_info().rss
    return {"mta_rss_mb": max(early, late) / 1024**2, "mta_growth_mb": (late - early) / 1024**2}


def after_a_restart(redis: Redis, url: str, relay: int, log: Path) -> dict[str, float]:
    """Seconds until fresh mail leaves beside all that is deferred, and what is done while nothing is due."""
    client = Client(redis)
    fresh = next(batches(BATCH))
    client.submit(msgspec.structs.replace(fresh, mailing="8"))
    began = time.monotonic()
    with mta(url, relay, log) as engine:
        while not redis.xlen(OUTCOMES):
            if time.monotonic() - began > 60:
                raise TimeoutError(f"nothing left within a minute: {log.read_text()[-2000:]}")
            time.sleep(0.02)
        restart = time.monotonic() - began
        time.sleep(2)
        before, used, since = commands(redis), sum(engine.cpu_times()[:2]), time.monotonic()
        time.sleep(5)
        passed = time.monotonic() - since
        return {
            "mta_restart_s": restart,
            "idle_commands_per_s": (commands(redis) - before) / passed,
            "idle_mta_cpu_ratio": (sum(engine.cpu_times()[:2]) - used) / passed,
        }


def main() -> None:
    parser = harness.parser(__doc__ or "")
    parser.add_argument("--recipients", type=int, default=1_000_000)
    options = parser.parse_args()
    recipients, seconds = (100_000, 9.0) if options.quick else (options.recipients, 45.0)
    figures = harness.in_turn(1 if options.quick else options.rounds, {"": lambda: measured(recipients, seconds)})
    harness.report("memory", figures, [f"{recipients:,} recipients in batches of {BATCH}, {seconds:.0f} s of sending"])


if __name__ == "__main__":
    main()
