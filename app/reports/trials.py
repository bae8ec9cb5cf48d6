"""Trials of variants: what each came to with people (not machines), and which of them the rest should get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.reports.comparison import Rate
from app.sending import queries as sending
from app.sending import service as sending_service
from app.sending.terms import Measure
from app.tracking import queries as tracking

LETTERS = "ABCDEFGH"


@dataclass(frozen=True, slots=True)
class Tried:
    """One variant and those who got it in the trial. `number` 0 is the mail as it was written first."""

    number: int
    subject: str
    people: int
    opened: Rate
    clicked: Rate

    @property
    def letter(self) -> str:
        return LETTERS[self.number]

    def by(self, measure: Measure) -> Rate:
        return self.opened if measure is Measure.OPENS else self.clicked


@dataclass(frozen=True, slots=True)
class Result:
    """A trial as it stands. `best` leads; `sure` tells that its interval lies above all others'."""

    measure: Measure
    tried: Sequence[Tried]
    winner: int | None

    @property
    def best(self) -> Tried:
        return max(self.tried, key=lambda one: (one.by(self.measure).value or 0.0, -one.number))

    @property
    def sure(self) -> bool:
        best = self.best
        others = [one for one in self.tried if one is not best]
        return all(best.by(self.measure).surely_above(one.by(self.measure)) for one in others)


def result(mailing_id: int) -> Result | None:
    """Return how the trial of a mailing stands, or None where there is none."""
    launch = sending.launch(mailing_id)
    if launch is None or not launch.trial_share:
        return None
    parts = sending.waves(mailing_id)[: len(sending.contents(mailing_id)) + 1]
    tried = [_tried(mailing_id, launch.subject, part.after, part.through, part.content) for part in parts]
    return Result(Measure(launch.trial_measure), tried, launch.winner) if tried else None


def _tried(mailing_id: int, subject: str, after: int, through: int, number: int) -> Tried:
    content = sending.content(mailing_id, number) if number else None
    accepted = sending.accepted_between(mailing_id, after, through)
    opened, clicked = tracking.people_between(mailing_id, after, through)
    words = content.subject if content else subject
    return Tried(number, words, through - after, Rate(opened, accepted), Rate(clicked, accepted))


def decide(mailing_id: int) -> None:
    """Give the rest of a mailing the variant that leads; harmless when it was decided before."""
    standing = result(mailing_id)
    if standing is not None and standing.winner is None:
        sending_service.choose_content(mailing_id, standing.best.number)
