"""Values of workbooks and databases as the text that an import reads."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any


def shown(value: Any) -> str:
    """Return a cell as text: dates as ISO 8601, whole numbers without a point and never in e-notation."""
    if isinstance(value, str):
        return value.replace("\0", "").strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, int | timedelta) else ""


def _number(value: float) -> str:
    if value.is_integer() and abs(value) < 1e18:
        return str(int(value))
    return f"{value:.15g}" if 1e-4 <= abs(value) < 1e15 else f"{value:f}"
