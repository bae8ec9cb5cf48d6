"""A real MariaDB for the tests that need one: programs of the machine, data in a folder of its own, loopback only."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pymysql
import pytest

from config.child import die_with_parent, free_port, stop

PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin"
SETUP = """
CREATE USER reader@'%' IDENTIFIED BY 'secret';
CREATE USER writer@'%' IDENTIFIED BY 'secret';
CREATE DATABASE shop CHARACTER SET utf8mb4;
GRANT SELECT ON shop.* TO reader@'%';
GRANT ALL ON shop.* TO writer@'%';
"""


@dataclass(frozen=True)
class MariaDB:
    """A running server with the empty database `shop`, a `reader` and a `writer`, both with the password `secret`."""

    port: int

    def connect(self) -> pymysql.Connection:  # type: ignore[type-arg]
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user="writer", password="secret", database="shop", autocommit=True,
            ssl_disabled=True,
        )  # fmt: skip

    def run(self, *statements: str) -> None:
        with self.connect() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    server = shutil.which("mariadbd", path=PATH)
    if server is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no MariaDB here, and CI needs it")
        pytest.skip("no MariaDB here: apt-get install mariadb-server-core")
    folder = tmp_path_factory.mktemp("mariadb")
    yield from _running(server, folder)


def _running(server: str, folder: Path) -> Iterator[MariaDB]:
    data, port, user = folder / "data", free_port(), getpass.getuser()
    install = shutil.which("mariadb-install-db", path=PATH)
    assert install is not None
    subprocess.run(
        [install, "--no-defaults", f"--datadir={data}", f"--user={user}", "--skip-test-db"],
        check=True, capture_output=True, env={**os.environ, "PATH": PATH},
    )  # fmt: skip
    (folder / "setup.sql").write_text(SETUP)
    process = subprocess.Popen(
        [
            server, "--no-defaults", f"--datadir={data}", f"--user={user}", f"--port={port}",
            "--bind-address=127.0.0.1", f"--socket={_socket(port)}", f"--pid-file={folder / 'pid'}",
            f"--init-file={folder / 'setup.sql'}", "--innodb-flush-log-at-trx-commit=0", "--skip-log-bin",
        ],
        stdout=subprocess.DEVNULL, stderr=(folder / "log").open("wb"),
        preexec_fn=die_with_parent(),  # noqa: PLW1509 - one prctl call
    )  # fmt: skip
    try:
        _wait_for(MariaDB(port), process, folder / "log")
        yield MariaDB(port)
    finally:
        stop(process)
        Path(_socket(port)).unlink(missing_ok=True)


def _socket(port: int) -> str:
    """Nobody uses it, but the server wants one, with a path that is not long."""
    return f"/tmp/messagepark-mariadb-{port}.sock"


def _wait_for(server: MariaDB, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            server.connect().close()
        except pymysql.Error:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(log.read_text(errors="replace")[-2000:]) from None
            time.sleep(0.2)
        else:
            return
