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


class HeldReason(StrEnum):
    """Why a launch waits for somebody, or for something to change."""

    LATE = "late"
    QUOTA = "quota"
    BREAKING = "breaking"
    PAYMENT = "payment"
    BRAKE = "brake"
    CONTENT = "content"


class DeliveryState(IntEnum):
    """Only ever rises. From `ACCEPTED` on it is final, but for a bounce that comes back later (`sending.late`)."""

    WAITING = 0
    DEFERRED = 1
    ACCEPTED = 2
    BOUNCED = 3
    CANCELLED = 4
    EXPIRED = 5


class Measure(StrEnum):
    """What decides a trial of variants: how many people (not machines) opened, or clicked."""

    OPENS = "opens"
    CLICKS = "clicks"


class BounceClass(StrEnum):
    """The classes of eMs 2000's bounce report."""

    USER_UNKNOWN = "user_unknown"
    HOST_UNKNOWN = "host_unknown"
    MAILBOX_FULL = "mailbox_full"
    REFUSED = "refused"
    OTHER = "other"


# Seconds after a mailing's start. A count's `wait` is the number of bounds that had passed when the answer came.
WAIT_BOUNDS = (10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400)
