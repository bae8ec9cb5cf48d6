"""Runs the processes of the Procfile together, through honcho."""

from __future__ import annotations

import queue
import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

import honcho.manager
from honcho.environ import parse_procfile
from honcho.manager import SIGNALS, Manager
from honcho.printer import Message, Printer
from honcho.process import Popen, Process

from config.child import die_with_parent
from launcher.places import ROOT

STOP_SECONDS = 8.0

SIGNALS.setdefault(signal.SIGHUP, {"name": "SIGHUP", "rc": 129})


class _Threads:
    """What honcho takes from `multiprocessing`, to read the output of each process in a thread instead.

    A Python process beside each of ours would cost memory, and semaphores that need a usable /dev/shm.
    """

    Queue = queue.Queue

    @staticmethod
    def Process(*, name: str, target: Callable[..., None], args: tuple[object, bool]) -> threading.Thread:
        events, _ignore_signals = args
        return threading.Thread(name=name, target=target, args=(events, False), daemon=True)


honcho.manager.multiprocessing = _Threads


class _OwnedProcess(Process):  # type: ignore[misc]  # honcho has no types
    """A process that the kernel stops when the launcher is killed."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._child_ctor = partial(Popen, preexec_fn=die_with_parent(signal.SIGTERM))


class _TolerantPrinter(Printer):  # type: ignore[misc]
    """Goes on without a terminal when that is closed: stopping cleanly matters more than the lines."""

    def write(self, message: Message) -> None:
        with suppress(OSError, ValueError):
            super().write(message)


class Supervisor(Manager):  # type: ignore[misc]
    """honcho's manager, which also knows who ended first, and waits no longer than `STOP_SECONDS`."""

    def __init__(self, *, when_started: Callable[[], None]) -> None:
        super().__init__(_TolerantPrinter())
        self._process_ctor = _OwnedProcess
        self._when_started = when_started
        self.ended: tuple[str, int] | None = None

    def _start(self) -> None:
        super()._start()
        threading.Thread(target=self._when_started, daemon=True).start()
        # A closed terminal is a request to stop, too; honcho itself listens to SIGINT and SIGTERM.
        signal.signal(signal.SIGHUP, signal.getsignal(signal.SIGTERM))

    def terminate(self) -> None:
        if self._terminating:
            return
        if not self._all_started():  # honcho knows the process ids a moment later
            self._later(0.2, self.terminate)
            return
        codes = {name: state.get("returncode") for name, state in self._processes.items()}
        self.ended = next(((name, code) for name, code in codes.items() if code is not None), None)
        self._later(STOP_SECONDS, self.kill)
        super().terminate()

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, action)
        timer.daemon = True
        timer.start()

    def _system_print(self, data: str) -> None:
        """honcho's own lines (process ids, signals) help nobody who only wants to use the service."""


def procfile(path: Path = ROOT / "Procfile") -> dict[str, str]:
    """Return the commands by process name, as in ``{"web": "gunicorn …"}``."""
    return dict(parse_procfile(path.read_text()).processes)


def run_together(commands: Mapping[str, str], env: Mapping[str, str], *, when_started: Callable[[], None]) -> str:
    """Run the commands until a signal asks to stop, or one of them ends; return "" or the sentence about that one."""
    supervisor = Supervisor(when_started=when_started)
    for name, command in commands.items():
        # Without the shell in between, what is sent to the process reaches it.
        supervisor.add_process(name, f"exec {command}", env=dict(env), cwd=str(ROOT))
    supervisor.loop()
    if supervisor.ended is None:
        return ""
    name, code = supervisor.ended
    return f"{name} ended by itself ({_ending(code)}), so everything was stopped: its last lines are above."


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"
