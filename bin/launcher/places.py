"""Where things are in a checkout."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
VENV_BIN = VENV / "bin"
VENV_PYTHON = VENV_BIN / "python"
# Of the service: its databases and secrets. What belongs to this checkout stays in its own var/.
VAR = Path(os.environ.get("MESSAGEPARK_VAR") or ROOT / "var").absolute()
SETUP = ROOT / "var" / "setup"
LOGS = ROOT / "var" / "log"
FRONTEND = ROOT / "frontend"
DIST = ROOT / "app" / "web" / "static" / "dist"
