"""bin/audit: known faults of locked packages. It needs the network; everything else here does not."""

from __future__ import annotations

import argparse
import os
import subprocess
from collections.abc import Sequence

from launcher.frontend import node_environment
from launcher.packages import REQUIREMENTS
from launcher.places import FRONTEND, VENV_PYTHON


def main(arguments: Sequence[str]) -> int:
    """Return 0 where nothing is known against any package, else 1."""
    text = "Ask public lists of known faults about every locked package."
    argparse.ArgumentParser("bin/audit", description=text).parse_args(arguments)
    python = [
        str(VENV_PYTHON),
        "-m",
        "pip_audit",
        "--require-hashes",
        "--disable-pip",
        "-r",
        str(REQUIREMENTS / "dev.txt"),
    ]
    browser = ["npm", "audit", "--audit-level=low"]
    env = node_environment(os.environ)
    runs = ((python, None), (browser, FRONTEND))
    codes = [subprocess.run(command, cwd=folder, env=env, check=False).returncode for command, folder in runs]
    if not any(codes):
        print("Nothing is known against any of the locked packages.")
    return int(any(codes))
