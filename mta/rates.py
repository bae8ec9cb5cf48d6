"""How fast things go just now: counts that are smoothed over some seconds. Pure: time comes in as an argument."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from typing import Generic, TypeVar

OVER_SECONDS = 5.0
NOTHING = 0.05
K = TypeVar("K", bound=Hashable)


class Rates(Generic[K]):
    """Units a second for each key; what has stopped is forgotten."""

    def __init__(self, now: float) -> None:
        self._since = now
        self._counts: Counter[K] = Counter()
        self.rates: dict[K, float] = {}

    def count(self, key: K) -> None:
        self._counts[key] += 1

    def settle(self, now: float) -> None:
        """Take in what was counted since the last call."""
        seconds = now - self._since
        if seconds <= 0:
            return
        counts, self._counts, self._since = self._counts, Counter(), now
        share = min(1.0, seconds / OVER_SECONDS)
        fresh = {
            key: self.rates.get(key, 0.0) * (1 - share) + counts[key] / seconds * share
            for key in self.rates.keys() | counts.keys()
        }
        self.rates = {key: rate for key, rate in fresh.items() if rate > NOTHING}
