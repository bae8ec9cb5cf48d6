"""Words of the console."""

from __future__ import annotations

from enum import StrEnum


class Tone(StrEnum):
    """How an announcement looks: something to know, or something to be careful of."""

    TOLD = "blue"
    WARNING = "amber"


class Health(StrEnum):
    """How a part of the system is. `unknown`: it does not matter here, or could not be found out."""

    GOOD = "good"
    LOOK = "look"
    BAD = "bad"
    UNKNOWN = "unknown"
