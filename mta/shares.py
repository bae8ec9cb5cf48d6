"""What the processes that send to one receiver have in common: its connections, and its wish to be left alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """What one process tells of a destination: for how many seconds it still pauses, how many ago the server asked for
    that, how often in a row it did, and what it said."""

    key: str
    pause: float = 0.0
    ago: float = 0.0
    level: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """What all of them together come to: this process is number `rank`, from 0, of `users`.

    `pause`, `level`, `reason` as in `Standing`, of the one who pauses longest.
    """

    users: int
    rank: int
    pause: float = 0.0
    level: int = 0
    reason: str = ""

    def of(self, connections: int) -> int:
        """Return how many of so many connections are this process's."""
        each, over = divmod(connections, self.users)
        return each + (self.rank < over)
