"""bin/up: PostgreSQL, Redis and all processes of the Procfile on one machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from config import embedded
from config.settings import Settings, SettingsError
from launcher.catalogues import ensure_catalogues
from launcher.environment import (
    DEMO_LOGIN,
    Addresses,
    addresses,
    demo_password_file,
    listeners,
    process_environment,
    wants_mailbox,
)
from launcher.frontend import ensure_frontend
from launcher.places import VAR, VENV_PYTHON
from launcher.ports import require_free
from launcher.processes import procfile, run_together
from launcher.terminal import Refusal, run_logged, say, step

ANSWER_SECONDS = 60.0


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    signal.signal(signal.SIGTERM, _leave)
    places = addresses(os.environ, options.port)
    mailbox = wants_mailbox(os.environ)
    with only_one(VAR):
        require_free(listeners(places, mailbox=mailbox))
        ensure_frontend()
        ensure_catalogues()
        with services(VAR) as running:
            env = process_environment(os.environ, places, running, VAR)
            check_settings(env)
            prepare_database(env)
            return _run(env, places, mailbox)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("bin/up", description="Set up what is missing, then run messagepark until Ctrl-C.")
    parser.add_argument("--port", type=int, metavar="N", help="port of the web server (8000)")
    return parser.parse_args(arguments)


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(143)


@contextmanager
def only_one(var: Path) -> Iterator[None]:
    """Refuse to run twice on the same data.

    Raises:
        Refusal: another command runs on this folder.
    """
    var.mkdir(parents=True, exist_ok=True)
    with (var / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip()
            raise Refusal(f"messagepark runs from this folder already (process {holder}): stop that first.") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def is_running(var: Path) -> bool:
    """Whether another command holds this folder."""
    try:
        with only_one(var):
            return False
    except Refusal:
        return True


@contextmanager
def services(var: Path) -> Iterator[embedded.Services]:
    """Run PostgreSQL and Redis, unless the environment names others, and note where they are for other commands."""
    try:
        with step("Starting PostgreSQL and Redis"):
            manager = embedded.services(var)
            running = manager.__enter__()
    except embedded.ServiceError as error:
        raise Refusal(str(error)) from error
    try:
        with running_note(var, running):
            yield running
    finally:
        manager.__exit__(None, None, None)


@contextmanager
def running_note(var: Path, running: embedded.Services) -> Iterator[None]:
    note = var / "services.json"
    descriptor = os.open(note, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump({"DATABASE_URL": running.database_url, "REDIS_URL": running.redis_url}, file)
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def check_settings(env: Mapping[str, str]) -> None:
    """Refuse settings that make no sense, before a process fails on them."""
    try:
        Settings.from_env(env)
    except SettingsError as error:
        raise Refusal(f"a setting is wrong: {error}.") from error


def prepare_database(env: Mapping[str, str]) -> None:
    """Run the migrations and, outside production, seed the demo workspace if it is not there."""
    demo = [] if env["MESSAGEPARK_ENVIRONMENT"] == "production" else ["--demo"]
    with step("Preparing the database"):
        run_logged([VENV_PYTHON, "-m", "app.release", *demo], log="release", what="Preparing the database", env=env)


def _run(env: Mapping[str, str], places: Addresses, mailbox: bool) -> int:
    commands = procfile()
    del commands["release"]
    if not mailbox:
        commands.pop("mailbox", None)

    def announce() -> None:
        _wait_for_web(places)
        say(welcome(env, places, mailbox))

    say("  Starting " + ", ".join(commands))
    problem = run_together(commands, env, when_started=announce)
    if problem:
        raise Refusal(problem)
    say(f"Stopped. The data are kept in {VAR}.")
    return 0


def _wait_for_web(places: Addresses) -> None:
    host = places.base_url.partition("://")[2]
    port = places.bind.rpartition(":")[2]
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Host": host})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < deadline:
        try:
            opener.open(request, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return


def welcome(env: Mapping[str, str], places: Addresses, mailbox: bool) -> str:
    """Return the lines that say where everything is; the demo's password is shown the first time only."""
    lines = ["", "messagepark is running.", "", f"  Site     {places.base_url}"]
    if env["MESSAGEPARK_ENVIRONMENT"] != "production":
        lines += [f"  Demo     {places.demo_url}   sign in as {DEMO_LOGIN}", f"           {_password_line()}"]
    if mailbox:
        lines += [f"  Mailbox  {places.mailbox_url}   every mail that is sent here lands there"]
    return "\n".join([*lines, "", f"Ctrl-C stops it; the data are kept in {VAR}.", ""])


def _password_line() -> str:
    path = demo_password_file(VAR)
    shown = path.with_name("demo-password.shown")
    if shown.exists():
        return f"the password is kept in {path}"
    shown.touch()
    return f"password {path.read_text().strip()}   (shown once; kept in {path})"
