"""Moves the wall clock of each Python process that has this folder in PYTHONPATH; the monotonic clock stays as it is.

MOVED_CLOCK names a file with the seconds to add; it is looked at all the time, so that a clock can jump.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

_true_time = time.time
_file = Path(os.environ["MOVED_CLOCK"])


def _moved_time() -> float:
    return _true_time() + float(_file.read_text())


time.time = _moved_time
