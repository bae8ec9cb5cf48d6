"""Shutting a workspace off, and letting it go on. Control plane: only operators do it."""

from __future__ import annotations

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import NotFound
from app.core.tenancy import control_plane
from app.tenants import mail_orders
from app.tenants.models import Tenant, TenantState


def suspend(tenant_id: int, *, reason: str) -> None:
    """Have a workspace send nothing: no mailing can be started, and none of what is queued leaves.

    Raises:
        NotFound: there is no such workspace, or it is suspended already.
    """
    _move(tenant_id, TenantState.SUSPENDED, Tenant.state != TenantState.SUSPENDED)
    mail_orders.stop_tenant(tenant_id, reason=reason)


def reinstate(tenant_id: int) -> None:
    """Let a suspended workspace send again, first what waited.

    Raises:
        NotFound: there is no such workspace, or it is not suspended.
    """
    _move(tenant_id, TenantState.ACTIVE, Tenant.state == TenantState.SUSPENDED)
    mail_orders.release_tenant(tenant_id)


def _move(tenant_id: int, state: TenantState, condition: sa.ColumnElement[bool]) -> None:
    change = sa.update(Tenant).where(Tenant.id == tenant_id, condition)
    with control_plane():
        moved = db.session.execute(change.values(state=state, version=Tenant.version + 1).returning(Tenant.id))
        if moved.one_or_none() is None:
            raise NotFound
