"""A workspace's own roles. Nobody makes, changes or deletes one that has rights they do not have themselves."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.core.access import AnyRole, OwnRole, Permission
from app.core.db import db
from app.core.errors import N_, Conflict, Invalid
from app.core.tenancy import current_tenant_id
from app.tenants.models import Invitation, Member, WorkspaceRole
from app.tenants.plans import one_at_a_time
from app.tenants.queries import MemberView
from app.tenants.roles import own_role, own_roles, stored_role
from app.tenants.service.membership import check_rank

MOST_ROLES = 30


class RoleNameTaken(Conflict):
    about = "name"
    message = N_("Another role has this name already.")


class TooManyRoles(Conflict):
    message = N_("A workspace has at most %(most)d roles of its own. Delete one that nobody needs.")


class SameRole(Invalid):
    about = "role"
    message = N_("Choose another role than the one that is deleted.")


def make_role(name: str, permissions: Iterable[Permission], *, by: MemberView) -> int:
    """Make a role and return its number. Whatever it is for, it lets people see everything.

    Raises:
        Forbidden: it would have rights that its maker does not have.
        RoleNameTaken, TooManyRoles: as they say.
    """
    role = OwnRole(0, name, _with_view(permissions))
    check_rank(by, role)
    one_at_a_time("roles")
    if len(own_roles()) >= MOST_ROLES:
        raise TooManyRoles(most=MOST_ROLES)
    row = WorkspaceRole(tenant_id=current_tenant_id(), name=name, permissions=sorted(role.permissions))
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as error:
        raise RoleNameTaken from error
    return row.id


def change_role(role_id: int, *, name: str, permissions: Iterable[Permission], by: MemberView) -> None:
    """Rename a role or give it other rights, which are those of its members at once.

    Raises:
        NotFound: no such role here.
        Forbidden: it has, or would have, rights that the member does not have.
        RoleNameTaken: as it says.
    """
    role = OwnRole(role_id, name, _with_view(permissions))
    check_rank(by, own_role(role_id))
    check_rank(by, role)
    values = {"name": name, "permissions": sorted(role.permissions)}
    try:
        with db.session.begin_nested():
            db.session.execute(sa.update(WorkspaceRole).where(_this(role_id)).values(**values))
    except IntegrityError as error:
        raise RoleNameTaken from error


def _with_view(permissions: Iterable[Permission]) -> frozenset[Permission]:
    return frozenset({Permission.VIEW, *permissions})


def _this(role_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(WorkspaceRole.tenant_id == current_tenant_id(), WorkspaceRole.id == role_id)


def delete_role(role_id: int, *, instead: AnyRole, by: MemberView) -> None:
    """Delete a role; its members and whoever is invited to it have the other one from then on.

    Raises:
        NotFound: no such role here.
        Forbidden: either role has rights that the member does not have.
        SameRole: the role cannot stand in for itself.
    """
    role = own_role(role_id)
    check_rank(by, role)
    check_rank(by, instead)
    if instead == role:
        raise SameRole
    for holder in (Member, Invitation):
        held = sa.and_(holder.tenant_id == current_tenant_id(), holder.own_role_id == role_id)
        db.session.execute(sa.update(holder).where(held).values(**stored_role(instead)))
    db.session.execute(sa.delete(WorkspaceRole).where(_this(role_id)))
