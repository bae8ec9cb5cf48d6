"""What a person sees while a command works: one line a step, and one sentence when something is in the way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from launcher.places import LOGS, ROOT

SHOWN_LOG_LINES = 20
NO_SPACE = "No space left on device"


class Refusal(Exception):
    """The command cannot go on; the message is one sentence that says why and what to do."""


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
        Refusal: it failed; the last lines of the log were shown, and the sentence begins with `what`.
    """
    path = LOGS / f"{log}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as output:
        words, environment = [str(part) for part in command], None if env is None else dict(env)
        code = subprocess.call(words, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=cwd)
    if code != 0:
        raise Refusal(_explain(path, what, code))


def _explain(log: Path, what: str, code: int) -> str:
    text = log.read_text(errors="replace").strip()
    if text and "\n" not in text and NO_SPACE not in text:
        return f"{what} failed: {text}"
    print("\n".join(["", *text.splitlines()[-SHOWN_LOG_LINES:]]), file=sys.stderr, flush=True)
    if NO_SPACE in text:
        return f"{what} failed because the disk is full: free some space under {ROOT} and in {_temporary()}."
    return f"{what} failed (exit code {code}): the lines above are the end of {log.relative_to(ROOT)}."


def _temporary() -> str:
    return os.environ.get("TMPDIR", "/tmp")  # noqa: S108 - only named to the person


def free_megabytes(path: Path) -> int:
    return shutil.disk_usage(path).free // (1024 * 1024)
