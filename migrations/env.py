"""Runs the migrations on the database of the settings, or on the connection that the caller hands over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from app.core.db import Base, driver_url
from app.schema import import_models
from config.settings import Settings

import_models()


def run(connection: sa.Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, compare_server_default=False)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with sa.create_engine(driver_url(Settings.from_env().database_url)).connect() as own:
        run(own)
