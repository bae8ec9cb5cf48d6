"""bin/build: what the Procfile's processes need, for a machine that runs them by itself."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from launcher.catalogues import ensure_catalogues
from launcher.frontend import ensure_frontend


def main(arguments: Sequence[str]) -> int:
    text = "Set up packages, the browser's part and catalogues; start nothing."
    argparse.ArgumentParser("bin/build", description=text).parse_args(arguments)
    ensure_frontend()
    ensure_catalogues()
    return 0
