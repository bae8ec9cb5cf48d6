"""Builds the browser's part with Node: the machine's own where it is new enough, else the one out of a wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from launcher.packages import setup_lock
from launcher.places import DIST, FRONTEND, ROOT, SETUP, VENV_BIN
from launcher.stamps import stamp
from launcher.terminal import Refusal, run_logged, step

NEEDED_NODE = 22
TRUSTED = Path("/etc/ssl/certs/ca-certificates.crt")
NOT_SOURCES = frozenset({"node_modules", "dist"})


def ensure_frontend() -> None:
    """Install the locked npm packages and build, each only when its inputs changed.

    Raises:
        Refusal: the sources are missing, or npm or the build failed.
    """
    if not (FRONTEND / "package.json").exists():
        raise Refusal("frontend/package.json is missing: this checkout is not complete.")
    with setup_lock():
        env = node_environment(os.environ)
        _install(env)
        _build(env)


def _install(env: Mapping[str, str]) -> None:
    done = stamp("npm", [FRONTEND / "package.json", FRONTEND / "package-lock.json"], str(FRONTEND))
    if done.is_current() and (FRONTEND / "node_modules").exists():
        return
    with step("Installing packages for the browser's part"):
        run_logged(["npm", "ci"], log="npm", what="Installing the npm packages", env=env, cwd=FRONTEND)
    done.write()


def _build(env: Mapping[str, str]) -> None:
    done = stamp("frontend", [*_sources(FRONTEND), *_read_by_the_build()])
    if done.is_current() and DIST.exists():
        return
    with step("Building the browser's part"):
        run_logged(["npm", "run", "build"], log="frontend", what="Building the browser's part", env=env, cwd=FRONTEND)
    done.write()


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir():
            if path.name not in NOT_SOURCES:
                yield from _sources(path)
        elif path.is_file():
            yield path


def _read_by_the_build() -> Iterator[Path]:
    """The build keeps the styles that pages use and the letters that catalogues have, so it reads those, too."""
    for pattern in ("templates/**/*.html", "**/*.py", "translations/**/*.po"):
        yield from (ROOT / "app").glob(f"*/{pattern}")
    yield from (ROOT / "app").glob("*.py")


def node_environment(env: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which `node` and `npm` are new enough; npm's own settings and cache stay as they are."""
    result = dict(env)
    path = env.get("PATH", os.defpath)
    if not _node_on(path):
        result["PATH"] = os.pathsep.join([str(VENV_BIN), path])
    if not os.access(Path.home(), os.W_OK):
        result.setdefault("npm_config_cache", str(SETUP / "npm-cache"))
    if TRUSTED.exists():
        # Node brings its own list of authorities; the machine may trust one more, such as a company's proxy.
        result.setdefault("NODE_EXTRA_CA_CERTS", str(TRUSTED))
    return result


def _node_on(path: str) -> bool:
    node = shutil.which("node", path=path)
    if node is None or shutil.which("npm", path=path) is None:
        return False
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return False
    return node_is_new_enough(answer)


def node_is_new_enough(answer: str) -> bool:
    """Read what ``node --version`` printed, as in ``v22.4.1``."""
    major = answer.strip().removeprefix("v").partition(".")[0]
    return major.isdigit() and int(major) >= NEEDED_NODE
