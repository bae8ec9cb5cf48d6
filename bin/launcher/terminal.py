"""What a person sees while a command works: one line a step, and one sentence when something is in the way."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from launcher.places import LOGS, ROOT

SHOWN_LOG_LINES = 20
NO_SPACE = "No space left on device"


class Refusal(Exception):
    """The command cannot go on; the message is one sentence that says why and what to do. `details` go before it."""

    def __init__(self, sentence: str, *, details: str = "") -> None:
        super().__init__(sentence)
        self.details = details


def say(text: str = "") -> None:
    print(text, flush=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Show a line while the block works, and how long it took."""
    started = time.monotonic()
    print(f"  {text} … ", end="", flush=True)
    try:
        yield
    except BaseException:
        say("failed")
        raise
    say(f"{time.monotonic() - started:.1f} s")


def run_logged(
    command: Sequence[str | Path], *, log: str, what: str, env: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> None:
    """Run a command quietly, its output in ``var/log/<log>.log``.

    Raises:
        Refusal: it failed; the sentence begins with `what`, the details are the end of the log.
    """
    path = LOGS / f"{log}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as output:
        words, environment = [str(part) for part in command], None if env is None else dict(env)
        code = subprocess.call(words, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=cwd)
    if code != 0:
        raise _refusal(path, what, code)


def _refusal(log: Path, what: str, code: int) -> Refusal:
    text = log.read_text(errors="replace").strip()
    if NO_SPACE in text:
        return Refusal(f"{what} failed because the disk is full: free some space under {ROOT} and in {_temporary()}.")
    if text and "\n" not in text:
        return Refusal(f"{what} failed: {text}")
    end = "\n".join(text.splitlines()[-SHOWN_LOG_LINES:])
    name = log.relative_to(ROOT)
    return Refusal(f"{what} failed (exit code {code}): the lines above are the end of {name}.", details=end)


def _temporary() -> str:
    return os.environ.get("TMPDIR", "/tmp")  # noqa: S108 - only named to the person


def free_megabytes(path: Path) -> int:
    return shutil.disk_usage(path).free // (1024 * 1024)
