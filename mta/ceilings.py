"""Warm-up: how many mails may leave from a new address on each of its first days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

EPOCH = date(1970, 1, 1)


class Ceiling:
    """How many mails may leave from one address on each day from `first_day` (UTC); after the last one any number.

    `left` is what this process was granted and has not used, `full_until` when there will be more (monotonic).
    """

    def __init__(self, address: str, first_day: date, steps: Sequence[int]) -> None:
        self.address = address
        self.first_day = (first_day - EPOCH).days
        self.steps = tuple(steps)
        self.left = 0
        self.full_until = 0.0

    def full(self, now: float) -> bool:
        return self.left < 1 and now < self.full_until
