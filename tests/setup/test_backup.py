"""The restore drill: what deploy/backup keeps, deploy/restore brings back whole, and never over something."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import psycopg
import pytest

from config import postgres_server
from config.settings import ROOT
from tests.support import database
from tests.support.content import fill
from tests.support.workspaces import Place


def tool(name: str, *arguments: object, url: str, var: Path) -> subprocess.CompletedProcess[str]:
    env = {
        "PATH": f"{postgres_server.programs()}:{os.environ['PATH']}", "DATABASE_URL": url, "MESSAGEPARK_VAR": str(var),
    }  # fmt: skip
    command = [ROOT / "deploy" / name, *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def digest(url: str) -> dict[str, str]:
    """A fingerprint of every row of every table."""
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        query = "SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {} t"
        return {name: connection.execute(query.format(name)).fetchone()[0] for (name,) in tables}  # type: ignore[arg-type,index]


@pytest.fixture
def kept(workspace: Place, tmp_path: Path, database_url: str) -> Path:
    """An archive of a workspace with one of everything, and a picture."""
    fill(workspace)
    var = tmp_path / "var"
    (var / "media").mkdir(parents=True)
    (var / "media" / "sun.png").write_bytes(b"PNG")
    said = tool("backup", tmp_path / "kept", url=database_url, var=var)
    assert said.returncode == 0, said.stderr
    return Path(said.stdout.strip())


def test_a_backup_comes_back_whole(kept: Path, tmp_path: Path, database_url: str, worker_name: str) -> None:
    fresh = database.recreate(os.environ["TEST_POSTGRES_URL"], f"restored_{worker_name}_{os.getpid()}")
    var = tmp_path / "restored"
    said = tool("restore", kept, url=fresh, var=var)
    assert said.returncode == 0, said.stderr
    assert digest(fresh) == digest(database_url)
    assert (var / "media" / "sun.png").read_bytes() == b"PNG"


def test_nothing_is_restored_over_something(kept: Path, tmp_path: Path, database_url: str) -> None:
    before = digest(database_url)
    said = tool("restore", kept, url=database_url, var=tmp_path / "elsewhere")
    assert said.returncode == 1
    assert "nothing was touched" in said.stderr
    assert digest(database_url) == before


def test_only_who_kept_it_may_read_an_archive(kept: Path) -> None:
    assert kept.stat().st_mode & 0o077 == 0
