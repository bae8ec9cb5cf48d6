"""When to try again. Pure: time and chance come in as arguments."""

from __future__ import annotations

from collections.abc import Sequence

JITTER = 0.1


def next_attempt(
    attempt: int, *, now: float, first_at: float, delays: Sequence[float], give_up_after: float, chance: float
) -> float | None:
    """Return when to try a recipient again whose `attempt`-th try (from 1) just failed, or None to give up.

    The last delay repeats until `give_up_after` seconds from the first attempt (RFC 5321 4.5.4.1 asks for 4–5 days at
    most). `chance` in 0…1 spreads the tries over a tenth of the delay, so that what failed together does not come back
    together.
    """
    delay = delays[min(attempt, len(delays)) - 1]
    due = now + delay * (1 + JITTER * chance)
    return due if due <= first_at + give_up_after else None
