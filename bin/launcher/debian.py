"""Installs Debian packages where that is allowed: as root, or through a sudo that asks nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence

from launcher.terminal import Refusal, run_logged


def may_install() -> bool:
    return shutil.which("apt-get") is not None and _as_root() is not None


def install(*packages: str) -> bool:
    """Install the packages; False when that is not allowed or does not work."""
    prefix = _as_root()
    if prefix is None or shutil.which("apt-get") is None:
        return False
    command = [*prefix, "apt-get", "install", "-y", "--no-install-recommends", *packages]
    what = f"Installing {' '.join(packages)}"
    try:
        run_logged([*prefix, "apt-get", "update"], log="apt-update", what="Reading the package lists", env=_quiet())
        run_logged(command, log="apt-install", what=what, env=_quiet())
    except Refusal:
        return False
    return True


def _as_root() -> Sequence[str] | None:
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None


def _quiet() -> dict[str, str]:
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin"
    return {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "PATH": path}
