"""Feeding, as the workers do it: how far a launch may be handed over, marking what is, and what got lost on the way."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.core import clock
from app.core.db import db
from app.sending import gate, ledger, queries, waves
from app.sending.ledger import SliceRow
from app.sending.models import Launch
from app.sending.plan import MailPlan, make_plan
from app.sending.terms import LaunchState
from app.sending.waves import Slice
from app.tenants.queries import current_workspace


@dataclass(frozen=True, slots=True)
class Course:
    """Where the feeding of a running launch stands, and up to which number it may go on now with this plan."""

    plan: MailPlan
    fed_through: int
    through: int
    slice_size: int
    content: int


def course(mailing_id: int) -> Course | None:
    """Return where feeding stands, or None where there is nothing to feed now (paused, over, or not yet due)."""
    launch = queries.launch(mailing_id)
    if launch is None or launch.state != LaunchState.RUNNING:
        return None
    wave = waves.due_wave(launch)
    if wave is None:
        return None
    through = waves.may_feed_through(launch, wave, clock.now())
    room = gate.room(launch)
    if room is not None:
        through = min(through, waves.whole_slices(launch, wave, launch.fed_through + room))
    return Course(_plan(launch, wave.content), launch.fed_through, through, launch.slice_size, wave.content)


def is_running(mailing_id: int) -> bool:
    launch = queries.launch(mailing_id)
    return launch is not None and launch.state == LaunchState.RUNNING


def plan_with(mailing_id: int, content: int) -> MailPlan | None:
    """Return the plan of a running launch with one of its contents, or None where it does not run."""
    launch = queries.launch(mailing_id)
    return _plan(launch, content) if launch and launch.state == LaunchState.RUNNING else None


def _plan(launch: Launch, number: int) -> MailPlan:
    content = queries.content(launch.mailing_id, number) if number else None
    return make_plan(launch, current_workspace(), content)


def advance(mailing_id: int, after: int, through: int) -> list[SliceRow] | None:
    """Mark the rows up to `through` as handed over and return them, or None where the launch may not go on now.

    Marked first and handed over after the commit: what a crash loses in between, `unfinished_slices` finds again.
    """
    launch = queries.launch(mailing_id)
    if launch is None or not gate.take(launch, through - after):
        return None
    moved = db.session.execute(
        sa.update(Launch)
        .where(Launch.mailing_id == mailing_id, Launch.state == LaunchState.RUNNING)
        .values(fed_through=sa.func.greatest(Launch.fed_through, through))
        .execution_options(synchronize_session=False)
    )
    if not moved.rowcount:  # type: ignore[attr-defined]
        return None
    return ledger.slice_rows(mailing_id, after, through)


def missing_slices(mailing_id: int, open_batches: set[str]) -> list[Slice]:
    """Slices that were handed over, are not final, and that the MTA does not have (read *before* this is called)."""
    launch = queries.launch(mailing_id)
    if launch is None or launch.state != LaunchState.RUNNING:
        return []
    return [part for part in waves.unfinished_slices(launch) if part.name not in open_batches]


def slice_of(mailing_id: int, part: Slice) -> list[SliceRow]:
    return ledger.slice_rows(mailing_id, part.after, part.through)
