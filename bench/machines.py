"""Machines to measure on: network namespaces with a line each to this one, and the way from there to its servers.

``python -m bench.machines ADDRESS PORT…`` takes connections at that address and passes them on to the same ports of
127.0.0.1, where PostgreSQL and Redis of a benchmark listen.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench import harness
from config.child import stop

HUB, NETWORK = "mp-hub", "10.91.9"
HOME = f"{NETWORK}.1"


@dataclass(frozen=True)
class Machine:
    """A namespace by its name, its address, and this side's end of its line."""

    name: str
    address: str
    plug: str

    def sent(self) -> int:
        """Return how many bytes have come from it."""
        return int(Path(f"/sys/class/net/{self.plug}/statistics/rx_bytes").read_text())

    def command(self, words: Sequence[str]) -> list[str]:
        """Return a command as it is run there."""
        return ["ip", "netns", "exec", self.name, *words]


def run(*words: str, check: bool = True) -> str:
    return subprocess.run(words, check=check, capture_output=True, text=True).stdout


@contextmanager
def machines(count: int, mbit: int, ports: Sequence[int]) -> Iterator[list[Machine]]:
    """Make so many machines, each with a line of `mbit` both ways, from which these ports of ours can be reached."""
    with ExitStack() as stack:
        run("ip", "link", "delete", HUB, check=False)
        run("ip", "link", "add", HUB, "type", "bridge")
        stack.callback(run, "ip", "link", "delete", HUB)
        run("ip", "address", "add", f"{HOME}/24", "dev", HUB)
        run("ip", "link", "set", HUB, "up")
        made = [stack.enter_context(_machine(number, mbit)) for number in range(1, count + 1)]
        words = [sys.executable, "-m", "bench.machines", HOME, *map(str, ports)]
        passing = subprocess.Popen(words, cwd=harness.ROOT, stdout=subprocess.PIPE)
        stack.callback(stop, passing)
        assert passing.stdout
        if passing.stdout.readline() != b"ready\n":
            raise RuntimeError("the way to the servers could not be made")
        yield made


@contextmanager
def _machine(number: int, mbit: int) -> Iterator[Machine]:
    plug = f"mp-plug-{number}"
    made = Machine(f"mp-machine-{number}", f"{NETWORK}.{number + 1}", plug)
    run("ip", "netns", "delete", made.name, check=False)
    run("ip", "netns", "add", made.name)
    try:
        run("ip", "link", "add", plug, "type", "veth", "peer", "name", "eth0", "netns", made.name)
        run("ip", "link", "set", plug, "master", HUB, "up")
        for words in (("link", "set", "lo", "up"), ("address", "add", f"{made.address}/24", "dev", "eth0"),
                      ("link", "set", "eth0", "up")):  # fmt: skip
            run(*made.command(["ip", *words]))
        shape = ("root", "tbf", "rate", f"{mbit}mbit", "burst", "64kb", "latency", "100ms")
        run("tc", "qdisc", "add", "dev", plug, *shape)
        run(*made.command(["tc", "qdisc", "add", "dev", "eth0", *shape]))
        yield made
    finally:
        run("ip", "netns", "delete", made.name, check=False)


def obstacle() -> str:
    """Return what keeps machines from being made here, if anything."""
    if os.geteuid() != 0:
        return "it needs root and CAP_NET_ADMIN"
    if missing := [name for name in ("ip", "tc", "ss") if shutil.which(name) is None]:
        return f"there is no {' '.join(missing)} here"
    try:
        with machines(1, 100, []):
            return ""
    except (subprocess.CalledProcessError, RuntimeError) as error:
        return f"no machine could be made: {getattr(error, 'stderr', '') or error}"


async def pass_on(address: str, ports: Sequence[int]) -> None:
    for port in ports:
        await asyncio.start_server(lambda *ends, port=port: _both_ways(port, *ends), address, port)
    print("ready", flush=True)
    await asyncio.Event().wait()


async def _both_ways(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    other_reader, other_writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(_carry(reader, other_writer), _carry(other_reader, writer))


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Pass connections on to servers of this machine.")
    parser.add_argument("address")
    parser.add_argument("ports", type=int, nargs="*")
    options = parser.parse_args()
    asyncio.run(pass_on(options.address, options.ports))


if __name__ == "__main__":
    main()
