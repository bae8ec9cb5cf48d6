"""bin/test: style, types, import contracts, then all tests against a PostgreSQL and Redis of their own."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from config import embedded
from launcher import debian
from launcher.catalogues import ensure_catalogues
from launcher.frontend import ensure_frontend
from launcher.places import ROOT, SETUP, VENV_BIN, VENV_PYTHON
from launcher.terminal import Refusal, say, step

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
NO_TESTS_SELECTED = 5

CHECKS = {
    "style": ["ruff", "check", "--quiet"],
    "types": ["mypy", "--no-error-summary"],
    "import contracts": ["lint-imports", "--no-logo"],
}


def main(arguments: Sequence[str]) -> int:
    options, pytest_arguments = _options(arguments)
    started = time.monotonic()
    ensure_frontend()
    ensure_catalogues()
    browser = ensure_browser()
    mariadb = ensure_mariadb()
    results = {} if options.only_tests else {name: _check(name, command) for name, command in CHECKS.items()}
    results["tests"] = _tests(pytest_arguments, browser)
    if not browser and _on_ci():
        results["browser tests"] = "failed: no Chromium here, and CI=true needs it"
    elif not browser:
        results["browser tests"] = "skipped: no Chromium here (apt-get install chromium)"
    if not mariadb:
        results["MariaDB tests"] = (
            "failed: no MariaDB here, and CI=true needs it"
            if _on_ci()
            else "skipped: no MariaDB here (apt-get install mariadb-server-core)"
        )
    say(summary(results, time.monotonic() - started))
    return 1 if any(result.startswith("failed") for result in results.values()) else 0


def _options(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser("bin/test", description=__doc__, epilog="All other arguments go to pytest.")
    parser.add_argument("--only-tests", action="store_true", help="leave out style, types and import contracts")
    return parser.parse_known_args(arguments)


def summary(results: dict[str, str], seconds: float) -> str:
    """Return the last line, as in ``bin/test: style ok, types ok, tests failed (41 s)``."""
    parts = ", ".join(f"{name} {result}" for name, result in results.items())
    return f"bin/test: {parts} ({seconds:.0f} s)"


def _check(name: str, command: Sequence[str]) -> str:
    """Run one check; what it complains about is shown."""
    started = time.monotonic()
    program, *rest = command
    done = subprocess.run(
        [VENV_BIN / program, *rest], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    result = "ok" if done.returncode == 0 else "failed"
    say(f"  Checking {name} … {result} ({time.monotonic() - started:.1f} s)")
    if done.returncode != 0:
        say(done.stdout.rstrip())
    return result


def ensure_browser() -> str:
    """Return the path of Chromium, installing Debian's where that is allowed; "" without one.

    A refused installation is not tried again the same day: it costs a minute.
    """
    browser = _browser()
    tried = SETUP / "chromium.tried"
    if browser or not debian.may_install() or (_is_recent(tried) and not _on_ci()):
        return browser
    with step("Installing Debian's chromium for the browser tests"):
        debian.install("chromium", "fonts-noto-cjk")
    tried.touch()
    return _browser()


def _browser() -> str:
    named = os.environ.get("CHROMIUM", "")
    found = (shutil.which(name) for name in ([named] if named else CHROMIUM_NAMES))
    return next((path for path in found if path), "")


def ensure_mariadb() -> str:
    """Return the path of MariaDB's server, installing Debian's where that is allowed; "" without one.

    The package holds the programs alone: no service is set up, the tests start a server of their own.
    """
    tried = SETUP / "mariadb.tried"
    if mariadb() or not debian.may_install() or (_is_recent(tried) and not _on_ci()):
        return mariadb()
    with step("Installing Debian's MariaDB for the tests"):
        debian.install("mariadb-server-core")
    tried.touch()
    return mariadb()


def mariadb() -> str:
    return shutil.which("mariadbd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin") or ""


def _is_recent(path: Path) -> bool:
    return path.exists() and time.time() - path.stat().st_mtime < 24 * 3600


def _on_ci() -> bool:
    return os.environ.get("CI") == "true"


def _tests(arguments: Sequence[str], browser: str) -> str:
    selection = [] if browser or "-m" in arguments else ["-m", "not browser"]
    with _postgres() as url:
        env = {**os.environ, "TEST_POSTGRES_URL": url, "CHROMIUM": browser, "PATH": _path()}
        code = subprocess.call([VENV_PYTHON, "-m", "pytest", *selection, *arguments], cwd=ROOT, env=env)
    if code == NO_TESTS_SELECTED:
        return "failed: none was selected"
    return "ok" if code == 0 else "failed"


def _path() -> str:
    return os.pathsep.join([str(VENV_BIN), os.environ.get("PATH", os.defpath)])


@contextmanager
def _postgres() -> Iterator[str]:
    """Run a server for this test run only, unless `TEST_POSTGRES_URL` names one."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="messagepark-test-") as folder:
        data = Path(folder) / "postgres"
        try:
            with step("Starting PostgreSQL for the tests"):
                url = embedded.start_postgres(data, durable=False)
        except embedded.ServiceError as error:
            raise Refusal(str(error)) from error
        try:
            sys.stdout.flush()
            yield url
        finally:
            embedded.stop_postgres(data)
