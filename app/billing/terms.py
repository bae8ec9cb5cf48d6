"""The words of billing that are stored."""

from __future__ import annotations

from enum import StrEnum


class WishState(StrEnum):
    """Of another plan that was asked for."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


# What Stripe calls the state of a subscription from which it never comes back.
OVER = ("canceled", "incomplete_expired")


class Ending(StrEnum):
    """When a subscription is to end: not at all, with the period that is paid, at once."""

    NOT = "not"
    WITH_PERIOD = "with_period"
    NOW = "now"
