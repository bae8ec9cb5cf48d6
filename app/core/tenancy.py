"""Whose data a transaction may see.

Every transaction runs as the role `messagepark_tenant` with `app.tenant_id` set, and row-level security does the rest:
without a tenant it sees nothing. Only `control_plane()` runs as the owner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from flask import current_app, has_app_context, has_request_context, request

TENANT_ROLE = "messagepark_tenant"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Identity:
    """On whose behalf the database is asked. `owner` passes row-level security."""

    tenant_id: int | None
    owner: bool = False


_override: ContextVar[Identity | None] = ContextVar("identity", default=None)
_followers: list[Callable[[], None]] = []


def follow_identity(follower: Callable[[], None]) -> Callable[[], None]:
    """Have `follower` called after each change of identity (the database layer adapts its open transaction)."""
    _followers.append(follower)
    return follower


def current_identity() -> Identity:
    """Return the identity in force: a scope's, else the tenant of the Flask app in context, else nobody."""
    scoped = _override.get()
    if scoped is not None:
        return scoped
    tenant_id = current_app.config.get("TENANT_ID") if has_app_context() else None
    return Identity(tenant_id)


def current_tenant_id() -> int | None:
    return current_identity().tenant_id


def transaction_is_read_only() -> bool:
    """A GET never changes anything (RFC 9110, 9.2.1): its transaction is opened READ ONLY."""
    return has_request_context() and request.method in SAFE_METHODS


@contextmanager
def tenant_scope(tenant_id: int | None) -> Iterator[None]:
    """Run the block as this tenant; `None` sees nothing."""
    with _identity(Identity(tenant_id)):
        yield


@contextmanager
def control_plane() -> Iterator[None]:
    """Run the block as the owner, across tenants. For sign-up, billing, operator and scheduler functions only."""
    with _identity(Identity(current_tenant_id(), owner=True)):
        yield


@contextmanager
def _identity(identity: Identity) -> Iterator[None]:
    token = _override.set(identity)
    try:
        tell_followers()
        yield
    except BaseException:
        _override.reset(token)
        raise
    _override.reset(token)
    tell_followers()


def tell_followers() -> None:
    """Have the open transaction follow what has changed about who asks."""
    for follower in _followers:
        follower()
