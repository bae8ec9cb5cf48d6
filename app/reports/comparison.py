"""Mailings side by side: rates with the interval in which the true rate lies, and what they come to together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from app.reports.queries import Report

FEWEST, MOST = 2, 5
Z_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Rate:
    """A part of a whole, and Wilson's interval about it; `value` is None where there is no whole."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.part, self.whole)

    def surely_above(self, other: Rate) -> bool:
        """Tell whether this rate's interval lies wholly above the other's."""
        return bool(self.whole and other.whole) and self.interval[0] > other.interval[1]


def wilson(part: int, whole: int, z: float = Z_95) -> tuple[float, float]:
    """Return the score interval of a share (E. B. Wilson, 1927), by default the one of 95 %."""
    if not whole:
        return 0.0, 1.0
    # Who opened a mail that its server sent back later is among the openers, not among the delivered.
    share = min(1.0, part / whole)
    middle = share + z * z / (2 * whole)
    reach = z * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    scale = 1 + z * z / whole
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)


@dataclass(frozen=True, slots=True)
class Column:
    """One mailing, or all of them together, in rates: of its recipients, and of the delivered."""

    name: str
    mailing_id: int | None
    recipients: int
    delivered: Rate
    opened: Rate
    clicked: Rate
    unsubscribed: Rate

    @property
    def rates(self) -> tuple[Rate, Rate, Rate, Rate]:
        return self.delivered, self.opened, self.clicked, self.unsubscribed


def columns(reports: Sequence[Report]) -> list[Column]:
    return [
        _column(report.subject, report.mailing_id, report.total, report.accepted, report.openers, report.clickers,
                report.unsubscribers)
        for report in reports
    ]  # fmt: skip


def together(reports: Sequence[Report], name: str) -> Column:
    """Return the sum of these mailings: mails, not people, since one person may have got several."""
    names = ("total", "accepted", "openers", "clickers", "unsubscribers")
    return _column(name, None, *(sum(getattr(report, each) for report in reports) for each in names))


def _column(name: str, mailing_id: int | None, total: int, accepted: int, *reacted: int) -> Column:
    opened, clicked, left = (Rate(number, accepted) for number in reacted)
    return Column(name, mailing_id, total, Rate(accepted, total), opened, clicked, left)
