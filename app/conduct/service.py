"""Counting what is sent and answered, braking, appealing, lifting."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.conduct import letters, queries
from app.conduct.models import Brake, ConductDay
from app.conduct.rules import fault
from app.core import queue
from app.core.db import db
from app.core.errors import N_, Conflict, NotFound
from app.core.tenancy import current_tenant_id, tenant_scope
from app.tenants.queries import workspace

LONGEST_WORDS = 2000


class IsBraked(Conflict):
    message = N_(
        "Sending is on hold because too many mails came back or were called spam. Nothing is lost."
        " Settings, Sending conduct says more, and how to ask us to look at it."
    )


class NotBraked(Conflict):
    message = N_("Sending is not on hold. There is nothing to ask for.")


def take(count: int, now: datetime, *, from_our_domain: bool) -> bool:
    """Take mails off what may go today, all or none; two that take at once never pass it together."""
    limit = queries.allowed_today(now, from_our_domain=from_our_domain)
    if limit is None:
        return True
    if count > limit:
        return False
    fresh = insert(ConductDay).values(tenant_id=current_tenant_id(), day=queries.today_of(now), taken=count)
    wanted = ConductDay.taken + fresh.excluded.taken
    taken = fresh.on_conflict_do_update(
        index_elements=["tenant_id", "day"], set_={"taken": wanted}, where=wanted <= limit
    )
    return db.session.scalar(taken.returning(ConductDay.taken)) is not None


def note(now: datetime, *, accepted: int = 0, hard_bounces: int = 0, complaints: int = 0) -> bool:
    """Count answers, and brake the workspace where they are too bad; say whether that was done now."""
    counts = {"accepted": accepted, "hard_bounces": hard_bounces, "complaints": complaints}
    if not any(counts.values()):
        return False
    fresh = insert(ConductDay).values(tenant_id=current_tenant_id(), day=queries.today_of(now), **counts)
    sums = {name: getattr(ConductDay, name) + fresh.excluded[name] for name in counts}
    db.session.execute(fresh.on_conflict_do_update(index_elements=["tenant_id", "day"], set_=sums))
    return bool(hard_bounces or complaints) and _brake_if_needed(now)


def _brake_if_needed(now: datetime) -> bool:
    if queries.standing().trusted:
        return False
    found = queries.lately(now)
    reason = fault(found)
    if reason is None:
        return False
    values = {"braked_at": now, "reason": reason, "share": found.share(reason), "words": "", "appealed_at": None}
    fresh = insert(Brake).values(tenant_id=current_tenant_id(), **values)
    braked = fresh.on_conflict_do_update(index_elements=["tenant_id"], set_=values, where=Brake.braked_at.is_(None))
    if db.session.scalar(braked.returning(Brake.tenant_id)) is None:
        return False
    letters.post_braked(reason, found.share(reason))
    return True


def appeal(words: str, now: datetime) -> None:
    """Ask the operator to lift the brake.

    Raises:
        NotBraked: there is none.
    """
    mine = sa.and_(Brake.tenant_id == current_tenant_id(), Brake.braked_at.is_not(None))
    asked = sa.update(Brake).where(mine).values(words=words.strip()[:LONGEST_WORDS], appealed_at=now)
    if db.session.scalar(asked.returning(Brake.tenant_id)) is None:
        raise NotBraked


def lift(tenant_id: int, now: datetime, *, by: str, trust: bool = False) -> None:
    """Let a workspace send again; what was counted until now brakes it no more. Control plane.

    `trust`: it has no daily number and no brake from now on. `by`: the operator who decided.

    Raises:
        NotFound: there is no such workspace.
        NotBraked: it is not braked.
    """
    if workspace(tenant_id) is None:
        raise NotFound
    with tenant_scope(tenant_id):
        mine = sa.and_(Brake.tenant_id == tenant_id, Brake.braked_at.is_not(None))
        values = {"braked_at": None, "counted_from": queries.today_of(now), "trusted": trust, "decided_by": by}
        lifted = sa.update(Brake).where(mine).values(**values).returning(Brake.tenant_id)
        if db.session.scalar(lifted) is None:
            raise NotBraked
        # What was answered today is forgotten as well: the day begins anew.
        today = sa.and_(ConductDay.tenant_id == tenant_id, ConductDay.day == queries.today_of(now))
        db.session.execute(sa.update(ConductDay).where(today).values(hard_bounces=0, complaints=0))
        queue.enqueue("sending.release_held")
        letters.post_lifted()
