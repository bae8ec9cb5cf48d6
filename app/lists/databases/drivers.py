"""One way to speak to each kind of database: connect to a checked address, read only, with limits."""

from __future__ import annotations

import importlib.util
import os
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from app.core import netguard
from app.core.errors import N_, Invalid
from app.core.netguard import Reachable
from app.lists.states import DatabaseKind, Encryption

CONNECT_SECONDS = 8
FETCH = 2000
_MODULES = {
    DatabaseKind.POSTGRESQL: "psycopg",
    DatabaseKind.MYSQL: "pymysql",
    DatabaseKind.SQLSERVER: "pytds",
    DatabaseKind.ORACLE: "oracledb",
}
PORTS = {
    DatabaseKind.POSTGRESQL: 5432,
    DatabaseKind.MYSQL: 3306,
    DatabaseKind.SQLSERVER: 1433,
    DatabaseKind.ORACLE: 1521,
}
_NOWHERE = "/nonexistent"


class NotInstalled(Invalid):
    message = N_("This kind of database is not supported here: the operator has not installed its driver.")


class DatabaseRefused(Invalid):
    message = N_("The database says: %(said)s")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a database is, and as whom to enter it."""

    kind: DatabaseKind
    host: str
    port: int
    database: str
    user: str
    password: str
    encryption: Encryption = Encryption.TRY


class Session:
    """An open connection. `rows` streams: a server-side cursor, a few thousand rows at a time in memory."""

    def __init__(self, connection: Any, kind: DatabaseKind) -> None:
        self._connection = connection
        self._kind = kind

    def rows(self, query: str, values: tuple[object, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the names of the columns, then the rows of a query.

        Raises:
            DatabaseRefused: it does not like the query, or it took too long.
        """
        cursor = self._cursor()
        try:
            cursor.execute(query, values) if values else cursor.execute(query)
            if cursor.description is None:
                raise DatabaseRefused(said="no rows")
            yield tuple(str(column[0]) for column in cursor.description)
            while batch := cursor.fetchmany(FETCH):
                yield from batch
        except DatabaseRefused:
            raise
        except Exception as error:
            raise _refusal(error, self._kind) from error
        finally:
            with suppress(Exception):
                cursor.close()

    def _cursor(self) -> Any:
        if self._kind is DatabaseKind.POSTGRESQL:
            return self._connection.cursor("messagepark")
        cursor = self._connection.cursor()
        if self._kind is DatabaseKind.ORACLE:
            cursor.arraysize = FETCH
        return cursor


def is_supported(kind: DatabaseKind) -> bool:
    """Tell whether the driver of this kind is installed."""
    return importlib.util.find_spec(_MODULES[kind]) is not None


@contextmanager
def opened(target: Target, *, seconds: int) -> Iterator[Session]:
    """Enter a database for reading; a statement may take `seconds`.

    Raises:
        NotInstalled, NotReachable, NameUnknown, NoAnswer, DatabaseRefused: it cannot be entered, and why.
    """
    if not is_supported(target.kind):
        raise NotInstalled
    place = netguard.reachable(target.host, target.port)
    place.connect(CONNECT_SECONDS).close()
    try:
        with netguard.nowhere_else(place):
            connection = _OPENERS[target.kind](target, place, seconds)
    except Invalid:
        raise
    except Exception as error:
        raise _refusal(error, target.kind) from error
    try:
        yield Session(connection, target.kind)
    finally:
        with suppress(Exception):
            connection.close()


def _refusal(error: Exception, kind: DatabaseKind) -> Invalid:
    """What a server says helps its owner most; the driver of another error keeps its class name."""
    if type(error).__module__.partition(".")[0] != _MODULES[kind] and not isinstance(error, OSError):
        return DatabaseRefused(said=type(error).__name__)
    said = " ".join(" ".join(map(str, _words(error, kind))).split())[:300]
    return DatabaseRefused(said=said or type(error).__name__)


def _words(error: Exception, kind: DatabaseKind) -> Sequence[object]:
    """What the server itself said, without what the driver tells of its own doings."""
    if kind is DatabaseKind.MYSQL:
        return error.args[1:] or error.args
    if kind is DatabaseKind.POSTGRESQL:
        primary = getattr(getattr(error, "diag", None), "message_primary", None)
        return [primary or str(error).rpartition("FATAL:")[2]]
    return error.args


def _postgresql(target: Target, place: Reachable, seconds: int) -> Any:
    import psycopg

    # The environment and files of this machine are the operator's, not the customer's: libpq is told everything.
    os.environ.pop("PGSERVICE", None)
    modes = {Encryption.TRY: "prefer", Encryption.REQUIRE: "require", Encryption.VERIFY: "verify-full"}
    connection = psycopg.connect(
        host=target.host, hostaddr=place.ip, port=target.port, dbname=target.database, user=target.user,
        password=target.password or "-", passfile=_NOWHERE, sslmode=modes[target.encryption], sslcert=_NOWHERE,
        sslkey=_NOWHERE, sslrootcert="system" if target.encryption is Encryption.VERIFY else _NOWHERE,
        gssencmode="disable", connect_timeout=CONNECT_SECONDS, client_encoding="utf8", application_name="messagepark",
        options=f"-c statement_timeout={seconds * 1000} -c default_transaction_read_only=on",
    )  # fmt: skip
    connection.read_only = True
    return connection


def _mysql(target: Target, place: Reachable, seconds: int) -> Any:
    import pymysql
    from pymysql.cursors import SSCursor

    # Without a word about TLS the driver takes it where the server offers it.
    secure: dict[str, Any] = {} if target.encryption is Encryption.TRY else {"ssl": _context(target.encryption)}
    connection = pymysql.connect(
        host=target.host, port=target.port, user=target.user, password=target.password, database=target.database,
        charset="utf8mb4", local_infile=False, cursorclass=SSCursor, connect_timeout=CONNECT_SECONDS,
        read_timeout=seconds, write_timeout=CONNECT_SECONDS, defer_connect=True, autocommit=False, **secure,
    )  # fmt: skip
    connection.connect(place.connect(CONNECT_SECONDS))
    with connection.cursor() as cursor:
        # MariaDB counts seconds, MySQL milliseconds; the one that is not known is refused, which is no harm.
        for limit in (f"SET SESSION max_statement_time = {seconds}", f"SET SESSION max_execution_time = {seconds}000"):
            with suppress(pymysql.Error):
                cursor.execute(limit)
        cursor.execute("START TRANSACTION READ ONLY")
    return connection


def _context(encryption: Encryption) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if encryption is not Encryption.VERIFY:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _sqlserver(target: Target, place: Reachable, seconds: int) -> Any:
    import certifi
    import pytds  # type: ignore[import-untyped]

    tls = {} if target.encryption is Encryption.TRY else {"cafile": certifi.where()}
    return pytds.connect(
        server=target.host, port=target.port, database=target.database, user=target.user, password=target.password,
        timeout=seconds, login_timeout=CONNECT_SECONDS, readonly=True, autocommit=False, disable_connect_retry=True,
        validate_host=target.encryption is Encryption.VERIFY, sock=place.connect(CONNECT_SECONDS), **tls,
    )  # fmt: skip


def _oracle(target: Target, place: Reachable, seconds: int) -> Any:
    import oracledb

    secure = target.encryption is not Encryption.TRY
    connection = oracledb.connect(
        user=target.user, password=target.password, host=place.ip, port=target.port, service_name=target.database,
        protocol="tcps" if secure else "tcp", tcp_connect_timeout=CONNECT_SECONDS, retry_count=0,
        ssl_server_dn_match=target.encryption is Encryption.VERIFY,
    )  # fmt: skip
    connection.call_timeout = seconds * 1000
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
    return connection


_OPENERS: dict[DatabaseKind, Callable[[Target, Reachable, int], Any]] = {
    DatabaseKind.POSTGRESQL: _postgresql,
    DatabaseKind.MYSQL: _mysql,
    DatabaseKind.SQLSERVER: _sqlserver,
    DatabaseKind.ORACLE: _oracle,
}
