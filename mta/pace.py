"""How hard a destination may be pressed: adapts to what it says. Pure: time comes in as an argument."""

from __future__ import annotations

import re

from mta.ports import Reply

FIRST_PAUSE = 10.0
LONGEST_PAUSE = 600.0
RECOVER_AFTER = 100
_SLOW_DOWN = re.compile(
    r"rate.?limit|too (?:many|fast|much)|throttl|temporarily (?:deferred|rate|blocked)|unusual"
    r"|exceeded.{0,20}(?:rate|limit)"
    r"|slow down|receiving mail at a rate|unexpected volume|\bdeferred\b"
    r"|과도|(?:제한|접속|동시).{0,10}초과|송신\s*제한|발송\s*제한|送信制限|接続数",
    re.IGNORECASE,
)


class Pace:
    """Connections and pauses of one destination. Told to slow down, it halves and waits; then it recovers slowly."""

    def __init__(self, connections: int) -> None:
        self._most = connections
        self._level = 0
        self._accepted = 0
        self.connections = connections
        self.paused_until = 0.0
        self.reason = ""

    def hear(self, reply: Reply, now: float) -> bool:
        """Take a server's answer into account; True when it asks to slow down."""
        if 200 <= reply.code < 300:
            self._accepted += 1
            if self._level and self._accepted >= RECOVER_AFTER:
                self._recover()
            return False
        if not (400 <= reply.code < 500 and _SLOW_DOWN.search(reply.text)):
            return False
        if now >= self.paused_until:  # others in flight say the same
            self._level += 1
            self._accepted = 0
            self.connections = max(1, self.connections // 2)
            self.paused_until = now + min(FIRST_PAUSE * 2 ** (self._level - 1), LONGEST_PAUSE)
            self.reason = f"{reply.code} {reply.text}"
        return True

    def _recover(self) -> None:
        self._accepted = 0
        self.connections = min(self._most, self.connections + 1)
        if self.connections == self._most:
            self._level, self.reason = 0, ""

    def paused(self, now: float) -> bool:
        return now < self.paused_until
