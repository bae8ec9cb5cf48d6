"""Reading imports: one, the latest of a list, and the rows that have something to tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.lists.importer.staging import FINDINGS
from app.lists.models import Import, ImportRow
from app.lists.states import RowVerdict

__all__ = ["Import"]

PAGE = 100
REJECTED = (RowVerdict.INVALID, RowVerdict.DUPLICATE)
TAKEN = (RowVerdict.NEW, RowVerdict.KNOWN)


@dataclass(frozen=True, slots=True)
class ToldRow:
    """A staged row as it is shown."""

    line: int
    cells: list[str]
    address: str
    name: str
    verdict: RowVerdict
    reason: str


def entry(import_id: int) -> Import | None:
    """Return an import as the database has it now: its job moves it."""
    query = sa.select(Import).where(_mine(Import), Import.id == import_id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def _mine(model: Any) -> sa.ColumnElement[bool]:
    mine: sa.ColumnElement[bool] = model.tenant_id == current_tenant_id()
    return mine


def latest(list_id: int, count: int = 20) -> list[Import]:
    """Return a list's latest imports."""
    query = sa.select(Import).where(_mine(Import), Import.list_id == list_id).order_by(Import.id.desc()).limit(count)
    return list(db.session.scalars(query))


def findings(found: Import) -> dict[str, int]:
    """Return how many rows are of which kind; all kinds are there."""
    return {**dict.fromkeys(FINDINGS, 0), **found.findings}


def people(import_id: int, count: int = 5) -> list[ToldRow]:
    """Return the first rows that would be taken in."""
    return list(_rows(import_id, ImportRow.verdict.in_(TAKEN), after=0, count=count))


def rejected(import_id: int, *, after: int = 0, count: int = PAGE) -> list[ToldRow]:
    """Return a page of the rows that are not taken, by line. Plan: the index of rows that have a reason."""
    return list(_rows(import_id, ImportRow.reason != "", ImportRow.verdict.in_(REJECTED), after=after, count=count))


def warned(import_id: int, *, after: int = 0, count: int = PAGE) -> list[ToldRow]:
    """Return a page of the rows that are taken, and that somebody should look at."""
    return list(_rows(import_id, ImportRow.reason != "", ImportRow.verdict.in_(TAKEN), after=after, count=count))


def all_rejected(import_id: int) -> Iterator[ToldRow]:
    """Yield every row that is not taken, a page at a time in memory."""
    after = 0
    while page := rejected(import_id, after=after, count=5000):
        yield from page
        after = page[-1].line


def _rows(import_id: int, *conditions: sa.ColumnElement[bool], after: int, count: int) -> Iterator[ToldRow]:
    columns = (
        ImportRow.line, ImportRow.cells, ImportRow.address, ImportRow.name, ImportRow.verdict, ImportRow.reason,
    )  # fmt: skip
    query = sa.select(*columns).where(_mine(ImportRow), ImportRow.import_id == import_id, ImportRow.line > after)
    for row in db.session.execute(query.where(*conditions).order_by(ImportRow.line).limit(count)):
        yield ToldRow(row[0], row[1], row[2], row[3], RowVerdict(row[4]), row[5])
