"""Connections that a workspace keeps: made, changed, deleted; the password goes in and never comes out on a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.core import crypto
from app.core.db import db
from app.core.errors import NotFound
from app.core.tenancy import current_tenant_id
from app.lists.databases import browsing
from app.lists.databases.drivers import Target
from app.lists.models import DatabaseConnection
from app.lists.states import DatabaseKind, Encryption
from app.tenants.plans import Feature
from app.tenants.queries import current_workspace

__all__ = ["DatabaseConnection"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a member types about a database; without a password, the present one stays."""

    title: str
    kind: DatabaseKind
    host: str
    port: int
    database: str
    user: str
    password: str
    encryption: Encryption


def connections() -> list[DatabaseConnection]:
    """Return the workspace's connections by title."""
    query = sa.select(DatabaseConnection).where(_mine()).order_by(DatabaseConnection.title, DatabaseConnection.id)
    return list(db.session.scalars(query))


def connection(connection_id: int) -> DatabaseConnection | None:
    return db.session.scalar(sa.select(DatabaseConnection).where(_mine(), DatabaseConnection.id == connection_id))


def _mine() -> sa.ColumnElement[bool]:
    mine: Any = DatabaseConnection.tenant_id == current_tenant_id()
    return mine  # type: ignore[no-any-return]


def keep(wanted: Wanted, kept: DatabaseConnection | None = None) -> DatabaseConnection:
    """Try a connection, and keep it if it can be entered.

    Raises:
        Invalid: it cannot be entered; the message says why, and nothing is changed.
        NotInPlan: the workspace's plan does not read from databases.
    """
    current_workspace().plan.must_have(Feature.DATABASES)
    password = wanted.password or (_password(kept) if kept else "")
    browsing.check(Target(
        wanted.kind, wanted.host, wanted.port, wanted.database, wanted.user, password, wanted.encryption
    ))  # fmt: skip
    entry = kept or DatabaseConnection()
    entry.title, entry.kind, entry.host, entry.port = wanted.title, wanted.kind, wanted.host, wanted.port
    entry.database, entry.user_name, entry.encryption = wanted.database, wanted.user, wanted.encryption
    entry.password = crypto.seal(password, purpose=_purpose())
    db.session.add(entry)
    db.session.flush()
    return entry


def _purpose() -> str:
    """A sealed password is bound to its workspace: copied into another's row, it does not open."""
    return f"database password of {current_tenant_id()}"


def _password(entry: DatabaseConnection) -> str:
    return crypto.unseal(entry.password, purpose=_purpose())


def delete(entry: DatabaseConnection) -> None:
    """Forget a connection, and the standing orders that use it. Who came through it stays."""
    db.session.delete(entry)
    db.session.flush()


def target_of(entry: DatabaseConnection) -> Target:
    """Return where and as whom to enter, the password with it."""
    return Target(
        DatabaseKind(entry.kind), entry.host, entry.port, entry.database, entry.user_name, _password(entry),
        Encryption(entry.encryption),
    )  # fmt: skip


def target(connection_id: int | None) -> Target:
    """Return the target of a connection.

    Raises:
        NotFound: it was deleted.
    """
    entry = connection(connection_id) if connection_id else None
    if entry is None:
        raise NotFound
    return target_of(entry)
