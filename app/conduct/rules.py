"""The rules of `config/conduct.toml`, and what follows from them. Pure: days in, numbers out."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from config.settings import ROOT

RULES_FILE = ROOT / "config" / "conduct.toml"


class Reason(StrEnum):
    """Why a workspace is braked."""

    HARD_BOUNCES = "hard_bounces"
    COMPLAINTS = "complaints"


@dataclass(frozen=True, slots=True)
class Rules:
    """As the file explains them."""

    step: int
    days: Sequence[int]
    good_day: int
    from_our_domain: int
    window_days: int
    least: int
    shares: dict[Reason, float]


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered to the mails of a time: taken by the server, refused for good, called spam by the reader."""

    accepted: int
    hard_bounces: int
    complaints: int

    @property
    def all(self) -> int:
        return self.accepted + self.hard_bounces

    def share(self, reason: Reason) -> float:
        counted = self.hard_bounces if reason is Reason.HARD_BOUNCES else self.complaints
        return counted / self.all if self.all else 0.0


@cache
def rules() -> Rules:
    with RULES_FILE.open("rb") as file:
        table = tomllib.load(file)
    given, brake = table["allowance"], table["brake"]
    return Rules(
        step=given["step"], days=tuple(given["days"]), good_day=given["good_day"],
        from_our_domain=given["from_our_domain"], window_days=brake["days"], least=brake["least"],
        shares={reason: brake[reason] for reason in Reason},
    )  # fmt: skip


def allowance(past: Iterable[Answers]) -> int | None:
    """Return how many mails may go in a day after these days; None for any number."""
    level = 0
    for day in past:
        if is_bad(day):
            level = max(0, level - 2)
        elif day.accepted >= rules().good_day:
            level += 1
    return rules().days[level] if level < len(rules().days) else None


def is_bad(day: Answers) -> bool:
    """Whether a day comes half as near to the brake as may be."""
    enough = day.all >= rules().good_day
    return enough and any(day.share(reason) >= limit / 2 for reason, limit in rules().shares.items())


def fault(lately: Answers) -> Reason | None:
    """Return why a workspace must be braked for what was answered lately; None where it need not."""
    if lately.all < rules().least:
        return None
    return next((reason for reason, limit in rules().shares.items() if lately.share(reason) > limit), None)
