"""What every benchmark needs: a product of its own on loopback, meters for its processes, rounds, and the report.

A benchmark prints a table for people and, as its last line, one JSON object:
``{"bench": "main_job", "machine": "2 vCPU …", "figures": {"rate": 812.4}, "notes": []}``.
Figures are medians over rounds; what is compared runs in turn within each round. Rates are per second, times end in
``_s`` or ``_ms``, memory in ``_mb``, processor seconds for 1,000 units in ``_cpu_per_1k``, shares in ``_ratio``.
What could not be run is left out and said in the notes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import psutil

from bench.meter import Meter, Usage
from config import embedded, postgres_server, redis_server
from config.child import die_with_parent, free_port, stop
from config.postgres_server import PostgresServer
from config.redis_server import RedisServer

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3
T = TypeVar("T")


def parser(text: str) -> argparse.ArgumentParser:
    """Return a parser with the options that every benchmark has."""
    made = argparse.ArgumentParser(description=text)
    made.add_argument("--quick", action="store_true", help="smaller numbers, under a minute, the same figures")
    made.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds ({ROUNDS}); figures are medians")
    return made


def in_turn(count: int, runs: Mapping[str, Callable[[], Mapping[str, float]]]) -> dict[str, float]:
    """Run all of `runs` in turn, `count` times over, and return the median of each figure as ``<run>_<figure>``.

    A run named "" gives its figures without a prefix.
    """
    seen: dict[str, list[float]] = {}
    for number in range(count):
        for name, run in runs.items():
            say(f"round {number + 1} of {count}: {name or 'all'}")
            for figure, value in run().items():
                seen.setdefault(f"{name}_{figure}" if name else figure, []).append(value)
    return {figure: statistics.median(values) for figure, values in seen.items()}


def say(text: str) -> None:
    """Tell how far the benchmark is; progress goes to standard error, so that the report stands alone."""
    print(f"  {text}", file=sys.stderr, flush=True)


def report(bench: str, figures: Mapping[str, float], notes: Sequence[str] = ()) -> None:
    """Print the table and the JSON line."""
    rounded = {name: _rounded(value) for name, value in figures.items()}
    width = max((len(name) for name in rounded), default=0)
    print(f"\n{bench} on {machine()}")
    for name, value in rounded.items():
        print(f"  {name:<{width}}  {value:>14,}")
    for note in notes:
        print(f"  note: {note}")
    line = {"bench": bench, "machine": machine(), "figures": rounded, "notes": list(notes)}
    print("\n" + json.dumps(line, ensure_ascii=False), flush=True)


def _rounded(value: float) -> float | int:
    """Keep four digits that mean something."""
    if value == int(value):
        return int(value)
    return round(value, 1) if abs(value) >= 1000 else float(f"{value:.4g}")


def machine() -> str:
    """Return the machine in words, as in ``2 vCPU AMD EPYC, 24 GB, Linux 6.1``."""
    model = ""
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    gigabytes = round(psutil.virtual_memory().total / 1024**3)
    return f"{os.cpu_count()} vCPU {model}, {gigabytes} GB, {platform.system()} {platform.release()}"


@dataclass
class Product:
    """The service on loopback: PostgreSQL, Redis, a migrated database, and the processes that were started."""

    var: Path
    env: dict[str, str]
    services: embedded.Services
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    servers: dict[str, PostgresServer | RedisServer] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        return self.env["MESSAGEPARK_BASE_URL"]

    def start(self, name: str, command: Sequence[str | Path] = (), *, env: Mapping[str, str] | None = None) -> None:
        """Start a process of the Procfile by its name, or another command under a name; output goes to its log."""
        words = [str(word) for word in command] or procfile_command(name)
        path = self.log(name)
        path.parent.mkdir(exist_ok=True)
        with path.open("ab") as output:
            self.processes[name] = subprocess.Popen(
                words,
                cwd=ROOT,
                env={**self.env, **(env or {})},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(),  # noqa: PLW1509 - one prctl call
            )

    def log(self, name: str) -> Path:
        return self.var / "log" / f"{name}.log"

    def stop(self, name: str) -> None:
        stop(self.processes.pop(name))

    def kill(self, name: str) -> None:
        """End a process and all its children at once, as a power cut does."""
        _kill_tree(self.processes.pop(name).pid)

    def kill_redis(self) -> None:
        """Kill Redis, and start it again on what it had written."""
        assert self.services.redis_pid is not None
        _kill_tree(self.services.redis_pid)
        port = urlsplit(self.services.redis_url).port or 0
        self._again("redis", redis_server.start(self.var / "redis", port=port))

    def kill_postgres(self) -> None:
        """Kill PostgreSQL, and start it again: it recovers by itself."""
        assert self.services.postgres_pid is not None
        _kill_tree(self.services.postgres_pid)
        port = urlsplit(self.services.database_url).port or 0
        self._again("postgres", postgres_server.start(self.var / "postgres", port=port))

    def _again(self, name: str, server: PostgresServer | RedisServer) -> None:
        if name in self.servers:
            self.servers[name].process.wait()
        self.servers[name] = server
        self.services = replace(self.services, **{f"{name}_pid": server.pid})

    def pids(self) -> dict[str, int]:
        """Return the first process of each part, PostgreSQL and Redis among them."""
        found = {name: process.pid for name, process in self.processes.items()}
        servers = {"postgres": self.services.postgres_pid, "redis": self.services.redis_pid}
        return found | {name: pid for name, pid in servers.items() if pid is not None}

    def require_alive(self) -> None:
        """Raise RuntimeError with the end of its log when a process has ended."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                log = self.log(name).read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{name} ended with {process.returncode}:\n{log}")

    def wait_for(self, what: str, done: Callable[[], bool], *, seconds: float, every: float = 0.05) -> float:
        """Wait until `done()`, and return how long that took; raise TimeoutError naming `what`."""
        started = time.monotonic()
        self.wait_until(what, done, seconds=seconds, every=every)
        return time.monotonic() - started

    def wait_until(self, what: str, found: Callable[[], T], *, seconds: float, every: float = 0.05) -> T:
        """Wait until `found()` gives something, and return that; raise TimeoutError naming `what`."""
        started = time.monotonic()
        while not (it := found()):
            self.require_alive()
            if time.monotonic() - started > seconds:
                raise TimeoutError(f"{what} did not happen within {seconds:.0f} s")
            time.sleep(every)
        return it

    def wait_for_web(self) -> None:
        self.wait_for("the web server's first answer", lambda: answers(self.base_url), seconds=60)

    @contextmanager
    def metered(self) -> Iterator[dict[str, Usage]]:
        """Measure each process (with its children) during the block; the mapping is filled when it ends."""
        usage: dict[str, Usage] = {}
        meter = Meter(self.pids())
        try:
            yield usage
        finally:
            usage.update(meter.stop())


@contextmanager
def product(
    *processes: str, env: Mapping[str, str] | None = None, durable: bool = True, migrate: bool = True
) -> Iterator[Product]:
    """Run a product of its own in a temporary folder, on free ports, until the block ends.

    Args:
        processes: names from the Procfile to start at once.
        env: settings that differ from the defaults, for all processes.
        durable: False gives up PostgreSQL's crash safety (for benchmarks of something else).
        migrate: whether `app.release` is run.
    """
    folder = Path(tempfile.mkdtemp(prefix="messagepark-bench-"))
    folder.chmod(0o755)
    try:
        with embedded.services(folder, env={}, durable=durable) as services:
            made = Product(folder, environment(folder, services, env or {}), services)
            try:
                if migrate:
                    subprocess.run([sys.executable, "-m", "app.release"], cwd=ROOT, env=made.env, check=True)
                for name in processes:
                    made.start(name)
                yield made
            finally:
                for name in list(made.processes):
                    made.stop(name)
                for server in made.servers.values():
                    server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _kill_tree(pid: int) -> None:
    root = psutil.Process(pid)
    family = [root, *root.children(recursive=True)]
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(family, timeout=20)


def environment(folder: Path, services: embedded.Services, extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a product; of the caller's, only what the system needs is taken over."""
    port = free_port()
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR", "TZ") if name in os.environ}
    given = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
        "DATABASE_URL": services.database_url,
        "REDIS_URL": services.redis_url,
        "MESSAGEPARK_ENVIRONMENT": "development",
        "MESSAGEPARK_UNDO_SECONDS": "0",
        "MESSAGEPARK_CHROMIUM": "off",
        "MESSAGEPARK_SECRET_KEY": "a key of the benchmark alone, long enough to be taken",
        "MESSAGEPARK_VAR": str(folder),
        "MESSAGEPARK_BIND": f"127.0.0.1:{port}",
        "MESSAGEPARK_BASE_URL": f"http://localhost:{port}",
    }
    return {**kept, **given, **extra}


def procfile_command(name: str) -> list[str]:
    """Return the command of a Procfile entry as words."""
    for line in (ROOT / "Procfile").read_text().splitlines():
        key, _, command = line.partition(":")
        if key == name:
            return command.split()
    raise KeyError(f"the Procfile has no {name}")


def answers(base_url: str) -> bool:
    """Whether a web server gives any answer there."""
    host = base_url.partition("://")[2]
    request = urllib.request.Request(f"http://127.0.0.1:{host.rpartition(':')[2]}/", headers={"Host": host})
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
