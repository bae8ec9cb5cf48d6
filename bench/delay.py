"""A line with a delay to another network namespace: frames are held for a while and passed on.

``python -m bench.delay NAMESPACE DEVICE SECONDS`` makes a TAP device here and one in the other namespace, and is the
cable between them until it is stopped. (The kernel's own netem is often not built in, as on small hosted machines.)
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import os
import select
import struct
import time
from collections import deque
from contextlib import suppress

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
CLONE_NEWNET = 0x40000000
FRAME = 2048
MOST_HELD = 20_000


def tap(device: str) -> int:
    """Make a TAP device in the present namespace and return its descriptor."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH14x", device.encode(), IFF_TAP | IFF_NO_PI))
    return descriptor


def enter(namespace: str) -> None:
    """Be in another namespace from here on; what was opened stays where it was."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/run/netns/{namespace}", "rb") as file:
        if libc.setns(file.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")


def carry(ends: tuple[int, int], delay: float) -> None:
    """Pass frames both ways, each after `delay` seconds, in order; for ever."""
    held: dict[int, deque[tuple[float, bytes]]] = {end: deque() for end in ends}
    other = {ends[0]: ends[1], ends[1]: ends[0]}
    while True:
        first = min((queue[0][0] for queue in held.values() if queue), default=None)
        wait = None if first is None else max(0.0, first - time.monotonic())
        for end in select.select(ends, (), (), wait)[0]:
            _take(end, held[other[end]], delay)
        now = time.monotonic()
        for end, queue in held.items():
            while queue and queue[0][0] <= now:
                with suppress(OSError):  # the queue there is full, or the device not up yet: the frame is lost
                    os.write(end, queue.popleft()[1])


def _take(end: int, queue: deque[tuple[float, bytes]], delay: float) -> None:
    with suppress(BlockingIOError):
        while True:
            frame = os.read(end, FRAME)
            if len(queue) < MOST_HELD:
                queue.append((time.monotonic() + delay, frame))


def main() -> None:
    parser = argparse.ArgumentParser(description="A cable with a delay to another network namespace.")
    parser.add_argument("namespace")
    parser.add_argument("device")
    parser.add_argument("seconds", type=float)
    options = parser.parse_args()
    near = tap(options.device)
    enter(options.namespace)
    far = tap(options.device)
    print("ready", flush=True)
    carry((near, far), options.seconds)


if __name__ == "__main__":
    main()
