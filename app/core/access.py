"""Who may do what: roles, permissions, and the one table that joins them. Guards stand at the blueprint's door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask_login import current_user

from app.core.errors import Forbidden

P = ParamSpec("P")
R = TypeVar("R")


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    SENDER = "sender"
    BILLING = "billing"
    ANALYST = "analyst"


class Permission(StrEnum):
    VIEW = "view"
    EDIT_LISTS = "edit_lists"
    WRITE = "write"
    SEND = "send"
    APPROVE = "approve"
    MANAGE_BILLING = "manage_billing"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_WORKSPACE = "manage_workspace"


ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.ADMIN: frozenset(Permission),
    Role.EDITOR: frozenset({Permission.VIEW, Permission.EDIT_LISTS, Permission.WRITE, Permission.SEND}),
    Role.SENDER: frozenset({Permission.VIEW, Permission.SEND, Permission.APPROVE}),
    Role.BILLING: frozenset({Permission.VIEW, Permission.MANAGE_BILLING}),
    Role.ANALYST: frozenset({Permission.VIEW}),
}


@dataclass(frozen=True, slots=True)
class OwnRole:
    """A role that a workspace has made for itself. `value` names it where built-in roles are named by theirs."""

    id: int
    name: str
    permissions: frozenset[Permission]

    @property
    def value(self) -> str:
        return f"own-{self.id}"


AnyRole = Role | OwnRole


class Guard(StrEnum):
    """What a blueprint asks of whoever knocks."""

    PUBLIC = "public"
    MEMBER = "member"
    OPERATOR = "operator"
    KEY = "key"


def permissions_of(role: AnyRole) -> frozenset[Permission]:
    return role.permissions if isinstance(role, OwnRole) else ROLE_PERMISSIONS[role]


def allowed(role: AnyRole, permission: Permission) -> bool:
    return permission in permissions_of(role)


def may_give(giver: AnyRole, role: AnyRole) -> bool:
    """Whether somebody of a role may give another, or take it: nobody gives rights that they do not have themselves,
    and only owners make owners."""
    if role is Role.OWNER:
        return giver is Role.OWNER
    return permissions_of(role) <= permissions_of(giver)


def require(permission: Permission) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a handler run only for members whose role has the permission; the others get 403."""

    def decorate(handler: Callable[P, R]) -> Callable[P, R]:
        @wraps(handler)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not allowed(current_member().role, permission):
                raise Forbidden
            return handler(*args, **kwargs)

        guarded.required_permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def current_member() -> Any:
    """Return the signed-in member (attributes: id, account_id, role, name, email).

    Raises:
        Forbidden: nobody is signed in.
    """
    if not current_user.is_authenticated:
        raise Forbidden
    return current_user
