"""The virtual environment and its locked Python packages. Needs nothing but the standard library."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from launcher import debian
from launcher.places import ROOT, SETUP, VENV, VENV_PYTHON
from launcher.pythons import SUPPORTED
from launcher.stamps import Stamp, stamp
from launcher.terminal import Refusal, run_logged, step

REQUIREMENTS = ROOT / "requirements"


def ensure_packages(*, dev: bool) -> None:
    """Make ``.venv`` and install what ``requirements/`` locks, skipping what is done.

    Raises:
        Refusal: ``.venv`` is a link, Python lacks `venv`, or the packages could not be installed.
    """
    if _is_done(dev):
        return
    with setup_lock():
        if not _venv_works():
            _make_venv()
        if not _is_done(dev):
            _install("dev" if dev else "base")


@contextmanager
def setup_lock() -> Iterator[None]:
    """Let one command at a time set up this checkout; a second one waits."""
    SETUP.mkdir(parents=True, exist_ok=True)
    with (SETUP / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_done(dev: bool) -> bool:
    """What developers need includes what the service needs."""
    kinds = ("dev",) if dev else ("base", "dev")
    return VENV_PYTHON.exists() and any(_stamp(kind).is_current() for kind in kinds)


def _stamp(kind: str) -> Stamp:
    config = VENV / "pyvenv.cfg"
    made = config.read_text() if config.exists() else ""
    return stamp(f"packages-{kind}", [REQUIREMENTS / f"{kind}.txt"], str(VENV), made)


def _venv_works() -> bool:
    """Whether ``.venv`` runs a supported Python with pip, and was made for this folder (its scripts hold the path)."""
    config = VENV / "pyvenv.cfg"
    if not config.exists() or f" {VENV}\n" not in config.read_text() + "\n":
        return False
    code = f"import sys, pip; sys.exit(sys.version_info[:2] not in {SUPPORTED!r})"
    try:
        return subprocess.run([VENV_PYTHON, "-c", code], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _make_venv() -> None:
    if VENV.is_symlink():
        raise Refusal(".venv is a symbolic link: what it points to would be cleared. Remove the link and start again.")
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        _install_venv_module()
    with step("Making a Python environment in .venv"):
        run_logged([sys.executable, "-m", "venv", "--clear", VENV], log="venv", what="Making .venv")


def _install_venv_module() -> None:
    """Debian's Python comes without `ensurepip`; the package python3-venv brings it."""
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    advice = f"this Python has no venv module: install it with `sudo apt-get install {package}` and start again."
    if not debian.may_install():
        raise Refusal(advice)
    with step(f"Installing Debian's {package}"):
        installed = debian.install(package)
    if not installed:
        raise Refusal(advice)


def _install(kind: str) -> None:
    pip = [str(VENV_PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    with step("Installing Python packages (a minute or two the first time)"):
        run_logged(
            [*pip, "--no-warn-script-location", "--require-hashes", "-r", str(REQUIREMENTS / f"{kind}.txt")],
            log=f"pip-{kind}",
            what="Installing the Python packages",
            env=_pip_environment(),
        )
    _stamp(kind).write()


def _pip_environment() -> dict[str, str]:
    """The machine's own pip settings hold, only not those that would install outside the virtual environment."""
    unwanted = {"PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_ROOT", "PYTHONHOME", "PYTHONPATH"}
    return {name: value for name, value in os.environ.items() if name not in unwanted}
