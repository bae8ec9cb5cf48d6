"""Runs one of the commands in bin/: sets up Python first, then goes on inside the virtual environment."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

from launcher.packages import ensure_packages
from launcher.places import ROOT, VAR, VENV, VENV_PYTHON
from launcher.terminal import Refusal, free_megabytes

NEEDED_MEGABYTES = 500
NEEDED_FOR_SETUP = 1500


def run(name: str, *, dev: bool = False) -> None:
    """Run ``launcher.<name>.main(arguments)`` and exit with what it returns. Does not come back."""
    try:
        check_folder()
        ensure_packages(dev=dev)
        if Path(sys.prefix).resolve() != VENV.resolve():
            _go_on_inside()
        sys.path.insert(0, str(ROOT))
        os.chdir(ROOT)
        code = importlib.import_module(f"launcher.{name}").main(sys.argv[1:])
    except Refusal as refusal:
        if refusal.details:
            print(f"\n{refusal.details}\n", file=sys.stderr)
        print(f"bin/{name.replace('_', '-')}: {refusal}", file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        print(file=sys.stderr)
        code = 130
    sys.exit(code)


def check_folder() -> None:
    """Refuse to begin where the work could not be finished."""
    if not os.access(ROOT, os.W_OK) or (VAR.exists() and not os.access(VAR, os.W_OK)):
        raise Refusal(f"{ROOT} cannot be written by this user: clone it again as yourself, or become its owner.")
    free = free_megabytes(ROOT)
    needed = NEEDED_MEGABYTES if VENV_PYTHON.exists() else NEEDED_FOR_SETUP
    if free < needed:
        raise Refusal(f"the disk is nearly full: {free} MB are free under {ROOT}, {needed} MB are needed.")


def _go_on_inside() -> None:
    sys.stdout.flush()
    os.execv(VENV_PYTHON, [str(VENV_PYTHON), *sys.argv])  # noqa: S606 - no shell is wanted
