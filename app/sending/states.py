"""The life of a launch: one table of transitions, and the one UPDATE that makes them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import N_, DomainError, NotFound
from app.sending.models import Launch
from app.sending.terms import LaunchState

S = LaunchState
TRANSITIONS: dict[LaunchState, frozenset[LaunchState]] = {
    S.SCHEDULED: frozenset({S.LAUNCHING, S.HELD}),
    S.HELD: frozenset({S.SCHEDULED}),
    S.LAUNCHING: frozenset({S.RUNNING, S.HELD, S.FINISHED}),
    S.RUNNING: frozenset({S.PAUSED, S.CANCELLING, S.FINISHED}),
    S.PAUSED: frozenset({S.RUNNING, S.CANCELLING, S.FINISHED}),
    S.CANCELLING: frozenset({S.CANCELLED}),
    S.CANCELLED: frozenset(),
    S.FINISHED: frozenset(),
}


class NotInThatState(DomainError):
    message = N_("This mail has moved on in the meantime. Look at where it is now and decide again.")


def sources_of(target: LaunchState) -> list[LaunchState]:
    return [source for source, targets in TRANSITIONS.items() if target in targets]


def move(mailing_id: int, target: LaunchState, **columns: Any) -> bool:
    """Move a launch to `target` from any state that may go there; tell whether it moved."""
    result = db.session.execute(
        sa.update(Launch)
        .where(Launch.mailing_id == mailing_id, Launch.state.in_(sources_of(target)))
        .values(state=target, **columns)
        .execution_options(synchronize_session="fetch")
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]


def must_move(mailing_id: int, target: LaunchState, **columns: Any) -> None:
    """As `move`.

    Raises:
        NotFound: nothing of this number was scheduled.
        NotInThatState: the launch is somewhere else by now.
    """
    if not move(mailing_id, target, **columns):
        raise why_not(mailing_id)


def why_not(mailing_id: int) -> DomainError:
    """Return why a launch could not be moved."""
    there = sa.select(Launch.mailing_id).where(Launch.mailing_id == mailing_id)
    return NotInThatState() if db.session.scalar(there) else NotFound()
