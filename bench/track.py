"""Opens and clicks at one web process, and tracking events through ingest.

The web server has one process, so that its rate is that of one core; readers are keep-alive connections that ask again
as soon as they are answered. They run beside it on the same machine.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import Mapping

import psycopg
from redis import Redis

from app.core import crypto
from app.core import redis as shared_redis
from app.core.tokens import recipient_token
from app.tracking import stream
from app.tracking.stream import TrackEvent, new_key
from bench import harness
from bench.harness import Product

SLUG = "track"
CONNECTIONS = 8
AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36"
)
RECIPIENTS = 2_000
LINKS = 15


def launch(product: Product) -> tuple[int, int]:
    """Make a mailing with a ledger and links; nobody sends it."""
    for name in ("worker", "scheduler"):
        product.start(name)
    made = subprocess.run(
        [sys.executable, "-m", "bench.audience", "--slug", SLUG, "--recipients", str(RECIPIENTS)],
        cwd=harness.ROOT, env=product.env, check=True, capture_output=True, text=True,
    )  # fmt: skip
    ids = json.loads(made.stdout)
    with psycopg.connect(product.services.database_url, autocommit=True) as connection:
        query = "SELECT total FROM launches WHERE tenant_id = %s AND mailing_id = %s AND state = 'running'"

        def begun() -> bool:
            return connection.execute(query, [ids["tenant"], ids["mailing"]]).fetchone() is not None

        product.wait_for("the launch", begun, seconds=60)
    for name in ("worker", "scheduler"):
        product.stop(name)
    return ids["tenant"], ids["mailing"]


async def ask(product: Product, paths: list[str], seconds: float) -> list[float]:
    """Let all connections ask for these paths for a while; return how long each answer took, in seconds."""
    took: list[float] = []
    host = f"{SLUG}.{product.base_url.partition('://')[2]}"
    until = time.monotonic() + seconds
    await asyncio.gather(*(_reader(host, paths, until, took, number) for number in range(CONNECTIONS)))
    return took


async def _reader(host: str, paths: list[str], until: float, took: list[float], number: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(host.rpartition(":")[2]))
    chance = random.Random(number)
    while (started := time.monotonic()) < until:
        path = chance.choice(paths)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {AGENT}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        if status not in (200, 302):
            raise RuntimeError(f"{path}: {status}")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length[15:]))
        took.append(time.monotonic() - started)
    writer.close()


def ingest_rate(product: Product, tenant: int, mailing: int, count: int) -> float:
    """Put events on the stream, then start ingest and time it until none is left."""
    shared_redis.connect(product.services.redis_url)
    client = Redis.from_url(product.services.redis_url)
    client.delete(stream.STREAM)
    _fill(client, tenant, mailing, count)
    product.start("ingest")
    product.wait_for("the first event", lambda: int(client.xlen(stream.STREAM)) < count, seconds=60, every=0.005)
    left = int(client.xlen(stream.STREAM))
    wall = product.wait_for("the last event", lambda: not client.xlen(stream.STREAM), seconds=300, every=0.01)
    product.stop("ingest")
    return left / wall


def _fill(client: Redis, tenant: int, mailing: int, count: int) -> None:
    chance = random.Random(count)
    pipe = client.pipeline(transaction=False)
    for number in range(count):
        at = time.time()
        kind = chance.choice(("open", "open", "open", "click"))
        event = TrackEvent(
            tenant_id=tenant, mailing_id=mailing, seq=chance.randint(1, RECIPIENTS * 50), kind=kind, at=at,
            key=new_key(at), link=chance.randint(1, LINKS) if kind == "click" else 0, user_agent=AGENT,
            network="203.0.113.0/24",
        )  # fmt: skip
        pipe.xadd(stream.STREAM, {b"e": stream.packed(event)})
        if number % 2_000 == 1_999:
            pipe.execute()
    pipe.execute()


def measured(seconds: float, count: int) -> Mapping[str, float]:
    with harness.product(env={"MESSAGEPARK_WEB_WORKERS": "1"}) as product:
        tenant, mailing = launch(product)
        product.start("web")
        product.wait_for_web()
        crypto.use_secret(product.env["MESSAGEPARK_SECRET_KEY"])
        tokens = [recipient_token(tenant, mailing, seq) for seq in range(1, RECIPIENTS + 1)]
        opens = [f"/t/o/{token}.gif" for token in tokens]
        clicks = [f"/t/c/{token}/{n % LINKS + 1}" for n, token in enumerate(tokens)]
        asyncio.run(ask(product, opens + clicks, 1.0))
        with product.metered() as usage:
            opened = sorted(asyncio.run(ask(product, opens, seconds)))
        clicked = asyncio.run(ask(product, clicks, seconds))
        product.stop("web")
        return {
            "open_rate": len(opened) / seconds,
            "open_p99_ms": opened[int(len(opened) * 0.99)] * 1000,
            "open_web_cpu_per_1k": usage["web"].cpu_per_1k(len(opened)),
            "click_rate": len(clicked) / seconds,
            "ingest_rate": ingest_rate(product, tenant, mailing, count),
        }


def main() -> None:
    options = harness.parser(
        "Opens and clicks a second of one web process; tracking events a second of ingest."
    ).parse_args()
    seconds, count = (4.0, 60_000) if options.quick else (10.0, 300_000)
    rounds = 1 if options.quick else options.rounds
    figures = harness.in_turn(rounds, {"": lambda: measured(seconds, count)})
    notes = [f"one web process, {CONNECTIONS} connections that never rest; the readers share the machine"]
    harness.report("track", figures, notes)


if __name__ == "__main__":
    main()
