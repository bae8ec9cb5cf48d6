"""One import in one process of the product, as its jobs do it: ``python -m bench.bring_in people.csv``.

Prints ``{"begin_s": …, "read_s": …, "merge_s": …, "added": …, "peak_rss_mb": …}``; with ``--copy`` the same rows go
into a plain table by COPY, without a check, a key or a counter: ``{"copy_s": …}``.
"""

from __future__ import annotations

import argparse
import json
import resource
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from app.core import clock
from app.core.db import db
from app.core.tenancy import control_plane, tenant_scope
from app.core.unit import unit_of_work
from app.factory import create_site_app
from app.lists import jobs, service
from app.lists.importer import imports
from app.lists.importer import queries as staged
from app.lists.importer.chunks import PIECE
from app.lists.importer.imports import Handed
from app.lists.states import ImportPolicy, ImportSource, ImportState
from app.tenants.models import Tenant, TenantState
from config.settings import Settings


def new_list() -> tuple[int, int]:
    """Make a workspace with an empty list; return (tenant, list)."""
    slug = f"bench-{secrets.token_hex(4)}"
    with control_plane(), unit_of_work():
        tenant = Tenant(
            slug=slug, name="Bench", locale="en", timezone="UTC", state=TenantState.ACTIVE, plan_code="newspaper"
        )
        db.session.add(tenant)
        db.session.flush()
        tenant_id = tenant.id
    with tenant_scope(tenant_id), unit_of_work():
        return tenant_id, service.create_list("bench", title="Bench").id


def pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def bring_in(path: Path) -> dict[str, float]:
    tenant_id, list_id = new_list()
    with tenant_scope(tenant_id):
        started = time.perf_counter()
        with unit_of_work():
            import_id = imports.begin(Handed(list_id, ImportSource.FILE, pieces(path), None, path.name)).id
        begun = time.perf_counter()
        jobs.read_import(import_id)
        with unit_of_work():
            entry = staged.entry(import_id)
            assert entry is not None
            assert entry.state == ImportState.PREVIEWED, entry.problem
            imports.run(entry, consent="bench", policy=ImportPolicy.UPDATE, now=clock.now())
        read = time.perf_counter()
        jobs.run_import(import_id)
        merged = time.perf_counter()
        with unit_of_work():
            added = service.queries.contact_list(list_id).subscribed  # type: ignore[union-attr]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    steps = {"begin_s": begun - started, "read_s": read - begun, "merge_s": merged - read}
    return {**steps, "added": added, "peak_rss_mb": peak}


def copy(path: Path) -> dict[str, float]:
    """The limit: PostgreSQL takes the file itself."""
    with control_plane(), unit_of_work():
        connection = db.session.connection()
        connection.execute(sa.text("CREATE TABLE plain (name text, email text, phone text, town text)"))
        driver = connection.connection.driver_connection
        started = time.perf_counter()
        with driver.cursor() as cursor, cursor.copy("COPY plain FROM STDIN WITH (FORMAT csv, HEADER)") as copying:  # type: ignore[union-attr]
            for piece in pieces(path):
                copying.write(piece)
        taken = time.perf_counter() - started
        connection.execute(sa.text("DROP TABLE plain"))
    return {"copy_s": taken}


def main() -> None:
    parser = argparse.ArgumentParser(description="One import in one process of the product.")
    parser.add_argument("path", type=Path)
    parser.add_argument("--copy", action="store_true")
    options = parser.parse_args()
    with create_site_app(Settings.from_env()).app_context():
        print(json.dumps(copy(options.path) if options.copy else bring_in(options.path)))


if __name__ == "__main__":
    main()
