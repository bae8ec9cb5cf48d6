"""Finds a Python that messagepark runs on. Any Python 3 must be able to read this file: keep its syntax old."""

import os
import shutil
import subprocess
import sys

# What the wheels of the locked requirements exist for.
SUPPORTED = ((3, 11), (3, 12))


def require_supported_python() -> None:
    """Go on under a supported Python: this one, else another of this machine, else end with one sentence."""
    if sys.version_info[:2] in SUPPORTED:
        return
    other = find_supported_python()
    if other is None:
        sys.exit(refusal(sys.version_info[:2]))
    os.execv(other, [other] + sys.argv)  # noqa: RUF005, S606 - syntax that old Pythons read; no shell is wanted


def find_supported_python() -> "str | None":
    """Return the path of a supported Python on PATH. Each is tried: a version manager's shim may lead nowhere."""
    for version in SUPPORTED:
        path = shutil.which("python" + _number(version))
        if path and _runs(path, version):
            return path
    return None


def _runs(path: str, version: tuple) -> bool:  # type: ignore[type-arg]  # tuple[int, int] cannot be read by 3.8
    code = f"import sys; sys.exit(sys.version_info[:2] != {version!r})"
    try:
        return subprocess.call([path, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def refusal(version: tuple) -> str:  # type: ignore[type-arg]
    """Return the sentence for a machine without a supported Python."""
    needed = " or ".join(_number(supported) for supported in SUPPORTED)
    found = _number(version)
    return f"messagepark needs Python {needed}, but python3 is {found} here: install python3.11 and start again."


def _number(version: tuple) -> str:  # type: ignore[type-arg]
    return f"{version[0]}.{version[1]}"
