"""When a domain is looked at again: often while somebody is setting it up, then ever less. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

SETTING_UP = tuple(timedelta(minutes=m) for m in (1, 1, 2, 3, 5, 10, 15, 30, 60, 120, 240, 480))
SETTLED = timedelta(hours=12)
FORGOTTEN = timedelta(days=1)
OWNERSHIP_LAPSES_AFTER = timedelta(days=7)
KEY_SERVES_FOR = timedelta(days=180)
# Longer than a mail may wait in the queue: what was signed with the old key is verified before that one goes.
OLD_KEY_STAYS_FOR = timedelta(days=7)


def next_look(now: datetime, *, settled: bool, looks_without_change: int) -> datetime:
    """Return the time of the next look. `settled`: everything that is wanted is there."""
    if settled:
        return now + SETTLED
    if looks_without_change < len(SETTING_UP):
        return now + SETTING_UP[looks_without_change]
    return now + FORGOTTEN
