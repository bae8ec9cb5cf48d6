"""The sending domains of all workspaces, for those who run the service. Control plane."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import control_plane, tenant_scope
from app.domains.models import DomainRecord, SendingDomain
from app.domains.queries import DomainView, domain
from app.domains.terms import DKIM_PURPOSES, Purpose, RecordState

PAGE = 50
BREAKING = (Purpose.OWNERSHIP, *DKIM_PURPOSES.values())


class Kind(StrEnum):
    """Which domains are listed. `broken`: something that signing needs was there and is gone."""

    ALL = "all"
    BROKEN = "broken"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class Listed:
    """A domain, and whose it is."""

    tenant_id: int
    domain: DomainView


def listed(text: str = "", kind: Kind = Kind.ALL, before: int | None = None) -> list[Listed]:
    """Return a page of domains, the newest first, and one more where there are more; `text` is part of the name."""
    query = sa.select(SendingDomain.tenant_id, SendingDomain.id).where(_of(kind)).order_by(SendingDomain.id.desc())
    if text.strip():
        query = query.where(SendingDomain.name.contains(text.strip().lower(), autoescape=True))
    if before:
        query = query.where(SendingDomain.id < before)
    with control_plane():
        rows = db.session.execute(query.limit(PAGE + 1)).all()
    return [Listed(tenant_id, _seen(tenant_id, domain_id)) for tenant_id, domain_id in rows]


def _of(kind: Kind) -> sa.ColumnElement[bool]:
    if kind is Kind.UNPROVEN:
        return SendingDomain.verified_at.is_(None)
    if kind is Kind.ALL:
        return sa.true()
    lost = sa.exists().where(
        DomainRecord.tenant_id == SendingDomain.tenant_id,
        DomainRecord.domain_id == SendingDomain.id,
        DomainRecord.purpose.in_(BREAKING),
        DomainRecord.was_good,
        DomainRecord.state.in_([RecordState.MISSING, RecordState.WRONG]),
    )
    return sa.and_(SendingDomain.verified_at.is_not(None), lost)


def _seen(tenant_id: int, domain_id: int) -> DomainView:
    with tenant_scope(tenant_id):
        return domain(domain_id)
