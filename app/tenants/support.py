"""What operators may do in a workspace, because it lets them, and what they did with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.core import tokens
from app.core.db import db
from app.core.errors import N_, DomainError, Forbidden
from app.core.tenancy import control_plane, current_tenant_id, tenant_scope
from app.tenants.models import OperatorAct, SupportConsent

HOURS = (1, 4, 24, 72)
VISIT = "support-visit"
VISIT_SECONDS = 120


class Act(StrEnum):
    """What an operator did. Members are what the table keeps, so they are never renamed."""

    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    MAIL_STOPPED = "mail_stopped"
    MAIL_RELEASED = "mail_released"
    VISITED = "visited"
    ATTEMPTS_LOGGED = "attempts_logged"
    LOGGING_ENDED = "logging_ended"
    DESTINATION_SUSPENDED = "destination_suspended"
    DESTINATION_RESUMED = "destination_resumed"
    ANNOUNCED = "announced"
    ANNOUNCEMENT_ENDED = "announcement_ended"
    ERASED = "erased"
    FACTOR_RESET = "factor_reset"


class NotAllowed(DomainError):
    message = N_("The workspace has not allowed it. An owner can, in its settings.")
    status = 403


@dataclass(frozen=True, slots=True)
class Consent:
    """Until when operators may look around, and on behalf of which member."""

    member_id: int
    until: datetime


@dataclass(frozen=True, slots=True)
class ActView:
    """Something an operator did: `by` is the operator's address."""

    act: Act
    by: str
    detail: str
    at: datetime


def allow(member_id: int, *, hours: int, now: datetime) -> None:
    """Let operators look around in the present workspace, as this member, for some hours from now.

    Raises:
        Forbidden: not a number of hours that is offered.
    """
    if hours not in HOURS:
        raise Forbidden
    fresh = {"member_id": member_id, "until": now + timedelta(hours=hours), "created_at": now}
    statement = insert(SupportConsent).values(tenant_id=current_tenant_id(), **fresh)
    db.session.execute(statement.on_conflict_do_update(index_elements=["tenant_id"], set_=fresh))


def withdraw() -> None:
    """Take the consent of the present workspace back; whoever is there on the strength of it is out at once."""
    db.session.execute(sa.delete(SupportConsent).where(SupportConsent.tenant_id == current_tenant_id()))


def consent(now: datetime) -> Consent | None:
    """Return the consent of the present workspace, if one is in force."""
    mine = sa.and_(SupportConsent.tenant_id == current_tenant_id(), SupportConsent.until > now)
    row = db.session.execute(sa.select(SupportConsent.member_id, SupportConsent.until).where(mine)).one_or_none()
    return Consent(*row) if row else None


def visit(tenant_id: int, *, by: str, now: datetime) -> str:
    """Write down that an operator looks around in a workspace, and return the token that opens its door to them once.

    Raises:
        NotAllowed: nobody there has consented, or the time is over.
    """
    with tenant_scope(tenant_id):
        if consent(now) is None:
            raise NotAllowed
    note(Act.VISITED, by=by, tenant_id=tenant_id)
    return tokens.sign(VISIT, {"tenant": tenant_id, "operator": by})


def acts(count: int = 50) -> list[ActView]:
    """Return what operators did to the present workspace, the newest first."""
    return _acts(OperatorAct.tenant_id == current_tenant_id(), count)


def _acts(condition: sa.ColumnElement[bool], count: int) -> list[ActView]:
    query = sa.select(OperatorAct.act, OperatorAct.operator, OperatorAct.detail, OperatorAct.at)
    rows = db.session.execute(query.where(condition).order_by(OperatorAct.id.desc()).limit(count))
    return [ActView(Act(act), by, detail, at) for act, by, detail, at in rows]


def note(act: Act, *, by: str, tenant_id: int | None = None, detail: str = "") -> None:
    """Write down what an operator did, in the same transaction. Control plane."""
    with control_plane():
        db.session.execute(sa.insert(OperatorAct).values(tenant_id=tenant_id, act=act, operator=by, detail=detail))
