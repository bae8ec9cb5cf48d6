"""Standing aside for breaking news: which mailings are on their way to the same people, and holding them."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.core.db import db
from app.lists.recipients import Audience
from app.sending import queries, service, states
from app.sending.models import Launch
from app.sending.terms import HeldReason, Lane, LaunchState

SOON = timedelta(hours=1)
UNDER_WAY = (LaunchState.LAUNCHING, LaunchState.RUNNING)


def rivals(who: Audience, now: datetime) -> list[Launch]:
    """Return ordinary mailings that run or are due within the hour and may go to some of the same people."""
    return [
        launch
        for launch in queries.open_launches()
        if launch.lane != Lane.BREAKING and _is_near(launch, now) and _may_meet(queries.audience_of(launch), who)
    ]


def _is_near(launch: Launch, now: datetime) -> bool:
    if launch.state == LaunchState.SCHEDULED:
        return launch.planned_at <= now + SOON
    return launch.state in UNDER_WAY


def _may_meet(one: Audience, other: Audience) -> bool:
    """Whether two audiences can have people in common: one list in both, or segments, which can hold anybody."""
    return bool(set(one.lists) & set(other.lists) or one.segments or other.segments)


def hold(mailing_id: int) -> None:
    """Stop a mailing that runs, and keep one that has not begun from beginning, until a person lets it go.

    Raises:
        NotInThatState: it is over, or stands still already.
    """
    state = db.session.scalar(sa.select(Launch.state).where(Launch.mailing_id == mailing_id).with_for_update())
    if state == LaunchState.RUNNING:
        service.pause(mailing_id)
    else:
        states.must_move(mailing_id, LaunchState.HELD, held_reason=HeldReason.BREAKING)


def held() -> list[Launch]:
    """Return mailings that stand still: held for breaking news, or paused."""
    return [
        launch
        for launch in queries.open_launches()
        if launch.state == LaunchState.PAUSED or launch.held_reason == HeldReason.BREAKING
    ]
