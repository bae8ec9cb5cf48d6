"""Measures processes from outside: processor seconds and peak memory of a process with all its children."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import psutil

SAMPLE_SECONDS = 0.2


@dataclass(frozen=True)
class Usage:
    """What a process and its children used: processor seconds, and the highest sum of resident memory seen."""

    cpu_s: float
    peak_rss_mb: float

    def cpu_per_1k(self, units: float) -> float:
        """Return processor seconds for 1,000 units."""
        return self.cpu_s / units * 1000


class Meter:
    """Starts measuring when made; `stop()` returns what each of the named processes used since.

    Memory is the sum over the tree, so pages that forked processes share count more than once.
    """

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._roots = {name: psutil.Process(pid) for name, pid in pids.items()}
        self._before = {name: cpu_seconds(root) for name, root in self._roots.items()}
        self._last = dict(self._before)
        self._peaks = dict.fromkeys(pids, 0.0)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> dict[str, Usage]:
        self._stopped.set()
        self._thread.join()
        self._sample()
        return {name: Usage(self._last[name] - self._before[name], self._peaks[name]) for name in self._roots}

    def _watch(self) -> None:
        while not self._stopped.wait(SAMPLE_SECONDS):
            self._sample()

    def _sample(self) -> None:
        for name, root in self._roots.items():
            self._peaks[name] = max(self._peaks[name], resident_mb(root))
            # A process that ends takes its count with it unless somebody waited for it: never go back.
            self._last[name] = max(self._last[name], cpu_seconds(root))


def cpu_seconds(root: psutil.Process) -> float:
    """Return the processor seconds of a process, its living children, and those children it has waited for."""
    total = 0.0
    for process in _tree(root):
        with suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def resident_mb(root: psutil.Process) -> float:
    total = 0
    for process in _tree(root):
        with suppress(psutil.Error):
            total += process.memory_info().rss
    return total / 1024**2


def _tree(root: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.Error):
        return [root, *root.children(recursive=True)]
    return []
