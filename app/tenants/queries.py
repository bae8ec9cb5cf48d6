"""Reading workspaces, accounts and members."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.core.db import db
from app.core.site import settings
from app.core.tenancy import current_tenant_id
from app.tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Workspace:
    """A tenant as the rest of the product sees it: a value, safe to keep while its `version` is the newest."""

    id: int
    slug: str
    custom_host: str | None
    name: str
    state: str
    plan_code: str
    locale: str
    timezone: str
    brand_color: str
    sender_name: str
    sender_address: str
    version: int

    @property
    def url(self) -> str:
        """The workspace's address without a trailing slash."""
        return settings().tenant_url(self.slug, self.custom_host)


_COLUMNS = [getattr(Tenant, name) for name in Workspace.__dataclass_fields__]


def workspace_by_host(slug: str | None, host: str) -> Workspace | None:
    """Return the workspace of a slug under our own apex, or of a custom host. Control plane: no tenant is known yet."""
    return _as_owner(Tenant.slug == slug if slug else Tenant.custom_host == host)


def workspace(tenant_id: int) -> Workspace | None:
    """Return a workspace by number. Control plane."""
    return _as_owner(Tenant.id == tenant_id)


def _as_owner(condition: sa.ColumnElement[bool]) -> Workspace | None:
    """Ask outside of any transaction or app: this is what finds the app. One round trip."""
    with db.engines[None].connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        row = connection.execute(sa.select(*_COLUMNS).where(condition)).one_or_none()
    return Workspace(*row) if row else None


def current_workspace() -> Workspace:
    """Return the workspace whose tenant is in force.

    Raises:
        LookupError: there is none.
    """
    found = _first(Tenant.id == current_tenant_id())
    if found is None:
        raise LookupError("no workspace in this context")
    return found


def _first(condition: sa.ColumnElement[bool]) -> Workspace | None:
    row = db.session.execute(sa.select(*_COLUMNS).where(condition)).one_or_none()
    return Workspace(*row) if row else None
