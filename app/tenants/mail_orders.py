"""The operator's orders to the MTA: tenants that are stopped, destinations that are suspended, what is tried at once.

What stands is a row here, since PostgreSQL is the truth. The scheduler hears of it by NOTIFY when it is committed,
carries it to the MTA, and says it again now and then, so that a Redis which forgot everything learns it anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.core.errors import N_, Invalid, NotFound
from app.core.tenancy import control_plane
from app.tenants.models import MailOrder, Tenant

CHANNEL = "mail_orders"
STANDING = "standing"
LONGEST = 300


class Kind(StrEnum):
    """Whom an order is about. A tenant is named by its number, a destination as the MTA calls it."""

    TENANT = "tenant"
    DESTINATION = "destination"


class NoDestination(Invalid):
    message = N_("This is no destination.")


@dataclass(frozen=True, slots=True)
class Standing:
    """All that stands, with the reasons."""

    stopped: dict[int, str]
    suspended: dict[str, str]


def standing() -> Standing:
    """Return all orders that stand. Control plane."""
    with control_plane():
        rows = db.session.execute(sa.select(MailOrder.kind, MailOrder.name, MailOrder.reason)).all()
    return Standing(
        stopped={int(name): reason for kind, name, reason in rows if kind == Kind.TENANT},
        suspended={name: reason for kind, name, reason in rows if kind == Kind.DESTINATION},
    )


def stop_tenant(tenant_id: int, *, reason: str) -> None:
    """Let no mail of a workspace leave. What is queued is kept, and what it sends meanwhile waits as well.

    Raises:
        NotFound: there is no such workspace.
    """
    _must_exist(tenant_id)
    _order(Kind.TENANT, str(tenant_id), reason)


def release_tenant(tenant_id: int) -> None:
    _withdraw(Kind.TENANT, str(tenant_id))


def suspend_destination(key: str, *, reason: str) -> None:
    """Send nothing to a destination; what is for it waits without counting attempts.

    Raises:
        NoDestination: it has no name, or one that is too long to be one.
    """
    _order(Kind.DESTINATION, _checked(key), reason)


def resume_destination(key: str) -> None:
    _withdraw(Kind.DESTINATION, _checked(key))


def flush_tenant(tenant_id: int) -> None:
    """Try now what is deferred of a workspace. Raises NotFound as `stop_tenant`."""
    _must_exist(tenant_id)
    _tell(f"{Kind.TENANT}:{tenant_id}")


def flush_destination(key: str) -> None:
    """Try now what is deferred at a destination. Raises NoDestination as `suspend_destination`."""
    _tell(f"{Kind.DESTINATION}:{_checked(key)}")


def _must_exist(tenant_id: int) -> None:
    with control_plane():
        if db.session.get(Tenant, tenant_id) is None:
            raise NotFound


def _checked(key: str) -> str:
    if not key.strip() or len(key) > LONGEST:
        raise NoDestination
    return key


def _order(kind: Kind, name: str, reason: str) -> None:
    fresh = insert(MailOrder).values(kind=kind, name=name, reason=reason)
    with control_plane():
        db.session.execute(fresh.on_conflict_do_update(index_elements=["kind", "name"], set_={"reason": reason}))
    _tell(STANDING)


def _withdraw(kind: Kind, name: str) -> None:
    with control_plane():
        db.session.execute(sa.delete(MailOrder).where(MailOrder.kind == kind, MailOrder.name == name))
    _tell(STANDING)


def _tell(word: str) -> None:
    db.session.execute(sa.select(sa.func.pg_notify(CHANNEL, word)))
