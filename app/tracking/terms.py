"""The words of tracking: what a recipient can do."""

from __future__ import annotations

from enum import StrEnum


class EventKind(StrEnum):
    OPEN = "open"
    CLICK = "click"
    VIEW = "view"
    UNSUBSCRIBE = "unsubscribe"
    RETURN = "return"
