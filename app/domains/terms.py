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
    DKIM_ED25519_2 = "dkim_ed25519_2"
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
BY_TASTE = (Purpose.TRACKING, Purpose.DKIM_ED25519, Purpose.DKIM_ED25519_2, Purpose.BIMI)
COUNTED = tuple(purpose for purpose in Purpose if purpose not in BY_TASTE)
Algorithm = Literal["rsa-sha256", "ed25519-sha256"]
RSA: Algorithm = "rsa-sha256"
ED25519: Algorithm = "ed25519-sha256"
# Keys of one kind take turns under two names.
SELECTORS = ("mp1", "mp2")
ED25519_SELECTORS = ("mpe", "mpe2")
DKIM_PURPOSES = dict(zip(SELECTORS, (Purpose.DKIM_1, Purpose.DKIM_2), strict=True))
ED25519_PURPOSES = dict(zip(ED25519_SELECTORS, (Purpose.DKIM_ED25519, Purpose.DKIM_ED25519_2), strict=True))
PURPOSE_OF = DKIM_PURPOSES | ED25519_PURPOSES
SELECTOR_OF = {purpose: selector for selector, purpose in PURPOSE_OF.items()}


def other_selector(selector: str) -> str:
    pair = SELECTORS if selector in SELECTORS else ED25519_SELECTORS
    return pair[1 - pair.index(selector)]
