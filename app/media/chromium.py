"""A picture of a page, drawn by this machine's Chromium, if it has one. Nothing is fetched, no script runs."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from PIL import Image

from app.core.site import settings

NAMES = ("chromium", "chromium-browser", "google-chrome")
OFF = "off"
SECONDS = 30
COLOURS = 160
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_NOTHING_ELSE = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; style-src'
    " 'unsafe-inline'\">"
)
_FLAGS = (
    "--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-extensions", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--no-pings",
    "--disable-dev-shm-usage",
    # Whatever asked for something in spite of the policy above would be sent to a port where nobody answers.
    "--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>", "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip


class NotDrawn(Exception):
    """The browser did not make a picture of it; the message says why."""


def browser() -> str | None:
    """Return where Chromium is, or None where there is none, or it is not wanted."""
    wanted = settings().chromium
    if wanted == OFF:
        return None
    return wanted or next((found for name in NAMES if (found := shutil.which(name))), None)


def draw(page: str, *, width: int, height: int) -> bytes:
    """Return the top of a page as PNG. Pictures must stand in it as ``data:``; nothing else is shown.

    Raises:
        NotDrawn: there is no browser, it took longer than `SECONDS`, or it failed.
    """
    program = browser()
    if program is None:
        raise NotDrawn("no Chromium")
    with tempfile.TemporaryDirectory(prefix="messagepark-page-") as folder:
        source, picture = Path(folder) / "page.html", Path(folder) / "page.png"
        source.write_text(_closed(page), encoding="utf-8")
        given = [f"--user-data-dir={folder}/profile", f"--screenshot={picture}", f"--window-size={width},{height}"]
        # Its own sandbox needs another user than root; what runs as root is a container or a test.
        given += ["--no-sandbox"] if os.geteuid() == 0 else []
        _run([program, *_FLAGS, *given, source.as_uri()], folder)
        if not picture.exists():
            raise NotDrawn("no picture came of it")
        return _small(picture.read_bytes(), width, height)


def _closed(page: str) -> str:
    head = _HEAD.search(page)
    return page[: head.end()] + _NOTHING_ELSE + page[head.end() :] if head else _NOTHING_ELSE + page


def _run(command: list[str], folder: str) -> None:
    environment = {"HOME": folder, "PATH": os.environ.get("PATH", os.defpath), "TZ": "UTC"}
    with subprocess.Popen(
        command, cwd=folder, env=environment, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired as error:
            raise NotDrawn(f"it took longer than {SECONDS} s") from error
        finally:
            # Its children too, which are in its group.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _small(content: bytes, width: int, height: int) -> bytes:
    with Image.open(io.BytesIO(content)) as drawn:
        shown = drawn.convert("RGB").crop((0, 0, width, height)).quantize(COLOURS)
    out = io.BytesIO()
    shown.save(out, "PNG", optimize=True)
    return out.getvalue()
