"""What the MTA does just now, as the operator's page shows it.

`app` may not know the MTA, and need not: the leading scheduler, which speaks to the MTA anyway, leaves a picture of it
in Redis every second (`worker/overlook.py`), and here are the parts of that picture which are shown.
"""

from __future__ import annotations

import time

import msgspec

from app.core.redis import redis

KEY = "mail:traffic"
KEPT_SECONDS = 3600
STALE_AFTER = 10.0


class Engine(msgspec.Struct, frozen=True):
    """A process of the MTA. `rate`: mails accepted a second."""

    name: str
    age: float
    waiting: int
    unrecorded: int
    rate: float
    lag: float


class LaneTraffic(msgspec.Struct, frozen=True):
    queued: int
    oldest: float


class Destination(msgspec.Struct, frozen=True):
    """`trouble`: why mails wait, or nothing; `suspended`: because an operator wants it.

    `complaint`: what the receiver's policy (MTA-STS) would refuse, which it only tests so far.
    """

    key: str
    waiting: int
    connections: int
    rate: float
    last_reply: str
    trouble: str
    suspended: bool
    complaint: str = ""


class TenantTraffic(msgspec.Struct, frozen=True):
    """`later`: deferred. `oldest`, `hour_ends`: seconds. `stopped`: why, None where it is not."""

    tenant: int
    queued: dict[str, int]
    later: int
    rate: float
    oldest: float
    quota: int
    spent: int
    hour_ends: float
    stopped: str | None

    @property
    def waits_for_quota(self) -> bool:
        return bool(self.quota and self.queued and self.spent >= self.quota)


class Traffic(msgspec.Struct, frozen=True):
    """The picture, taken `at` seconds since 1970. `refused`: why Redis takes no more, or nothing."""

    at: float
    refused: str
    engines: list[Engine]
    lanes: dict[str, LaneTraffic]
    destinations: list[Destination]
    tenants: list[TenantTraffic]

    @property
    def stale(self) -> bool:
        """Whether nobody has looked for a while: no scheduler leads."""
        return time.time() - self.at > STALE_AFTER

    @property
    def rate(self) -> float:
        return sum(engine.rate for engine in self.engines)

    @property
    def queued(self) -> int:
        return sum(lane.queued for lane in self.lanes.values())

    @property
    def later(self) -> int:
        return sum(tenant.later for tenant in self.tenants)

    @property
    def empty(self) -> bool:
        return not (self.destinations or self.tenants)


_decoder = msgspec.json.Decoder(Traffic)


def publish(picture: bytes) -> None:
    """Leave a picture, as JSON, for whoever looks."""
    redis().set(KEY, picture, ex=KEPT_SECONDS)


def traffic() -> Traffic | None:
    """Return the newest picture, or None where there is none (of this version)."""
    picture = redis().get(KEY)
    try:
        return _decoder.decode(picture) if isinstance(picture, bytes) else None
    except msgspec.MsgspecError:
        return None
