"""How hard a destination may be pressed: adapts to what it says. Pure: time comes in as an argument."""

from __future__ import annotations

import re

from mta.ports import Reply

FIRST_PAUSE = 10.0
LONGEST_PAUSE = 600.0
RECOVER_AFTER = 100
SLACK = 1.0  # a pause comes back from the others by the clock of Redis
_SLOW_DOWN = re.compile(
    r"rate.?limit|too (?:many|fast|much)|throttl|temporarily (?:deferred|rate|blocked)|unusual"
    r"|exceeded.{0,20}(?:rate|limit)"
    r"|slow down|receiving mail at a rate|unexpected volume|\bdeferred\b"
    r"|과도|(?:제한|접속|동시).{0,10}초과|송신\s*제한|발송\s*제한|送信制限|接続数",
    re.IGNORECASE,
)


class Pace:
    """Connections and pauses of one destination. Told to slow down, it halves and waits; then it recovers slowly.

    `connections` of all processes together. `level`: how often in a row it was told so, `asked_at`: when last.
    """

    def __init__(self, connections: int) -> None:
        self._most = connections
        self._accepted = 0
        self.level = 0
        self.connections = connections
        self.paused_until = self.asked_at = 0.0
        self.reason = ""

    def hear(self, reply: Reply, now: float) -> bool:
        """Take a server's answer into account; True when it asks to slow down."""
        if 200 <= reply.code < 300:
            self._accepted += 1
            if self.level and self._accepted >= RECOVER_AFTER:
                self._recover()
            return False
        if not (400 <= reply.code < 500 and _SLOW_DOWN.search(reply.text)):
            return False
        if now >= self.paused_until:  # others in flight say the same
            pause = min(FIRST_PAUSE * 2**self.level, LONGEST_PAUSE)
            self._slow_down(now + pause, self.level + 1, f"{reply.code} {reply.text}")
            self.asked_at = now
        return True

    def follow(self, until: float, level: int, reason: str) -> bool:
        """Take part in a pause that another process was asked for; False where this one pauses as long already."""
        if until <= self.paused_until + SLACK:
            return False
        self._slow_down(until, max(level, self.level), reason)
        return True

    def _slow_down(self, until: float, level: int, reason: str) -> None:
        self.level, self._accepted = level, 0
        self.connections = max(1, self.connections // 2)
        self.paused_until, self.reason = until, reason

    def _recover(self) -> None:
        self._accepted = 0
        self.connections = min(self._most, self.connections + 1)
        if self.connections == self._most:
            self.level, self.reason = 0, ""

    def paused(self, now: float) -> bool:
        return now < self.paused_until
