"""The operator's orders to the MTA: tenants stopped, destinations suspended, what is logged, what is tried at once.

What stands is a row here, since PostgreSQL is the truth. The scheduler hears of it by NOTIFY when it is committed,
carries it to the MTA, and says it again now and then, so that a Redis which forgot everything learns it anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
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
EVERYBODY = "*"
LOGGED_FOR = timedelta(hours=1)


class Kind(StrEnum):
    """Whom an order is about. A tenant is named by its number, a destination as the MTA calls it.

    `log`: that each attempt of a tenant, or of everybody, gets a line in the MTA's log.
    """

    TENANT = "tenant"
    DESTINATION = "destination"
    LOG = "log"


class NoDestination(Invalid):
    message = N_("This is no destination.")


@dataclass(frozen=True, slots=True)
class Standing:
    """All that stands, with the reasons; of logs with their ends."""

    stopped: dict[int, str]
    suspended: dict[str, str]
    logged: dict[str, datetime]


def standing() -> Standing:
    """Return all orders that stand. Control plane."""
    with control_plane():
        rows = db.session.scalars(sa.select(MailOrder).where(~_ended())).all()
    return Standing(
        stopped={int(row.name): row.reason for row in rows if row.kind == Kind.TENANT},
        suspended={row.name: row.reason for row in rows if row.kind == Kind.DESTINATION},
        logged={row.name: row.ends_at for row in rows if row.kind == Kind.LOG and row.ends_at},
    )


def _ended() -> sa.ColumnElement[bool]:
    return sa.func.coalesce(MailOrder.ends_at <= sa.func.now(), sa.false())


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


def log_attempts(tenant_id: int | None, *, reason: str, now: datetime) -> datetime:
    """Have the MTA log each attempt of a workspace, or of everybody, for an hour from now; return its end.

    Raises:
        NotFound: there is no such workspace.
    """
    if tenant_id is not None:
        _must_exist(tenant_id)
    _order(Kind.LOG, _whose(tenant_id), reason, ends_at=now + LOGGED_FOR)
    return now + LOGGED_FOR


def stop_logging(tenant_id: int | None) -> None:
    _withdraw(Kind.LOG, _whose(tenant_id))


def _whose(tenant_id: int | None) -> str:
    return EVERYBODY if tenant_id is None else str(tenant_id)


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


def _order(kind: Kind, name: str, reason: str, *, ends_at: datetime | None = None) -> None:
    said = {"reason": reason, "ends_at": ends_at}
    fresh = insert(MailOrder).values(kind=kind, name=name, **said)
    with control_plane():
        db.session.execute(sa.delete(MailOrder).where(_ended()))
        db.session.execute(fresh.on_conflict_do_update(index_elements=["kind", "name"], set_=said))
    _tell(STANDING)


def _withdraw(kind: Kind, name: str) -> None:
    with control_plane():
        db.session.execute(sa.delete(MailOrder).where(MailOrder.kind == kind, MailOrder.name == name))
    _tell(STANDING)


def _tell(word: str) -> None:
    db.session.execute(sa.select(sa.func.pg_notify(CHANNEL, word)))
