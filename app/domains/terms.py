"""The words of a sending domain: what its records are for, how each stands, how the whole stands."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal


class Purpose(StrEnum):
    """What a record in the domain's DNS is for. Members stand in the order in which they are shown."""

    OWNERSHIP = "ownership"
    DKIM_1 = "dkim1"
    DKIM_2 = "dkim2"
    DKIM_ED25519 = "dkim_ed25519"
    SPF = "spf"
    DMARC = "dmarc"
    RETURN_PATH = "return_path"
    TRACKING = "tracking"
    BIMI = "bimi"


class RecordState(StrEnum):
    """How a record was found. `awaited`: the domain's side is right, ours behind it cannot be seen yet."""

    UNSEEN = "unseen"
    GOOD = "good"
    MISSING = "missing"
    WRONG = "wrong"
    AWAITED = "awaited"


class Standing(StrEnum):
    """How a domain stands.

    `taken`: its ownership is shown, but another workspace has it. `unsigned`: it is ours to use, no key of it is
    visible yet. `failing`: a key or the proof of ownership was there and is gone.
    """

    UNPROVEN = "unproven"
    TAKEN = "taken"
    UNSIGNED = "unsigned"
    FAILING = "failing"
    PARTIAL = "partial"
    READY = "ready"


# What counts towards a complete domain. Links under one's own name, a second signature, a logo are a matter of taste.
COUNTED = tuple(purpose for purpose in Purpose if purpose not in (Purpose.TRACKING, Purpose.DKIM_ED25519, Purpose.BIMI))
SELECTORS = ("mp1", "mp2")
Algorithm = Literal["rsa-sha256", "ed25519-sha256"]
RSA: Algorithm = "rsa-sha256"
ED25519: Algorithm = "ed25519-sha256"
ED25519_SELECTOR = "mpe"
DKIM_PURPOSES = {"mp1": Purpose.DKIM_1, "mp2": Purpose.DKIM_2}
SELECTOR_OF = {
    **{purpose: selector for selector, purpose in DKIM_PURPOSES.items()},
    Purpose.DKIM_ED25519: ED25519_SELECTOR,
}


def other_selector(selector: str) -> str:
    return SELECTORS[1 - SELECTORS.index(selector)]
