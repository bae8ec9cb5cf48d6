"""Two machines against one PostgreSQL and one Redis: mail leaves faster, and what is limited is limited over both.

A machine is a network namespace with web, worker and MTA, and a line of 8 Mbit/s to the rest of the world: that, not
the two cores that all of them share, is what binds it. Scheduler, ingest, the servers and the receiver run beside them,
on this side of the lines. Limits are counted where they bite: connections and mails at the receiver, refusals at the
web servers. It needs root and CAP_NET_ADMIN.
"""

from __future__ import annotations

import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit

import psutil
from redis import Redis

from bench import harness
from bench.fairness import hand_over, plan
from bench.harness import Product, procfile_command
from bench.machines import HOME, Machine, machines, obstacle, run
from bench.main_job import send
from bench.sink import built_in
from config.child import free_port
from mta.client import Client
from mta.contract import Lane

MBIT = 8
CONNECTIONS = 8
HOURLY = 1_000
PER_MINUTE = 1_200
LOOKED_UP = 300  # how often a visitor may ask whether a name is free (`app/tenants/routes/site.py`)
PROCESSES = ("web", "worker", "mta")
WEB_PORT = 8000
QUIET_SECONDS = 4.0
BURST_SECONDS = 3.0
SAMPLE_SECONDS = 0.1
# A machine that joins gets its share at once; those that were there hear of it with their next heartbeat.
JOIN_SECONDS = 2.0
ROUTES = """[[route]]\ndomain = "readers.example"\nto = ["{home}:{port}"]\ntls = "off"\n"""
SHAPING = """[default]\nconnections = {connections}\nper_minute = {per_minute}\n"""


def of_machine(product: Product, machine: Machine) -> dict[str, str]:
    """Return what differs there: the servers are at our address, the web server is at its own."""
    servers = {name: product.env[name].replace("127.0.0.1", HOME) for name in ("DATABASE_URL", "REDIS_URL")}
    ways = {f"MTA_{name.upper()}": str(product.var / f"{name}.toml") for name in ("routes", "shaping")}
    return servers | ways | {"MESSAGEPARK_BIND": f"{machine.address}:{WEB_PORT}", "MTA_PROCESSES": "1"}


@contextmanager
def running(product: Product, chosen: Sequence[Machine]) -> Iterator[None]:
    """Run the processes of these machines until the block ends."""
    names = [(f"{process} of {machine.name}", process, machine) for machine in chosen for process in PROCESSES]
    for name, process, machine in names:
        product.start(name, machine.command(procfile_command(process)), env=of_machine(product, machine))
    try:
        for machine in chosen:
            product.wait_for("the web server", partial(_asked, product, machine, "/healthz"), seconds=60)
        yield
    finally:
        for name, _process, _machine in names:
            product.stop(name)


def _asked(product: Product, machine: Machine, path: str) -> bytes:
    """Ask a machine's web server for a page; return it, or nothing while the server is not up."""
    headers = {"Host": product.base_url.partition("://")[2], "Accept-Language": "en"}
    request = urllib.request.Request(f"http://{machine.address}:{WEB_PORT}{path}", headers=headers)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            page: bytes = answer.read()
            return page
    except urllib.error.URLError:
        return b""


@contextmanager
def watched(port: int) -> Iterator[list[tuple[float, int]]]:
    """Count the connections that the receiver has open during the block; the list then holds each moment's number."""
    counts: list[tuple[float, int]] = []
    stopped = threading.Event()

    def watch() -> None:
        while not stopped.wait(SAMPLE_SECONDS):
            found = run("ss", "-Htn", "state", "established", f"( sport = :{port} )").splitlines()
            counts.append((time.monotonic(), len(found)))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield counts
    finally:
        stopped.set()
        watching.join()


def lasting(counts: Sequence[tuple[float, int]]) -> int:
    """Return the most that there were for `JOIN_SECONDS` on end."""
    most = 0
    for number, (begin, _) in enumerate(counts):
        span = [count for at, count in counts[number:] if at <= begin + JOIN_SECONDS]
        if counts[-1][0] >= begin + JOIN_SECONDS:
            most = max(most, min(span))
    return most


class Trial:
    """The product, its machines and the receiver, and what is tried on them."""

    def __init__(self, product: Product, both: list[Machine], port: int, recipients: int) -> None:
        self.product, self.both, self.port, self.recipients = product, both, port, recipients
        self.record = product.var / "record"
        self._number = 0
        (product.var / "routes.toml").write_text(ROUTES.format(home=HOME, port=port))
        self._shape(per_minute=0)

    def _shape(self, *, per_minute: int) -> None:
        """Say what the receiver may be asked for; who starts from now on obeys."""
        rules = SHAPING.format(connections=CONNECTIONS, per_minute=per_minute)
        (self.product.var / "shaping.toml").write_text(rules)

    def rate(self, count: int) -> Mapping[str, float]:
        """Send a mailing by so many machines."""
        with running(self.product, self.both[:count]):
            send(self.product, 100, slug=self._slug(), seconds=60)
            with watched(self.port) as connections:
                psutil.cpu_percent()
                before = self._bytes()
                sent = send(self.product, self.recipients * count, slug=self._slug(), seconds=300)
                busy = psutil.cpu_percent() / 100
                came = self._bytes() - before
        rate, share = sent.accepted / sent.fed_s, came * 8 / sent.fed_s / (MBIT * 1e6 * count)
        return {
            "rate": rate, "line_share": share, "processor_share": busy, "connections": lasting(connections),
            "connections_for_a_moment": max(most for _, most in connections),
        }  # fmt: skip

    def _bytes(self) -> int:
        return sum(machine.sent() for machine in self.both)

    def limits(self) -> Mapping[str, float]:
        """Let both machines come upon limits; return how much was let through for each."""
        for process in ("scheduler", "ingest"):
            self.product.stop(process)  # what is sent here is no workspace's, and they know nothing of it
        with running(self.product, self.both):
            figures = {"hourly_taken": self._hourly(), "look_ups_answered": self._look_ups()}
        self._shape(per_minute=PER_MINUTE)
        with running(self.product, self.both):
            return figures | {"per_minute_taken": self._per_minute()}

    def _hourly(self) -> float:
        """A tenant that may send `HOURLY` mails in an hour wants to send three times as many."""
        with Redis.from_url(self.product.services.redis_url) as redis:
            client, before = Client(redis), self._taken()
            client.set_quota(1_000_001, HOURLY)
            hand_over(client, plan(1_000_001, self._slug(), Lane.NORMAL), 3 * HOURLY)
            self.product.wait_for("the first mail", lambda: self._taken() > before, seconds=30)
            return self._quiet() - before

    def _per_minute(self) -> float:
        """The mails of a minute at a receiver that takes so many, from those of ten seconds after the first burst."""
        with Redis.from_url(self.product.services.redis_url) as redis:
            before = self._taken()
            hand_over(Client(redis), plan(1_000_002, self._slug(), Lane.NORMAL), PER_MINUTE)
            self.product.wait_for("the first mail", lambda: self._taken() > before, seconds=30, every=0.005)
            time.sleep(BURST_SECONDS)
            started, first = time.monotonic(), self._taken()
            time.sleep(10)
            return (self._taken() - first) / (time.monotonic() - started) * 60

    def _look_ups(self) -> float:
        """A visitor asks both web servers in turn whether a name is free; return how often they were answered."""
        path = "/sign-up/availability?slug=harbour"
        answers = [_asked(self.product, self.both[n % 2], path) for n in range(LOOKED_UP + 60)]
        if not all(answers):
            raise RuntimeError("a web server did not answer")
        return sum(b"Too many tries" not in answer for answer in answers)

    def _quiet(self) -> int:
        """Wait until the receiver has got nothing for a while; return how many mails it has got in all."""
        taken, since = self._taken(), time.monotonic()
        while time.monotonic() - since < QUIET_SECONDS:
            time.sleep(0.1)
            if (now := self._taken()) != taken:
                taken, since = now, time.monotonic()
        return taken

    def _taken(self) -> int:
        return self.record.read_bytes().count(b"\n") if self.record.exists() else 0

    def _slug(self) -> str:
        self._number += 1
        return f"trial-{self._number}"


def overshoot(figures: Mapping[str, float]) -> float:
    """By how much the limit was passed that was passed by most, as a share of it; 0: none was."""
    allowed = {
        "hourly_taken": HOURLY, "per_minute_taken": PER_MINUTE, "look_ups_answered": LOOKED_UP,
        "two_machine_connections": CONNECTIONS,
    }  # fmt: skip
    return max(0.0, *(figures[name] / most - 1 for name, most in allowed.items()))


def measured(recipients: int, rounds: int) -> dict[str, float]:
    port = free_port()
    with harness.product(env={"MTA_HOSTNAME": "bench.example"}) as product:
        ports = [urlsplit(product.env[name]).port or 0 for name in ("DATABASE_URL", "REDIS_URL")]
        with machines(2, MBIT, ports) as both:
            trial = Trial(product, both, port, recipients)
            product.start("sink", [*built_in(port, sys.executable, record=trial.record), "--host", HOME])
            for process in ("scheduler", "ingest"):
                product.start(process)
            runs: dict[str, Callable[[], Mapping[str, float]]] = {
                "one_machine": partial(trial.rate, 1), "two_machine": partial(trial.rate, 2),
            }  # fmt: skip
            return harness.in_turn(rounds, runs) | trial.limits()


def main() -> None:
    options = harness.parser(__doc__ or "").parse_args()
    if reason := obstacle():
        return harness.report("scale_out", {}, [f"not run: {reason}"])
    figures = measured(500 if options.quick else 1_000, 1 if options.quick else options.rounds)
    figures |= {
        "growth_ratio": figures["two_machine_rate"] / figures["one_machine_rate"],
        "limit_overshoot": overshoot(figures),
    }
    notes = [
        f"a machine is bound by its line of {MBIT} Mbit/s (line_share: how much of it is filled), not by the cores"
        " that all share (processor_share); how many pages two machines answer cannot be told on these",
        f"limits, of both machines together: {CONNECTIONS} connections and {PER_MINUTE:,} mails a minute to a receiver,"
        f" {HOURLY:,} mails an hour for a tenant, {LOOKED_UP} look-ups of a name for a visitor",
        f"connections: that stood for {JOIN_SECONDS:.0f} s; those that a machine opens when it joins come on top for"
        " a moment, until the other has heard of it",
    ]
    return harness.report("scale_out", figures, notes)


if __name__ == "__main__":
    main()
