"""The database: one engine and pool for all apps of a process, and the base of all models."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import sqlalchemy as sa
from flask import Flask, has_app_context
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column, registry

from app.core.actor import actor_setting
from app.core.tenancy import (
    TENANT_ROLE,
    current_identity,
    current_tenant_id,
    follow_identity,
    transaction_is_read_only,
)
from config.settings import Settings

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
TENANT_DEFAULT = sa.text("nullif(current_setting('app.tenant_id', true), '')::bigint")


class Base(DeclarativeBase):
    registry = registry(
        metadata=sa.MetaData(naming_convention=NAMING),
        type_annotation_map={datetime: sa.DateTime(timezone=True), int: sa.BigInteger(), str: sa.Text()},
    )


class Database(SQLAlchemy):
    """Flask-SQLAlchemy with engines that belong to the process, so that a copied app needs none of its own."""

    _process_engines: dict[str | None, sa.Engine] | None = None

    def connect(self, settings: Settings) -> None:
        """Make the process's engine; a second call with an engine in place changes nothing."""
        if self._process_engines is None:
            self._process_engines = {None: make_engine(settings)}

    def disconnect(self) -> None:
        """Close all connections and forget the engine (after a fork, at the end of a test run)."""
        if self._process_engines is not None:
            self._process_engines[None].dispose()
            self._process_engines = None

    def leave_connections(self) -> None:
        """Forget connections that belong to a parent process, without closing them."""
        if self._process_engines is not None:
            self._process_engines[None].dispose(close=False)

    def init_app(self, app: Flask) -> None:
        app.extensions["sqlalchemy"] = self
        app.teardown_appcontext(self._teardown_session)

    @property
    def engines(self) -> dict[str | None, sa.Engine]:
        if self._process_engines is None:
            raise RuntimeError("db.connect(settings) was not called in this process")
        return self._process_engines


def make_engine(settings: Settings) -> sa.Engine:
    """Return an engine on psycopg 3 with a bounded pool (`db_pool_size` connections, waiting at most 10 s for one)."""
    return sa.create_engine(
        driver_url(settings.database_url),
        pool_size=settings.db_pool_size,
        max_overflow=settings.db_pool_size,
        pool_timeout=10,
        pool_pre_ping=True,
        pool_recycle=1800,
        json_deserializer=msgspec.json.decode,
    )


def driver_url(url: str) -> str:
    """Return `url` naming the psycopg 3 driver, whatever spelling of the scheme it came with."""
    _, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}"


db = Database(model_class=Base, disable_autonaming=True)
# Connections are not inherited: whoever forks (gunicorn, RQ) gives its children an empty pool.
os.register_at_fork(after_in_child=db.leave_connections)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model
R = TypeVar("R")


def asked_once(query: Callable[[], R]) -> Callable[[], R]:
    """Have a query asked once in a request that only reads: a page has many parts that want the same of it."""

    @wraps(query)
    def asked() -> R:
        if not transaction_is_read_only():
            return query()
        kept = db.session.info.setdefault(asked_once, {})
        place = (query, current_tenant_id())
        if place not in kept:
            kept[place] = query()
        answer: R = kept[place]
        return answer

    return asked


class TenantModel:
    """Mixin of every table that belongs to a tenant: the composite key starts with the tenant."""

    @declared_attr
    def tenant_id(cls) -> Mapped[int]:
        return mapped_column(
            sa.BigInteger,
            sa.ForeignKey("tenants.id", ondelete="CASCADE"),
            primary_key=True,
            default=current_tenant_id,
            server_default=TENANT_DEFAULT,
            sort_order=-2,
        )


class BulkTenantModel:
    """Mixin of a table that takes millions of rows at once. It names its tenant like any other, but without a foreign
    key to `tenants`, which would be asked for every row; a key to what it belongs to, or a trigger, cleans up after it.
    """

    @declared_attr
    def tenant_id(cls) -> Mapped[int]:
        return mapped_column(
            sa.BigInteger, primary_key=True, default=current_tenant_id, server_default=TENANT_DEFAULT, sort_order=-2
        )


class NumberedTenantModel(TenantModel):
    """A tenant's table whose rows are counted by an identity column."""

    @declared_attr
    def id(cls) -> Mapped[int]:
        return mapped_column(sa.BigInteger, sa.Identity(), primary_key=True, sort_order=-1)


_SETTINGS = sa.text(
    "SELECT set_config('role', :role, true), set_config('app.tenant_id', :tenant, true),"
    " set_config('transaction_read_only', :read_only, true), set_config('app.actor', :actor, true)"
)


def _open_as_identity(connection: sa.Connection) -> None:
    identity = current_identity()
    connection.execute(
        _SETTINGS,
        {
            "role": "none" if identity.owner else TENANT_ROLE,
            "tenant": "" if identity.tenant_id is None else str(identity.tenant_id),
            "read_only": "on" if transaction_is_read_only() else "off",
            "actor": actor_setting(),
        },
    )


@event.listens_for(Session, "after_begin")
def _after_begin(_session: Session, transaction: Any, connection: sa.Connection) -> None:
    if not transaction.nested:
        _open_as_identity(connection)


@follow_identity
def adopt_identity() -> None:
    """Make an open transaction follow a change of identity; objects loaded before are written out first."""
    if not _process_is_ready() or not db.session.registry.has() or not db.session().in_transaction():
        return
    with db.session.no_autoflush:
        _open_as_identity(db.session.connection())


def _process_is_ready() -> bool:
    return has_app_context() and db._process_engines is not None
