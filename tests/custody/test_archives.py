"""Taking along all that a workspace holds."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from zipfile import ZipFile

import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import clock
from app.core.access import Role
from app.core.db import Base, db
from app.core.notices import Notice
from app.core.unit import unit_of_work
from app.custody import queries, service, zipping
from app.custody.models import Archive, ArchiveChunk
from app.media.files import add_file
from app.media.store import store
from app.tenants.models import Member
from tests.support.content import fill
from tests.support.workspaces import Place


def packed(place: Place) -> ZipFile:
    """Pack a workspace as the job does, and open what its owner downloads."""
    with place.inside():
        number = service.begin_archive(place.member_id, now=clock.now())
    with place.app.app_context():
        service.write_archive(number, unit_of_work, now=clock.now)
    answer = place.client().get(f"/settings/data/archives/{number}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].endswith('.zip"')
    return ZipFile(io.BytesIO(answer.data))


def rows(file: ZipFile, table: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read(f"tables/{table}.jsonl").splitlines()]


def test_everything_of_the_workspace_and_nothing_of_another_is_in_it(workspace: Place, other_workspace: Place) -> None:
    fill(workspace)
    fill(other_workspace)
    file = packed(workspace)
    assert [row["address"] for row in rows(file, "contacts")] == ["Reader@example.com"]
    assert [row["email"] for row in rows(file, "accounts")] == [workspace.email]
    assert [row["name"] for row in rows(file, "workspace")] == [workspace.workspace.name]
    assert len(rows(file, "deliveries")) == 1
    whole = b"".join(file.read(name) for name in file.namelist())
    assert other_workspace.email.encode() not in whole
    assert other_workspace.slug.encode() not in whole


def test_every_table_of_a_workspace_is_in_it_or_named_as_left_out(workspace: Place) -> None:
    names = {name.removeprefix("tables/").removesuffix(".jsonl") for name in packed(workspace).namelist()}
    tables = {table.name for table in Base.metadata.tables.values() if "tenant_id" in table.columns}
    assert tables - names == zipping.NOT_TABLES
    assert names - tables == {"README.txt", "workspace", "accounts"}


def test_pictures_and_files_are_in_it(workspace: Place) -> None:
    ids = fill(workspace)
    with workspace.inside():
        store().put(str(ids["name"]), b"\x89PNG", "image/png")
        file = add_file(b"%PDF-1.7", title="a.pdf").name
    archive = packed(workspace)
    assert archive.read(f"pictures/{ids['name']}") == b"\x89PNG"
    assert archive.read(f"files/{file}") == b"%PDF-1.7"
    assert file in {row["name"] for row in rows(archive, "files")}


def test_no_secret_is_in_it(workspace: Place) -> None:
    fill(workspace)
    file = packed(workspace)
    assert "password_hash" not in rows(file, "accounts")[0]
    assert "password" not in rows(file, "database_connections")[0]
    assert {"locked"}.isdisjoint(rows(file, "domain_keys")[0])


def test_whoever_asked_gets_a_mail_and_the_page_shows_the_file(
    workspace: Place, client: FlaskClient, run_tasks: Callable[[], None]
) -> None:
    assert client.post("/settings/data/archives").status_code == 303
    run_tasks()
    with workspace.inside():
        subjects = db.session.scalars(sa.select(Notice.subject).where(Notice.address == workspace.email))
        assert "Your data is ready" in list(subjects)
    assert "Download" in client.get("/settings/data").text


def test_one_at_a_time(workspace: Place, client: FlaskClient) -> None:
    assert client.post("/settings/data/archives").status_code == 303
    assert client.post("/settings/data/archives").status_code == 409
    with workspace.inside():
        db.session.execute(sa.update(Archive).values(created_at=clock.now() - timedelta(hours=7)))
    assert client.post("/settings/data/archives").status_code == 303, "a job that died keeps nobody waiting for ever"


def test_a_job_that_runs_again_writes_one_file(workspace: Place) -> None:
    with workspace.inside():
        number = service.begin_archive(workspace.member_id, now=clock.now())
        db.session.add(ArchiveChunk(archive_id=number, number=0, content=b"half of a file"))
    for _ in range(2):
        with workspace.app.app_context():
            service.write_archive(number, unit_of_work, now=clock.now)
    with workspace.inside():
        assert b"".join(queries.content(number, now=clock.now())).startswith(b"PK")


def test_after_a_week_it_is_gone(workspace: Place, client: FlaskClient) -> None:
    packed(workspace)
    with workspace.inside():
        number = queries.archives(clock.now())[0].id
        service.drop_expired(clock.now() + timedelta(days=8))
    assert client.get(f"/settings/data/archives/{number}").status_code == 404
    with workspace.inside():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(ArchiveChunk)) == 0


def test_nobody_else_gets_it(workspace: Place, other_client: FlaskClient, anonymous: FlaskClient) -> None:
    packed(workspace)
    with workspace.inside():
        number = queries.archives(clock.now())[0].id
    assert other_client.get(f"/settings/data/archives/{number}").status_code == 404
    assert anonymous.get(f"/settings/data/archives/{number}").status_code == 302
    with workspace.inside():
        db.session.get_one(Member, (workspace.id, workspace.member_id)).role = Role.ADMIN
    admin = workspace.client()
    assert admin.get(f"/settings/data/archives/{number}").status_code == 403
    assert admin.post("/settings/data/archives").status_code == 403
    assert admin.get("/settings/data").status_code == 200


def test_an_operator_who_looks_around_does_not_take_it_along(workspace: Place, operator: FlaskClient) -> None:
    from tests.operator.test_visits import allow, visit

    packed(workspace)
    with workspace.inside():
        number = queries.archives(clock.now())[0].id
    allow(workspace)
    assert visit(operator, workspace).get(f"/settings/data/archives/{number}").status_code == 403
