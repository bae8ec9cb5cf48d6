"""Work of tracking behind the web."""

from __future__ import annotations

from app.core import clock
from app.tracking import tidying


def tidy() -> None:
    tidying.tidy(clock.now())
