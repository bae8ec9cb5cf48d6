"""The words of billing that are stored."""

from __future__ import annotations

from enum import StrEnum


class WishState(StrEnum):
    """Of another plan that was asked for."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
