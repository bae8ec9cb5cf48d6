"""The words of tracking: what a recipient can do, and what an open is answered with."""

from __future__ import annotations

from base64 import b64decode
from enum import StrEnum

PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
NO_STORE = "no-store, max-age=0"


class EventKind(StrEnum):
    OPEN = "open"
    CLICK = "click"
    VIEW = "view"
    UNSUBSCRIBE = "unsubscribe"
    RETURN = "return"
    TRAP = "trap"
    CONVERSION = "conversion"
    COMPLAINT = "complaint"
    READ = "read"
    FORWARD = "forward"


class Device(StrEnum):
    PHONE = "phone"
    TABLET = "tablet"
    DESKTOP = "desktop"


class Trait(StrEnum):
    """What opens and clicks are counted by besides clients. `MACHINE` is why a machine was taken for one."""

    LANGUAGE = "language"
    PLACE = "place"
    MACHINE = "machine"
