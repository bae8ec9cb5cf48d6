"""The roles that a workspace has made for itself, beside the built-in ones of `app.core.access`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from app.core.access import AnyRole, OwnRole, Permission, Role
from app.core.db import db
from app.core.errors import NotFound
from app.core.tenancy import current_tenant_id
from app.tenants.models import Invitation, Member, WorkspaceRole

ROLE_COLUMNS: list[Any] = [WorkspaceRole.id, WorkspaceRole.name, WorkspaceRole.permissions]


def own_roles() -> list[OwnRole]:
    """Return the present workspace's own roles, by name."""
    query = sa.select(*ROLE_COLUMNS).where(WorkspaceRole.tenant_id == current_tenant_id())
    return [_own(*row) for row in db.session.execute(query.order_by(WorkspaceRole.name))]


def own_role(role_id: int) -> OwnRole:
    """Return one of the present workspace's own roles.

    Raises:
        NotFound: it has none of this number.
    """
    for role in own_roles():
        if role.id == role_id:
            return role
    raise NotFound


def all_roles() -> list[AnyRole]:
    return [*Role, *own_roles()]


def role_of(value: str) -> AnyRole:
    """Return the role that a word of a form stands for.

    Raises:
        NotFound: none of this workspace's.
    """
    for role in all_roles():
        if role.value == value:
            return role
    raise NotFound


def stored_role(role: AnyRole) -> dict[str, Any]:
    """Return the columns of a member or an invitation that say which role it has."""
    return {"role": None, "own_role_id": role.id} if isinstance(role, OwnRole) else {"role": role, "own_role_id": None}


def read_role(built_in: str | None, role_id: int | None, name: str, permissions: Iterable[str]) -> AnyRole:
    """Return the role of a row that holds a built-in one's word beside `ROLE_COLUMNS`, which may be empty."""
    return _own(role_id, name, permissions) if role_id is not None else Role(str(built_in))


def _own(role_id: int, name: str, permissions: Iterable[str]) -> OwnRole:
    """Rights that the service no longer knows are nobody's."""
    known = set(Permission)
    return OwnRole(role_id, name, frozenset(Permission(word) for word in permissions if word in known))


def with_role(query: sa.Select[Any], holder: type[Member] | type[Invitation]) -> sa.Select[Any]:
    """Let a query of members or invitations reach the columns of their own role."""
    same = sa.and_(WorkspaceRole.tenant_id == holder.tenant_id, WorkspaceRole.id == holder.own_role_id)
    return query.outerjoin(WorkspaceRole, same)
