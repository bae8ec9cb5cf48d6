"""Trials of a mailing: up to three other subjects or contents besides its own, for a share of its people first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from app.compose import queries
from app.compose.content import words_of
from app.compose.models import Mailing
from app.core.errors import N_, Invalid
from app.sending import orders
from app.sending import queries as sending
from app.sending.terms import Measure
from app.tenants.plans import Feature
from app.tenants.queries import current_workspace

MOST_VARIANTS = 3
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class NothingToTry(Invalid):
    message = N_("Write at least one other subject, or choose another draft: there is nothing to compare yet.")


@dataclass(frozen=True, slots=True)
class Variant:
    """Another subject (empty: the mail's own) over the mail's own body, or over that of another draft."""

    subject: str = ""
    draft_id: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is tried on `share` percent of the people, and by what it is decided after `hours`."""

    variants: Sequence[Variant]
    share: int = 20
    measure: Measure = Measure.OPENS
    hours: int = 4


def plan_of(mailing: Mailing) -> Plan | None:
    """Return the trial of a mailing, or None where there is none."""
    kept = mailing.trial
    if not kept:
        return None
    variants = [Variant(**each) for each in kept["variants"]]
    return Plan(variants, kept["share"], Measure(kept["measure"]), kept["hours"])


def keep(mailing: Mailing, plan: Plan | None) -> None:
    """Store the trial of a draft, or that there is none.

    Raises:
        NothingToTry: no variant differs from the mail itself.
        NotInPlan: the workspace's plan has no trials.
    """
    if plan is not None:
        current_workspace().plan.must_have(Feature.TRIALS)
    if plan is not None and not any(each.subject or each.draft_id for each in plan.variants):
        raise NothingToTry
    mailing.trial = None if plan is None else asdict(plan) | {"variants": [asdict(each) for each in plan.variants]}


def ordered(mailing: Mailing) -> orders.Trial | None:
    """Return the trial as sending is told of it: each variant with its words, read now.

    Raises:
        NotFound: a draft that was to be tried is gone.
    """
    plan = plan_of(mailing)
    if plan is None:
        return None
    return orders.Trial(plan.share, plan.measure, plan.hours, [_words(mailing, each) for each in plan.variants])


@dataclass(frozen=True, slots=True)
class Part:
    """One part in which a launched mailing goes out; `letter` names its content."""

    letter: str
    content: int
    subject: str
    people: int
    due_at: datetime | None


def parts_of(mailing_id: int, subject: str) -> list[Part]:
    """Return the parts of a launched mailing, in their order; `subject` is its own."""
    subjects = {0: subject} | {each.number: each.subject for each in sending.contents(mailing_id)}
    return [
        Part(LETTERS[wave.content], wave.content, subjects[wave.content], wave.through - wave.after, wave.due_at)
        for wave in sending.waves(mailing_id)
    ]


def _words(mailing: Mailing, variant: Variant) -> orders.Variant:
    source = mailing if variant.draft_id is None else queries.mailing(variant.draft_id)
    subject = variant.subject or (source.subject if variant.draft_id else mailing.subject)
    return words_of(source, subject)
