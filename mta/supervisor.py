"""Starts one engine for each core, and another one for each that dies; also where there is only one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

import structlog

CALM = 5.0
MOST = 30.0
log = structlog.get_logger("mta")


@dataclass(slots=True)
class _Child:
    number: int
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    start_at: float = 0.0
    failures: int = 0


class Supervisor:
    """Runs `count` children of `python -m mta engine` until SIGTERM or SIGINT, and then waits for them to finish."""

    def __init__(self, count: int) -> None:
        self._children = [_Child(number) for number in range(count)]
        self._stopping = False

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        while not self._stopping:
            for child in self._children:
                self._look_after(child)
            time.sleep(0.2)
        # Not where the signal arrives: that may be in the middle of starting a child, which nobody would ever stop.
        running = [child.process for child in self._children if child.process]
        for process in running:
            process.terminate()
        for process in running:
            process.wait()

    def _look_after(self, child: _Child) -> None:
        now = time.monotonic()
        if child.process is not None and (code := child.process.poll()) is not None:
            calm = now - child.started > CALM
            child.failures = 0 if calm else child.failures + 1
            child.start_at = now + (0 if calm else min(0.5 * 2**child.failures, MOST))
            child.process = None
            log.error("engine_ended", number=child.number, code=code)
        if child.process is None and now >= child.start_at and not self._stopping:
            child.started = now
            command = [sys.executable, "-m", "mta", "engine", str(child.number)]
            child.process = subprocess.Popen(command, env={**os.environ, "MTA_PARENT": str(os.getpid())})

    def _stop(self, number: int, frame: object) -> None:
        self._stopping = True
