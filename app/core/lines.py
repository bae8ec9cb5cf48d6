"""What is typed into a field of one line."""

from __future__ import annotations

import re

_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


def one_line(text: str | None) -> str:
    """Return it as one line: breaks and other signs that cannot be seen are blanks, and there are none at the ends."""
    return _BREAKS.sub(" ", text or "").strip()
