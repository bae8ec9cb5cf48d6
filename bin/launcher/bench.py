"""bin/bench: runs ``bench/NAME.py`` in the project's Python; the benchmark starts what it needs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from launcher.catalogues import ensure_catalogues
from launcher.frontend import ensure_frontend
from launcher.places import ROOT, VENV_BIN, VENV_PYTHON
from launcher.terminal import Refusal


def main(arguments: Sequence[str]) -> int:
    names = benchmarks()
    listing = f"the benchmarks are: {', '.join(names) or 'none yet'}."
    if not arguments or arguments[0] in {"-h", "--help"}:
        raise Refusal(f"name one, as in `bin/bench {names[0] if names else 'NAME'} --quick`; {listing}")
    name, *options = arguments
    if name not in names:
        raise Refusal(f"there is no benchmark {name!r}; {listing}")
    ensure_frontend()
    ensure_catalogues()
    path = os.pathsep.join([str(VENV_BIN), os.environ.get("PATH", os.defpath)])
    return subprocess.call([VENV_PYTHON, "-m", f"bench.{name}", *options], cwd=ROOT, env={**os.environ, "PATH": path})


def benchmarks() -> list[str]:
    """Return the names of the modules that report figures; the others in ``bench/`` serve them."""
    found = (path for path in (ROOT / "bench").glob("*.py") if path.stem != "harness")
    return sorted(path.stem for path in found if "report(" in path.read_text())
