"""Reading how a workspace behaves and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.conduct import checks
from app.conduct.checks import Letter
from app.conduct.models import Brake, ConductDay
from app.conduct.rules import Answers, allowance, rules
from app.core.db import db
from app.core.tenancy import control_plane, current_tenant_id
from app.tenants.queries import Workspace, current_workspace, workspace

LOOKED_BACK_DAYS = 90


@dataclass(frozen=True, slots=True)
class Braked:
    """A workspace that is braked, as the operator sees it."""

    workspace: Workspace
    reason: str
    share: float
    braked_at: datetime
    words: str
    appealed_at: datetime | None


def today_of(now: datetime) -> date:
    return now.astimezone(ZoneInfo(current_workspace().timezone)).date()


def standing() -> Brake:
    """Return where the present workspace stands; nothing is stored of one that was never braked nor trusted."""
    kept = db.session.get(Brake, current_tenant_id(), populate_existing=True)
    return kept or Brake(reason="", share=0.0, words="", trusted=False, decided_by="")


def is_braked() -> bool:
    query = sa.select(Brake.braked_at).where(Brake.tenant_id == current_tenant_id())
    return db.session.scalar(query) is not None


def lately(now: datetime) -> Answers:
    """Return what was answered in the days that the brake looks at. Plan: a few rows of the primary key."""
    today, kept = today_of(now), standing()
    first = today - timedelta(days=rules().window_days - 1)
    if kept.counted_from:
        first = max(first, kept.counted_from)
    sums = (sa.func.coalesce(sa.func.sum(column), 0) for column in _ANSWERS)
    row = db.session.execute(sa.select(*sums).where(_mine(), ConductDay.day >= first)).one()
    return Answers(*(int(number) for number in row))


_ANSWERS = (ConductDay.accepted, ConductDay.hard_bounces, ConductDay.complaints)


def _mine() -> sa.ColumnElement[bool]:
    return sa.and_(ConductDay.tenant_id == current_tenant_id())


def allowed_today(now: datetime, *, from_our_domain: bool) -> int | None:
    """Return how many mails may go today in all; None for any number. `from_our_domain`: the sender has none here."""
    limits = [] if is_trusted() else [_earned(now)]
    if from_our_domain:
        limits.append(rules().from_our_domain)
    return min((limit for limit in limits if limit is not None), default=None)


def findings(letter: Letter) -> list[str]:
    """Return what speaks against a mail, as sentences; nothing where the workspace is trusted."""
    return [] if is_trusted() else checks.findings(letter)


def is_trusted() -> bool:
    """Whether somebody has looked at who this is: an operator, or whoever agreed on its plan."""
    return not current_workspace().plan.starts_small or standing().trusted


def _earned(now: datetime) -> int | None:
    today = today_of(now)
    past = sa.select(*_ANSWERS).where(
        _mine(), ConductDay.day < today, ConductDay.day >= today - timedelta(days=LOOKED_BACK_DAYS)
    )
    return allowance(Answers(*row) for row in db.session.execute(past.order_by(ConductDay.day)))


def room(now: datetime, *, from_our_domain: bool = False) -> int | None:
    """Return how many mails more may go today; None for any number."""
    limit = allowed_today(now, from_our_domain=from_our_domain)
    if limit is None:
        return None
    taken = db.session.scalar(sa.select(ConductDay.taken).where(_mine(), ConductDay.day == today_of(now)))
    return max(0, limit - (taken or 0))


def braked() -> list[Braked]:
    """Return all workspaces that are braked, those that appealed first. Control plane."""
    with control_plane():
        query = sa.select(Brake).where(Brake.braked_at.is_not(None))
        rows = list(db.session.scalars(query.order_by(Brake.appealed_at.nulls_last(), Brake.braked_at)))
        found = [(row.tenant_id, row.reason, row.share, row.braked_at, row.words, row.appealed_at) for row in rows]
    return [
        Braked(place, reason, share, at, words, appealed)
        for tenant_id, reason, share, at, words, appealed in found
        if at and (place := workspace(tenant_id))
    ]
