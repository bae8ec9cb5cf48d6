"""What is in the ZIP: a file of JSON lines for each table, the pictures and files, and a page that says what is what.

Left out is what is no data of the workspace's own: secrets (passwords, keys: all binary columns, and those named here),
the service's mail, copies made for speed, and files that are themselves exports.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import msgspec
import sqlalchemy as sa

from app.core.db import Base, db
from app.core.tenancy import current_tenant_id
from app.media import queries as media
from app.media.store import store
from app.tenants.queries import Workspace

NOT_TABLES = frozenset(
    {"archives", "archive_chunks", "contact_blocks", "export_chunks", "import_chunks", "notices", "thumbnails"}
)
SECRET_COLUMNS = frozenset({"password", "password_hash", "secret", "hash", "token_hash", "recovery"})
ACCOUNT_COLUMNS = ("id", "email", "name", "locale", "verified_at", "created_at")
PAGE = 2000
README = """\
{name}
{line}

messagepark 워크스페이스의 모든 데이터입니다.
- tables/ : 표마다 파일 하나, 한 줄에 한 행(JSON). 시각은 UTC입니다.
- pictures/ : 올린 그림. 이름은 tables/pictures.jsonl에 있습니다.
- files/ : 메일에 첨부한 파일. 이름은 tables/files.jsonl에 있습니다.
비밀번호와 비밀 키는 들어 있지 않습니다.

All data of this messagepark workspace.
- tables/ : a file for each table, a row a line (JSON). Times are in UTC.
- pictures/ : uploaded pictures. Their names are in tables/pictures.jsonl.
- files/ : files that go with mails. Their names are in tables/files.jsonl.
Passwords and private keys are not included.
"""


@dataclass(slots=True)
class Packed:
    """How much went in."""

    rows: int = 0
    files: int = 0


def pack(path: Path, workspace: Workspace) -> Packed:
    """Write the ZIP of the present workspace to a file. Memory is bounded by a page of rows and a picture."""
    packed = Packed()
    with ZipFile(path, "w", ZIP_DEFLATED) as into:
        into.writestr("README.txt", README.format(name=workspace.name, line="=" * len(workspace.name)))
        for name, query in _queries():
            with into.open(f"tables/{name}.jsonl", "w", force_zip64=True) as file:
                for line in _lines(query):
                    file.write(line)
                    packed.rows += 1
        files = [(f"files/{each.name}", each.name) for each in media.all_files()]
        for place, name in [*((f"pictures/{name}", name) for name in media.names()), *files]:
            content = store().get(name)
            if content is not None:
                into.writestr(place, content, ZIP_STORED)
                packed.files += 1
    return packed


def _queries() -> Iterator[tuple[str, sa.Select[Any]]]:
    """Yield name and query of everything; row-level security keeps each to the present workspace as well."""
    tables = Base.metadata.tables
    mine = current_tenant_id()
    yield "workspace", sa.select(*_open(tables["tenants"])).where(tables["tenants"].c.id == mine)
    accounts, members = tables["accounts"], tables["members"]
    people = sa.select(members.c.account_id).where(members.c.tenant_id == mine)
    yield "accounts", sa.select(*(accounts.c[name] for name in ACCOUNT_COLUMNS)).where(accounts.c.id.in_(people))
    for table in Base.metadata.sorted_tables:
        if "tenant_id" in table.columns and table.name not in NOT_TABLES:
            yield table.name, sa.select(*_open(table)).where(table.c.tenant_id == mine)


def _open(table: sa.Table) -> Iterable[sa.Column[Any]]:
    """Return the columns that hold no secret."""
    return [
        column
        for column in table.columns
        if not isinstance(column.type, sa.LargeBinary) and column.name not in {*SECRET_COLUMNS, "tenant_id"}
    ]


def _lines(query: sa.Select[Any]) -> Iterator[bytes]:
    rows = db.session.execute(query.execution_options(yield_per=PAGE)).mappings()
    for row in rows:
        yield msgspec.json.encode(dict(row), enc_hook=str) + b"\n"
