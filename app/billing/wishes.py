"""Changing the plan where no payment service stands behind it: it is asked for, and the operator says yes or no.

What costs nothing needs nobody's yes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.billing import letters, thresholds
from app.billing.models import PlanWish
from app.billing.terms import WishState
from app.core import clock, queue
from app.core.db import db
from app.core.errors import N_, Conflict, Invalid, NotFound
from app.core.tenancy import control_plane, current_tenant_id, tenant_scope
from app.tenants import service as tenants
from app.tenants.plans import Plan, plan, plans
from app.tenants.queries import current_workspace, workspace


class NoSuchPlan(Invalid):
    message = N_("This is not one of the plans. Nothing was changed; choose one of those shown.")


class PlanThereAlready(Conflict):
    message = N_("The workspace has this plan already. Nothing was changed.")


class Decided(Conflict):
    message = N_("This wish was withdrawn or decided in the meantime. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class OpenWish:
    """A plan that a workspace asks for, as the operator sees it."""

    tenant_id: int
    id: int
    workspace_name: str
    slug: str
    present: Plan
    wanted: Plan
    asked_at: datetime


def choose(code: str, *, member_id: int | None) -> bool:
    """Take another plan at once where it costs nothing, else ask for it instead of what was asked for before.

    Returns:
        Whether the workspace has it now.

    Raises:
        NoSuchPlan: no plan has this code.
        PlanThereAlready: it is the present one.
    """
    if code not in plans():
        raise NoSuchPlan
    if code == current_workspace().plan_code:
        raise PlanThereAlready
    _close(WishState.WITHDRAWN)
    if plan(code).is_free:
        take(code)
        return True
    db.session.add(PlanWish(plan_code=code, asked_by=member_id))
    db.session.flush()
    return False


def take(code: str) -> None:
    """Give the present workspace a plan; mailings that wait for a larger one are looked at again."""
    tenants.change_plan(code)
    thresholds.begin_anew(clock.now())
    queue.enqueue("sending.release_held")


def withdraw() -> None:
    """Ask for no other plan any more."""
    _close(WishState.WITHDRAWN)


def _close(state: WishState, **columns: object) -> str | None:
    """Close the open wish of the present workspace; return the plan it was for, None where none is open."""
    still_open = sa.and_(PlanWish.tenant_id == current_tenant_id(), PlanWish.state == WishState.ASKED)
    closed = sa.update(PlanWish).where(still_open).values(state=state, decided_at=sa.func.now(), **columns)
    return db.session.scalar(closed.returning(PlanWish.plan_code))


def open_wish() -> PlanWish | None:
    """Return what the present workspace asks for."""
    return db.session.scalar(
        sa.select(PlanWish).where(PlanWish.tenant_id == current_tenant_id(), PlanWish.state == WishState.ASKED)
    )


def open_wishes() -> list[OpenWish]:
    """Return what all workspaces ask for, the oldest first. Control plane."""
    query = sa.select(PlanWish.tenant_id, PlanWish.id, PlanWish.plan_code, PlanWish.asked_at)
    with control_plane():
        rows = db.session.execute(query.where(PlanWish.state == WishState.ASKED).order_by(PlanWish.asked_at)).all()
    places = {tenant_id: workspace(tenant_id) for tenant_id, *_rest in rows}
    return [
        OpenWish(tenant_id, wish_id, place.name, place.slug, place.plan, plan(code), asked_at)
        for tenant_id, wish_id, code, asked_at in rows
        if (place := places[tenant_id])
    ]


def decide(tenant_id: int, wish_id: int, *, yes: bool, by: str) -> None:
    """Confirm or decline a wish, and tell the workspace. `by`: the operator who did. Control plane.

    Raises:
        NotFound: no workspace asked for this.
        Decided: it is not open any more.
    """
    with control_plane():
        wish = db.session.get(PlanWish, (tenant_id, wish_id), with_for_update=True, populate_existing=True)
    if wish is None:
        raise NotFound
    if wish.state != WishState.ASKED:
        raise Decided
    with tenant_scope(tenant_id):
        code = _close(WishState.CONFIRMED if yes else WishState.DECLINED, decided_by=by)
        assert code is not None
        if yes:
            take(code)
        letters.post_decision(plan(code), yes=yes)
