"""When the last one would have a mail, by how fast mails went lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.sending.models import Launch
from app.sending.terms import LaunchState

LATEST = 5
# Fewer say nothing: they are over before a rate can be seen.
ENOUGH = 100


@dataclass(frozen=True, slots=True)
class Forecast:
    """People an hour, how many are under way before these, and how long until the last of these has it."""

    an_hour: int
    ahead: int
    until_last: timedelta


def forecast(people: int, *, most_an_hour: int = 0) -> Forecast | None:
    """Return what is to be expected, or None where nothing of enough people went out yet.

    Args:
        most_an_hour: what the workspace may send in an hour, 0 for any number.
    """
    rate = _rate()
    if rate is None or not people:
        return None
    an_hour = max(1, round(rate * 3600))
    if most_an_hour:
        an_hour = min(an_hour, most_an_hour)
    waiting = _ahead()
    return Forecast(an_hour, waiting, timedelta(hours=(people + waiting) / an_hour))


def _rate() -> float | None:
    """People a second of the latest launches that went as fast as they could."""
    span = sa.func.extract("epoch", Launch.last_accepted_at - Launch.started_at)
    free = (
        Launch.per_hour.is_(None), Launch.spread_hours.is_(None), Launch.zone_field == "", Launch.trial_share.is_(None),
    )  # fmt: skip
    latest = (
        sa.select(Launch.accepted, span.label("seconds"))
        .where(Launch.tenant_id == current_tenant_id(), Launch.state == LaunchState.FINISHED, *free)
        .where(Launch.accepted >= ENOUGH, Launch.last_accepted_at.is_not(None))
        .order_by(Launch.started_at.desc())
        .limit(LATEST)
        .subquery()
    )
    query = sa.select(sa.func.sum(latest.c.accepted), sa.func.sum(sa.func.greatest(latest.c.seconds, 1)))
    accepted, seconds = db.session.execute(query).one()
    return float(accepted) / float(seconds) if accepted else None


def _ahead() -> int:
    final = Launch.accepted + Launch.bounced + Launch.cancelled + Launch.expired
    mine = Launch.tenant_id == current_tenant_id(), Launch.state.in_([LaunchState.LAUNCHING, LaunchState.RUNNING])
    return int(db.session.scalar(sa.select(sa.func.sum(Launch.total - final)).where(*mine)) or 0)
