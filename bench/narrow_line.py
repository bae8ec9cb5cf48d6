"""How much of a narrow line the MTA fills: 10 and 100 Mbit/s with 40 ms of delay, to a network namespace.

The measure is what TCP itself carries over the same line in the same round: as many connections that only write.
Payload is what arrives in the stream, for the MTA mails and commands. It needs root and CAP_NET_ADMIN.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

from bench import harness
from bench.mta import batches, engines, plan_of
from bench.sink import built_in
from config.child import stop
from mta.client import Client
from mta.smtp import CONGESTION

NAMESPACE, DEVICE = "mp-bench", "mp-bench"
HERE, THERE, PORT = "10.91.7.1", "10.91.7.2", 2525
ONE_WAY = 0.020
CONNECTIONS = 80
WARM_SECONDS = 5.0
MAIL_BYTES = 16_000
LINES = (10, 100)


def run(*words: str, check: bool = True) -> str:
    return subprocess.run(words, check=check, capture_output=True, text=True).stdout


@contextmanager
def line(mbit: int) -> Iterator[None]:
    """A namespace with a line to it: `mbit` both ways, and 20 ms each way."""
    there = ("ip", "netns", "exec", NAMESPACE)
    with ExitStack() as stack:
        run("ip", "netns", "delete", NAMESPACE, check=False)
        run("ip", "netns", "add", NAMESPACE)
        stack.callback(run, "ip", "netns", "delete", NAMESPACE)
        words = [sys.executable, "-m", "bench.delay", NAMESPACE, DEVICE, str(ONE_WAY)]
        cable = subprocess.Popen(words, cwd=harness.ROOT, stdout=subprocess.PIPE)
        stack.callback(stop, cable)
        assert cable.stdout
        if cable.stdout.readline() != b"ready\n":
            raise RuntimeError("the line could not be made")
        run(*there, "ip", "link", "set", "lo", "up")
        for prefix, address in (((), HERE), (there, THERE)):
            run(*prefix, "ip", "address", "add", f"{address}/24", "dev", DEVICE)
            run(*prefix, "ip", "link", "set", DEVICE, "up")
            shape = ("rate", f"{mbit}mbit", "burst", "32kb", "latency", "100ms")
            run(*prefix, "tc", "qdisc", "add", "dev", DEVICE, "root", "tbf", *shape)
        command = [*there, *built_in(PORT, sys.executable), "--host", THERE]
        sink = subprocess.Popen(command, cwd=harness.ROOT)
        stack.callback(stop, sink)
        time.sleep(1)
        yield


def payload_rate(seconds: float) -> float:
    """Bytes a second that arrived in the streams, once the connections have got going."""
    time.sleep(WARM_SECONDS)
    before, started = _arrived(), time.monotonic()
    time.sleep(seconds)
    return (_arrived() - before) / (time.monotonic() - started)


def _arrived() -> int:
    sockets = run("ip", "netns", "exec", NAMESPACE, "ss", "-Htin", f"( sport = :{PORT} )")
    return sum(int(word.partition(":")[2]) for word in sockets.split() if word.startswith("bytes_received:"))


def tcp(mbit: int, seconds: float) -> Mapping[str, float]:
    """Connections that only write: the sink takes a mail that never ends."""
    with line(mbit), ExitStack() as stack:
        for _ in range(CONNECTIONS):
            connection = stack.enter_context(socket.create_connection((THERE, PORT)))
            with suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, CONGESTION)
            connection.sendall(b"DATA\r\n")
            threading.Thread(target=_pour, args=(connection,), daemon=True).start()
        return {"bytes": payload_rate(seconds)}


def _pour(connection: socket.socket) -> None:
    with suppress(OSError):
        while True:
            # Messages, so that the sink may forget them.
            connection.sendall(b"x" * 60_000 + b"\r\n.\r\nDATA\r\n")


def mta(mbit: int, seconds: float) -> Mapping[str, float]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="messagepark-bench-")))
        stack.enter_context(line(mbit))
        _, redis = stack.enter_context(engines(folder, PORT, host=THERE, connections=CONNECTIONS))
        plan, client = plan_of("unsigned"), Client(redis)
        client.put_plan(plan)
        client.submit_many(batches(plan, int(1.5 * mbit * 125_000 * (WARM_SECONDS + seconds) / MAIL_BYTES)))
        return {"bytes": payload_rate(seconds)}


def obstacle() -> str:
    """Return what keeps this from being run here, if anything."""
    if os.geteuid() != 0:
        return "it needs root and CAP_NET_ADMIN"
    missing = [name for name in ("ip", "tc", "ss") if shutil.which(name) is None]
    if missing or not Path("/dev/net/tun").exists():
        return f"there is no {' '.join(missing) or '/dev/net/tun'} here"
    try:
        with line(100):
            return ""
    except (subprocess.CalledProcessError, RuntimeError) as error:
        return f"no line could be made: {getattr(error, 'stderr', '') or error}"


def main() -> None:
    options = harness.parser(__doc__ or "").parse_args()
    if reason := obstacle():
        return harness.report("narrow_line", {}, [f"not run: {reason}"])
    seconds = 3.0 if options.quick else 15.0
    runs = {f"{what.__name__}_{mbit}mbit": partial(what, mbit, seconds) for mbit in LINES for what in (tcp, mta)}
    figures = harness.in_turn(1 if options.quick else options.rounds, runs)
    shares = {
        f"share_{mbit}mbit": figures[f"mta_{mbit}mbit_bytes"] / figures[f"tcp_{mbit}mbit_bytes"] for mbit in LINES
    }
    rates = {f"{name.removesuffix('_bytes')}_mbit": value * 8 / 1e6 for name, value in figures.items()}
    notes = [f"two engines that share {CONNECTIONS} connections; mails of 16 KB; the delay is made by `bench.delay`"]
    return harness.report("narrow_line", shares | rates, notes)


if __name__ == "__main__":
    main()
