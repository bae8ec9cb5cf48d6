"""Processes live and end together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
RUN = """
import os, sys
from launcher.processes import run_together
problem = run_together({commands!r}, os.environ, when_started=lambda: print("started", flush=True))
print("problem:", problem)
"""
STAYS = f"{sys.executable} -c 'import time; time.sleep(60)'"


def launch(commands: dict[str, str]) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "bin")])}
    code = textwrap.dedent(RUN).format(commands=commands)
    return subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, text=True)


def is_alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def first_line(launched: subprocess.Popen[str], wanted: str) -> str:
    assert launched.stdout is not None
    return next(line for line in launched.stdout if wanted in line)


def test_ending_of_one_process_stops_all_and_names_it() -> None:
    started = time.monotonic()
    output, _ = launch({"stays": STAYS, "ends": f"{sys.executable} -c 'raise SystemExit(7)'"}).communicate(timeout=30)
    assert "problem: ends ended by itself (exit code 7), so everything was stopped" in output
    assert time.monotonic() - started < 15


def test_signal_stops_all_without_a_problem() -> None:
    launched = launch({"stays": f"{sys.executable} -uc 'import os, time; print(os.getpid(), 7); time.sleep(60)'"})
    pid = int(first_line(launched, " 7").split()[-2])
    launched.send_signal(signal.SIGINT)
    output, _ = launched.communicate(timeout=20)
    assert output.endswith("problem: \n")
    assert not is_alive(pid)


def test_processes_end_with_a_killed_launcher() -> None:
    launched = launch({"stays": f"{sys.executable} -uc 'import os, time; print(os.getpid(), 7); time.sleep(60)'"})
    pid = int(first_line(launched, " 7").split()[-2])
    launched.kill()
    launched.wait()
    deadline = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(pid)
