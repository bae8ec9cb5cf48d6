"""The MTA alone: mails a second from batches in Redis to outcomes in Redis, through two engines into `smtp-sink`.

In turn with it, in each round: `smtp-source` (what C can send), the bare signing of digests with RSA-2048, aiosmtplib
with a mail made beforehand, and a Postfix relay. All have two processes and send 16 KB; the sink and, for Postfix, the
source share the two cores.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from redis import Redis

from bench import harness, postfix
from bench.audience import FIELDS, Shape, html_of
from bench.harness import Product, say
from bench.signing import ALGORITHMS, KINDS, private_key
from bench.sink import sink_command
from config import redis_server
from config.child import free_port, stop
from config.embedded import Services
from mta.client import Client, OutcomeStream
from mta.contract import Batch, Lane, Mailbox, Plan, Recipient, Segments, SigningKey, Slot
from mta.sealing import seal

SECRET = "a secret of the benchmark"
DOMAIN = "bench.example"
SLICE = 500
PROCESSES = 2
CONNECTIONS = 40
SIZE = 16 * 1024


def plan_of(kind: str) -> Plan:
    """A mail of 16 KB with 15 links of its reader's own and five values that differ."""
    html = html_of(Shape(0, SIZE))
    for n in range(1, 16):
        html = html.replace(f"https://news.example.com/2026/story-{n}?from=mail", f"https://bench.example/t/c/\0/{n}")
    for n, name in enumerate(FIELDS, start=1):
        html = html.replace(f"{{{{{name}|reader}}}}", f"\1{n}")
    return Plan(
        id=f"bench-{kind}", tenant=1, mailing=kind, lane=Lane.NORMAL,
        headers=[
            ("From", Mailbox("Harbour News", f"news@{DOMAIN}")),
            ("Subject", ["Harbour news for ", Slot(1, "text")]),
            ("List-Unsubscribe", [f"<https://{DOMAIN}/t/u/", Slot(0, "text"), ">"]),
            ("List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"]),
        ],
        return_path=["bounce+", Slot(0, "text"), f"@{DOMAIN}"], html=_slotted(html), text=None, signing=keys(kind),
    )  # fmt: skip


def _slotted(html: str) -> Segments:
    """Cut where ``\\0`` (the reader's token) and ``\\1`` with a digit (a value) stand."""
    parts: Segments = []
    for piece in html.replace("\0", "\1" + "0").split("\1"):
        if parts:
            n = int(piece[0])
            parts += [Slot(n, "html" if n else "url"), piece[1:]]
        else:
            parts.append(piece)
    return parts


def keys(kind: str) -> list[SigningKey]:
    if kind == "unsigned":
        return []
    sealed = seal(private_key(kind), domain=DOMAIN, selector="mp1", secret=SECRET)
    return [SigningKey(domain=DOMAIN, selector="mp1", algorithm=ALGORITHMS[kind], sealed=sealed)]


def batches(plan: Plan, count: int, *, first: int = 0) -> Iterator[Batch]:
    for start in range(0, count, SLICE):
        seqs = range(start, min(start + SLICE, count))
        readers = [
            Recipient(
                n, f"reader{n}@readers.example", [f"{n:043}", f"Reader {n}", "Busan", "3", f"Team {n % 30}", f"C{n}"]
            )
            for n in seqs
        ]
        yield Batch(
            id=f"{first}-{start}", plan=plan.id, tenant=plan.tenant, mailing=plan.mailing, lane=plan.lane,
            recipients=readers,
        )  # fmt: skip


@contextmanager
def engines(
    folder: Path, sink: int, *, host: str = "127.0.0.1", connections: int = CONNECTIONS
) -> Iterator[tuple[Product, Redis]]:
    """Two engines and a Redis of their own, sending to port `sink`."""
    server = redis_server.start(folder / "redis")
    services = Services(database_url="", redis_url=server.url, redis_pid=server.pid)
    env = {
        "MTA_RELAY": f"{host}:{sink}", "MTA_PROCESSES": str(PROCESSES), "MTA_KEY_SECRET": SECRET,
        "MTA_CONNECTIONS": str(connections), "MTA_HOSTNAME": DOMAIN,
    }  # fmt: skip
    product = Product(folder, harness.environment(folder, services, env), services)
    try:
        product.start("mta")
        with Redis.from_url(server.url) as client:
            yield product, client
    finally:
        for name in list(product.processes):
            product.stop(name)
        server.stop()


def deliver(product: Product, redis: Redis, plan: Plan, count: int, *, run: int) -> float:
    """Hand over `count` recipients at once, and return the seconds until the last outcome was read."""
    client, stream = Client(redis), OutcomeStream(redis, "bench")
    client.put_plan(plan)
    ready = list(batches(plan, count, first=run))
    seen: Counter[str] = Counter()
    started = time.perf_counter()
    client.submit_many(ready)
    while sum(seen.values()) < count:
        entries = stream.read(500, 200)
        seen.update(outcome.status for _, entry in entries for outcome in entry.outcomes)
        stream.ack([entry_id for entry_id, _ in entries])
        if not entries:
            product.require_alive()
        elif len(entries) < 100:
            time.sleep(0.05)
    taken = time.perf_counter() - started
    if seen["accepted"] != count:
        raise RuntimeError(f"not all were accepted: {dict(seen)}")
    return taken


@contextmanager
def sinking() -> Iterator[int]:
    """Run a sink that keeps nothing, on a port of its own."""
    port = free_port()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            sink_command(port, python=sys.executable)[0], cwd=harness.ROOT, stdout=log, stderr=log
        )
        try:
            time.sleep(0.5)
            yield port
        finally:
            stop(process)


def mta(kind: str, count: int) -> Mapping[str, float]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="messagepark-bench-")))
        product, redis = stack.enter_context(engines(folder, stack.enter_context(sinking())))
        plan = plan_of(kind)
        deliver(product, redis, plan, 2 * SLICE, run=1)
        with product.metered() as usage:
            taken = deliver(product, redis, plan, count, run=2)
        figures = {"rate": count / taken, "mta_cpu_per_1k": usage["mta"].cpu_per_1k(count)}
        return figures | {"mta_rss_mb": usage["mta"].peak_rss_mb / PROCESSES}


def c_limit(count: int) -> Mapping[str, float]:
    with sinking() as port:
        return {"rate": count / _by_source(count, port)}


def _by_source(count: int, port: int) -> float:
    """Let two smtp-source send `count` mails in all; return the seconds."""
    found = postfix.programs()
    assert found is not None
    mail = ["-d", "-s", str(CONNECTIONS), "-m", str(count // PROCESSES), "-l", str(SIZE)]
    ends = ["-f", f"news@{DOMAIN}", "-t", "reader@readers.example", f"127.0.0.1:{port}"]
    return _together([*found.command("smtp-source"), *mail, *ends])


def _together(command: list[str]) -> float:
    """Run a command as often as there are engines, at once; return the seconds until all have ended well."""
    started = time.perf_counter()
    running = [subprocess.Popen(command, cwd=harness.ROOT, stdout=subprocess.DEVNULL) for _ in range(PROCESSES)]
    if any(process.wait() for process in running):
        raise RuntimeError(f"{command[0]} failed")
    return time.perf_counter() - started


def competitor(name: str, count: int) -> Mapping[str, float]:
    """Run a part of `bench.rivals` in two processes; each tells the seconds of its work alone."""
    with sinking() as port:
        command = [sys.executable, "-m", "bench.rivals", name, str(count // PROCESSES), str(port)]
        running = [
            subprocess.Popen(command, cwd=harness.ROOT, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)
        ]
        seconds = [json.loads(process.communicate()[0]) for process in running]
        return {"rate": count / max(seconds)}


def relayed(count: int) -> Mapping[str, float]:
    """From the first mail given to Postfix until its spool, in memory where that is possible, is empty."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="messagepark-bench-", dir=memory)))
        folder.chmod(0o755)
        relay = stack.enter_context(postfix.relay(folder, stack.enter_context(sinking())))
        _by_source(200, relay.port)
        relay.wait_until_empty(60)
        started = time.perf_counter()
        _by_source(count, relay.port)
        relay.wait_until_empty(600)
        return {"rate": count / (time.perf_counter() - started)}


def contenders(count: int, notes: list[str]) -> dict[str, Callable[[], Mapping[str, float]]]:
    """Return what runs in turn. What cannot be run here is left out, and the notes say so."""
    runs: dict[str, Callable[[], Mapping[str, float]]] = {kind: partial(mta, kind, count) for kind in KINDS}
    runs["rsa2048_sign_limit"] = partial(competitor, "sign", count // 4)
    runs["aiosmtplib"] = partial(competitor, "aiosmtplib", count // 10)
    if postfix.programs() is None:
        notes.append("c_limit_rate and postfix_rate left out: Postfix is neither installed nor to be had from Debian")
        return runs
    runs["c_limit"] = partial(c_limit, count)
    if os.geteuid() == 0:
        runs["postfix"] = partial(relayed, count // 10)
    else:
        notes.append("postfix_rate left out: Postfix starts only as root")
    return runs


RATIOS = {
    "rsa2048_to_postfix_ratio": ("rsa2048_rate", "postfix_rate"),
    "unsigned_to_c_ratio": ("unsigned_rate", "c_limit_rate"),
    "rsa2048_to_sign_limit_ratio": ("rsa2048_rate", "rsa2048_sign_limit_rate"),
    "rsa2048_to_aiosmtplib_ratio": ("rsa2048_rate", "aiosmtplib_rate"),
}


def main() -> None:
    parser = harness.parser(__doc__ or "")
    parser.add_argument("--recipients", type=int, default=100_000)
    options = parser.parse_args()
    count = 6_000 if options.quick else options.recipients
    notes = [f"{count:,} mails of 16 KB, 15 links, 5 values; {PROCESSES} processes of {CONNECTIONS} connections"]
    runs = contenders(count, notes)
    say(f"sink: {(sink := sink_command(0, python=sys.executable)[1])}")
    figures = harness.in_turn(1 if options.quick else options.rounds, runs)
    ratios = {name: figures[a] / figures[b] for name, (a, b) in RATIOS.items() if a in figures and b in figures}
    memory = max(figures.pop(f"{kind}_mta_rss_mb") for kind in KINDS)
    notes += [f"sink: {sink}", "mta_rss_mb: of one engine", "Postfix signs nothing and keeps its spool in memory"]
    harness.report("mta", figures | ratios | {"mta_rss_mb": memory}, notes)


if __name__ == "__main__":
    main()
