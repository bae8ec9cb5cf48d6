"""bin/demo-reset: puts the demo workspace back, in the service that runs here or, when it does not, in its data.

With `--year` it gets a whole year of mailings and more than a million events instead of some days; see `app.demo.year`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence

from config.embedded import Services
from launcher.catalogues import ensure_catalogues
from launcher.environment import addresses, process_environment
from launcher.places import VAR, VENV_PYTHON
from launcher.terminal import Refusal, run_logged, say, step
from launcher.up import is_running, only_one, services

YEAR = "--year"


def main(arguments: Sequence[str]) -> int:
    if arguments not in ([], [YEAR]):
        raise Refusal(f"it takes no arguments but {YEAR}.")
    ensure_catalogues()
    if is_running(VAR):
        _reset(_noted(), arguments)
    else:
        with only_one(VAR), services(VAR) as started:
            _reset(started, arguments)
    say("The demo workspace is as new.")
    return 0


def _noted() -> Services:
    """Return the servers of the running bin/up, which notes them once they answer."""
    try:
        noted: Mapping[str, str] = json.loads((VAR / "services.json").read_text())
    except (OSError, ValueError):
        raise Refusal("messagepark is just starting or stopping here: try again in a moment.") from None
    return Services(noted["DATABASE_URL"], noted["REDIS_URL"])


def _reset(running: Services, arguments: Sequence[str]) -> None:
    env = process_environment(os.environ, addresses(os.environ), running, VAR)
    command = [str(VENV_PYTHON), "-m", "app.release", "--demo-reset", *arguments]
    with step("Restoring the demo workspace"):
        run_logged(command, log="demo-reset", what="Restoring the demo workspace", env=env)
