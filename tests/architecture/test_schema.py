"""The wall between tenants is in the schema, and the migrations are the models."""

from __future__ import annotations

import os

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from app.core.db import Base, db, driver_url
from app.core.tenancy import control_plane, tenant_scope
from app.core.unit import unit_of_work
from app.schema import import_models
from tests.support import content, database
from tests.support.workspaces import Place

import_models()
TENANT_TABLES = sorted(t.name for t in Base.metadata.tables.values() if "tenant_id" in t.columns)


@pytest.fixture
def connection(database_url: str) -> sa.Connection:
    engine = sa.create_engine(driver_url(database_url))
    with engine.connect() as made:
        yield made
    engine.dispose()


def test_every_table_of_a_tenant_has_forced_row_level_security(connection: sa.Connection) -> None:
    walled = connection.execute(
        sa.text("""
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE a.attname = 'tenant_id' AND c.relkind IN ('r', 'p') AND NOT a.attisdropped
          AND c.relrowsecurity AND c.relforcerowsecurity
          AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)""")
    )
    assert sorted(row[0] for row in walled) == TENANT_TABLES
    assert len(TENANT_TABLES) > 15


def test_accounts_and_workspaces_are_walled_too(connection: sa.Connection) -> None:
    query = "SELECT count(*) FROM pg_class WHERE relname IN ('accounts', 'tenants') AND relforcerowsecurity"
    assert connection.scalar(sa.text(query)) == 2


def test_without_a_tenant_no_table_shows_a_row(workspace: Place) -> None:
    content.fill(workspace)
    with workspace.dispatcher.site.app_context(), unit_of_work():
        for table in [*TENANT_TABLES, "accounts", "tenants"]:
            assert db.session.scalar(sa.text(f"SELECT count(*) FROM {table}")) == 0, table
        with control_plane():
            assert db.session.scalar(sa.text("SELECT count(*) FROM deliveries")) > 0


def test_another_tenant_sees_no_row_of_any_table(workspace: Place, other_workspace: Place) -> None:
    content.fill(workspace)
    with other_workspace.inside(), tenant_scope(other_workspace.id):
        for table in TENANT_TABLES:
            query = sa.text(f"SELECT count(*) FROM {table} WHERE tenant_id = :other")
            assert db.session.scalar(query, {"other": workspace.id}) == 0, table


def test_the_migrations_make_what_the_models_say(connection: sa.Connection) -> None:
    context = MigrationContext.configure(connection)
    assert compare_metadata(context, Base.metadata) == []


def test_migrations_run_up_down_and_up_again(worker_name: str) -> None:
    url = database.recreate(os.environ["TEST_POSTGRES_URL"], f"updown_{worker_name}_{os.getpid()}")
    database.migrate(url)
    database.migrate(url, "base")
    engine = sa.create_engine(driver_url(url))
    with engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == ["alembic_version"]
    engine.dispose()
    database.migrate(url)
