"""A migrated template database, cloned for each test process."""

from __future__ import annotations

import os
from urllib.parse import urlsplit, urlunsplit

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from app.core.db import driver_url
from config.settings import ROOT

TEMPLATE = "messagepark_template"


def with_database(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))


def migrate(url: str, revision: str = "head") -> None:
    engine = sa.create_engine(driver_url(url))
    config = Config(str(ROOT / "migrations" / "alembic.ini"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if revision == "base" else command.upgrade)(config, revision)
        connection.commit()
    engine.dispose()


def recreate(server_url: str, name: str, template: str | None = None) -> str:
    """Make an empty or cloned database on the server, and return its address."""
    engine = sa.create_engine(driver_url(with_database(server_url, "postgres")), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        clause = f'TEMPLATE "{template}"' if template else ""
        connection.execute(sa.text(f'CREATE DATABASE "{name}" {clause}'))
    engine.dispose()
    return with_database(server_url, name)


def make_template(server_url: str) -> None:
    migrate(recreate(server_url, TEMPLATE))


def clone(server_url: str, worker: str) -> str:
    return recreate(server_url, f"test_{worker}_{os.getpid()}", TEMPLATE)
