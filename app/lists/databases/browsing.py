"""What is in a database, and the query that somebody clicked together or wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from app.core.errors import N_, Invalid
from app.lists.cells import shown
from app.lists.databases.drivers import Session, Target, opened
from app.lists.states import DatabaseKind

BROWSE_SECONDS = 10
MOST_TABLES = 1000
PREVIEW_ROWS = 20
_STANDARD = (
    "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema NOT IN ({}) ORDER BY 1, 2"
)
_TABLES = {
    DatabaseKind.POSTGRESQL: _STANDARD.format("'information_schema', 'pg_catalog'"),
    DatabaseKind.MYSQL: _STANDARD.format("'information_schema', 'mysql', 'performance_schema', 'sys'"),
    DatabaseKind.SQLSERVER: _STANDARD.format("'INFORMATION_SCHEMA', 'sys'"),
    DatabaseKind.ORACLE: "SELECT owner, table_name FROM all_tables WHERE owner NOT IN ('SYS', 'SYSTEM') ORDER BY 1, 2",
}
_QUOTES = {
    DatabaseKind.POSTGRESQL: ('"', '"'),
    DatabaseKind.MYSQL: ("`", "`"),
    DatabaseKind.SQLSERVER: ("[", "]"),
    DatabaseKind.ORACLE: ('"', '"'),
}
_SELECT = re.compile(r"\s*(?:select|with)\b", re.IGNORECASE)


class NotASelect(Invalid):
    message = N_("Write one SELECT, without a semicolon. Nothing else is run in your database.")


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view, by its schema and name."""

    schema: str
    name: str

    @property
    def path(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows of a query, as text."""

    columns: list[str]
    rows: list[list[str]]


def check(target: Target) -> int:
    """Enter a database and look around; return how many tables can be seen.

    Raises:
        Invalid: it cannot be entered; the message says why.
    """
    return len(tables(target))


def tables(target: Target) -> list[Table]:
    """Return the tables and views that can be seen."""
    with opened(target, seconds=BROWSE_SECONDS) as session:
        rows = list(islice(session.rows(_TABLES[target.kind]), 1, MOST_TABLES + 1))
    return [Table(str(schema), str(name)) for schema, name in rows]


def columns(target: Target, table: Table) -> list[str]:
    """Return the names of a table's columns."""
    with opened(target, seconds=BROWSE_SECONDS) as session:
        return list(_head(session, f"{select_of(target.kind, table, ())} WHERE 1 = 0", 0)[0])


def select_of(kind: DatabaseKind, table: Table, picked: Sequence[str]) -> str:
    """Return the query that reads these columns of a table; all, if none is named."""
    wanted = ", ".join(_quoted(kind, name) for name in picked) or "*"
    return f"SELECT {wanted} FROM {_quoted(kind, table.schema, table.name)}"  # noqa: S608 - every name is quoted


def _quoted(kind: DatabaseKind, *names: str) -> str:
    opening, closing = _QUOTES[kind]
    return ".".join(f"{opening}{name.replace(closing, closing * 2)}{closing}" for name in names if name)


def checked_select(text: str) -> str:
    """Return a query without what people leave at its end.

    Raises:
        NotASelect: it is something else, or several. That it changes nothing is for the read-only transaction to say.
    """
    query = text.strip().rstrip(";").strip()
    if not _SELECT.match(query) or ";" in query:
        raise NotASelect
    return query


def preview(target: Target, query: str) -> Preview:
    """Return the first rows of a query.

    Raises:
        Invalid: the database refuses; the message says why.
    """
    with opened(target, seconds=BROWSE_SECONDS) as session:
        names, rows = _head(session, checked_select(query), PREVIEW_ROWS)
    return Preview(list(names), [[text_of(value)[:80] for value in row] for row in rows])


def _head(session: Session, query: str, count: int) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    rows = session.rows(query)
    names = next(rows)
    return names, list(islice(rows, count))


def text_of(value: Any) -> str:
    """Return a value of a database as an import reads it."""
    if value is None:
        return ""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    known = shown(value)
    return known or str(value)
