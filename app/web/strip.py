"""The thin strip above every page: what waits, what went today, how it is received, how much of the month is left."""

from __future__ import annotations

from dataclasses import dataclass

from app.billing.queries import usage
from app.core import clock


@dataclass(frozen=True, slots=True)
class Strip:
    """Numbers of the workspace at this moment; a rate is a share from 0 to 1."""

    waiting: int
    sent_today: int
    bounce_rate: float | None
    domain_state: str
    quota_used: int
    quota_limit: int


def load_strip() -> Strip:
    month = usage(clock.now())
    return Strip(0, 0, None, "shared", month.reserved + month.sent, month.limit)
