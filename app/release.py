"""`python -m app.release`: what must be true before a version serves. Checks the servers, then migrates.

With `--demo` the demonstration workspace is made where it is missing; with `--demo-reset` it is made anew,
and with `--year` a whole year of it.
"""

from __future__ import annotations

import sys

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError

from app.core.db import driver_url
from config.settings import ROOT, Settings, SettingsError

MIGRATION_LOCK = 7_205_760


class NotReady(Exception):
    """The service cannot run like this; the message says what to change."""


def main(argv: list[str]) -> int:
    try:
        settings = Settings.from_env()
        check_redis(settings.redis_url)
        migrate(settings.database_url)
        if not keys_are_there(settings.database_url):
            make_keys(settings)
    except (NotReady, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1
    if "--year" in argv:
        from app.demo.year import seed_year

        seed_year(settings)
    elif "--demo" in argv or "--demo-reset" in argv:
        from app.demo import seed

        seed(settings, anew="--demo-reset" in argv)
    return 0


def check_redis(url: str) -> None:
    """Refuse a Redis that may throw keys away: it would lose jobs.

    Raises:
        NotReady: it does not answer, or has an `allkeys-*` or `volatile-*` eviction policy.
    """
    try:
        policy = Redis.from_url(url).config_get("maxmemory-policy")["maxmemory-policy"]
    except RedisError as error:
        raise NotReady(f"Redis does not answer at the address in REDIS_URL: {error}") from error
    if policy != "noeviction":
        raise NotReady(f"Redis has maxmemory-policy {policy}, which loses jobs: set it to noeviction.")


def migrate(url: str) -> None:
    """Bring the schema to the newest version; several callers take turns.

    Raises:
        NotReady: PostgreSQL does not answer, or its role can neither pass row-level security nor is allowed to.
    """
    engine = sa.create_engine(driver_url(url))
    try:
        with engine.connect() as connection:
            _check_role(connection)
            connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
            config = Config(str(ROOT / "migrations" / "alembic.ini"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    except OperationalError as error:
        raise NotReady(f"PostgreSQL does not answer at the address in DATABASE_URL: {error.orig}") from error
    finally:
        engine.dispose()


def keys_are_there(url: str) -> bool:
    """Tell whether the service has keys to sign its own mail with. Asked apart: making them loads the whole app."""
    engine = sa.create_engine(driver_url(url))
    with engine.connect() as connection:
        there = connection.scalar(sa.text("SELECT EXISTS (SELECT FROM service_keys)"))
    engine.dispose()
    return bool(there)


def make_keys(settings: Settings) -> None:
    """Make the keys that the service's own mail is signed with."""
    from app.core.unit import unit_of_work
    from app.domains.service import make_service_keys
    from app.factory import create_site_app

    with create_site_app(settings).app_context(), unit_of_work():
        make_service_keys()


def _check_role(connection: sa.Connection) -> None:
    row = connection.execute(
        sa.text("SELECT rolname, rolsuper OR rolbypassrls, rolsuper OR rolcreaterole FROM pg_roles"
                " WHERE rolname = current_user")
    ).one()  # fmt: skip
    if not (row[1] and row[2]):
        raise NotReady(f"The PostgreSQL role {row[0]} may not do enough: ALTER ROLE {row[0]} BYPASSRLS CREATEROLE;")
    connection.rollback()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
