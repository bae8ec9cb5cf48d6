"""The words of sending: lanes, and the states of launches and deliveries."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Lane(StrEnum):
    BREAKING = "breaking"
    TRANSACTIONAL = "transactional"
    NORMAL = "normal"
    BULK = "bulk"


class LaunchState(StrEnum):
    SCHEDULED = "scheduled"
    HELD = "held"
    LAUNCHING = "launching"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    FINISHED = "finished"


class DeliveryState(IntEnum):
    """Only ever rises. From `ACCEPTED` on it is final."""

    WAITING = 0
    DEFERRED = 1
    ACCEPTED = 2
    BOUNCED = 3
    CANCELLED = 4
    EXPIRED = 5


class BounceClass(StrEnum):
    """The classes of eMs 2000's bounce report."""

    USER_UNKNOWN = "user_unknown"
    HOST_UNKNOWN = "host_unknown"
    MAILBOX_FULL = "mailbox_full"
    REFUSED = "refused"
    OTHER = "other"
