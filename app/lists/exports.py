"""People as a file: a job writes a selection page by page into chunks, which are kept for a week.

Memory is bounded by a page and a chunk, whatever the number of people; XLSX is written by a library that streams.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import xlsxwriter
from flask_babel import gettext as _

from app.core import queue
from app.core.cells import BOM, csv_lines, safe
from app.core.db import db
from app.core.errors import Conflict, NotFound
from app.core.tenancy import current_tenant_id
from app.lists import fields, queries, selection
from app.lists.kinds import shown
from app.lists.models import Contact, Export, ExportChunk, Subscription
from app.lists.selection import Selection, selection_of
from app.lists.states import ExportFormat, ExportState
from app.lists.words import state_name
from app.tenants.queries import current_workspace

__all__ = ["Export"]

PAGE = 2000
CHUNK = 1024 * 1024
KEPT = timedelta(days=7)
SHEET_ROWS = 1_000_000
OWN = ("email", "name", "state", "since", "consent")
FILES = {
    ExportFormat.CSV_UTF8: ("csv", "text/csv; charset=utf-8"),
    ExportFormat.CSV_CP949: ("csv", "text/csv; charset=cp949"),
    ExportFormat.XLSX: ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
Unit = Callable[[], AbstractContextManager[None]]


def columns() -> dict[str, str]:
    """Return what can be exported, by key, with its heading."""
    own = dict(zip(OWN, (_("E-mail address"), _("Name"), _("State"), _("Since"), _("How they agreed")), strict=True))
    return own | {f"field:{field.key}": field.title for field in fields.fields()}


def begin(chosen: Selection, wanted: Sequence[str], file_format: ExportFormat, *, member_id: int | None) -> Export:
    """Let a job write the file; the address is always in it."""
    chosen = selection.settled(chosen)
    known = [key for key in columns() if key in wanted and key != "email"]
    export = Export(
        selection=chosen.to_json(), columns=["email", *known], format=file_format, state=ExportState.RUNNING,
        total=selection.count(chosen), started_by=member_id,
    )  # fmt: skip
    db.session.add(export)
    db.session.flush()
    queue.enqueue("lists.run_export", export.id, queue="bulk", timeout=3600)
    return export


def export(export_id: int) -> Export | None:
    query = sa.select(Export).where(Export.tenant_id == current_tenant_id(), Export.id == export_id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def latest(count: int) -> list[Export]:
    query = sa.select(Export).where(Export.tenant_id == current_tenant_id())
    return list(db.session.scalars(query.order_by(Export.id.desc()).limit(count)))


def expires_at(found: Export) -> datetime:
    return (found.finished_at or found.created_at) + KEPT


def cancel(found: Export, *, now: datetime) -> None:
    """Stop the job and drop what it wrote.

    Raises:
        Conflict: it is over already.
    """
    stopped = sa.update(Export).where(Export.tenant_id == found.tenant_id, Export.id == found.id)
    stopped = stopped.where(Export.state == ExportState.RUNNING).values(state=ExportState.CANCELLED, finished_at=now)
    if not getattr(db.session.execute(stopped), "rowcount", 0):
        raise Conflict
    _drop_chunks(found.id)


def _drop_chunks(export_id: int) -> None:
    mine = sa.and_(ExportChunk.tenant_id == current_tenant_id(), ExportChunk.export_id == export_id)
    db.session.execute(sa.delete(ExportChunk).where(mine))


def drop_expired(*, now: datetime) -> int:
    """Drop the files of this workspace that are a week old."""
    old = sa.update(Export).where(Export.tenant_id == current_tenant_id(), Export.state == ExportState.FINISHED)
    old = old.where(Export.finished_at < now - KEPT).values(state=ExportState.EXPIRED, size=0).returning(Export.id)
    ids = list(db.session.scalars(old))
    for export_id in ids:
        _drop_chunks(export_id)
    return len(ids)


def file_of(found: Export, *, now: datetime) -> Iterator[bytes]:
    """Yield the file, piece by piece.

    Raises:
        NotFound: it is not finished, or it has expired.
    """
    if found.state != ExportState.FINISHED or expires_at(found) < now:
        raise NotFound
    export_id, tenant_id = found.id, found.tenant_id
    return _pieces(tenant_id, export_id)


def _pieces(tenant_id: int, export_id: int) -> Iterator[bytes]:
    number = 0
    mine = sa.and_(ExportChunk.tenant_id == tenant_id, ExportChunk.export_id == export_id)
    while piece := db.session.scalar(sa.select(ExportChunk.content).where(mine, ExportChunk.number == number)):
        yield piece
        number += 1


def write(export_id: int, unit: Unit, *, now: Callable[[], datetime]) -> None:
    """Write the file, a page a transaction. Killed and run again, it begins anew: a file has no half."""
    with unit():
        found = export(export_id)
        if found is None or found.state != ExportState.RUNNING:
            return
        _drop_chunks(export_id)
        found.done = found.unencodable = found.size = 0
        job = _Job(
            export_id, selection_of(found.selection), list(found.columns), ZoneInfo(current_workspace().timezone),
            [columns().get(key, key) for key in found.columns], ExportFormat(found.format), unit,
        )  # fmt: skip
    if job.write_xlsx() if job.format is ExportFormat.XLSX else job.write_csv():
        with unit():
            _finish(export_id, now())


def _finish(export_id: int, now: datetime) -> None:
    over = sa.update(Export).where(Export.tenant_id == current_tenant_id(), Export.id == export_id)
    over = over.where(Export.state == ExportState.RUNNING).values(state=ExportState.FINISHED, finished_at=now)
    db.session.execute(over)


@dataclass
class _Job:
    """One writing of one file."""

    export_id: int
    chosen: Selection
    keys: list[str]
    zone: ZoneInfo
    headings: list[str]
    format: ExportFormat
    unit: Unit
    chunks: int = 0
    unencodable: int = 0

    def write_csv(self) -> bool:
        """Write CSV chunk by chunk; say whether it came to its end."""
        cp949 = self.format is ExportFormat.CSV_CP949
        waiting = self._encoded([self.headings]) if cp949 else (BOM + csv_lines([self.headings])).encode()
        self.unencodable = 0
        for page in self._pages():
            waiting += self._encoded(page) if cp949 else csv_lines(page).encode()
            if len(waiting) >= CHUNK:
                self._store(waiting)
                waiting = b""
            if not self._tell(len(page)):
                return False
        self._store(waiting)
        return True

    def _encoded(self, rows: Sequence[Sequence[str]]) -> bytes:
        """CP949 has no letter for everything: what is missing becomes “?”, and the people are counted."""
        for row in rows:
            try:
                "".join(row).encode("cp949")
            except UnicodeEncodeError:
                self.unencodable += 1
        return csv_lines(rows).encode("cp949", "replace")

    def write_xlsx(self) -> bool:
        """Write a workbook to the disk, then into chunks; say whether it came to its end."""
        with tempfile.TemporaryDirectory(prefix="messagepark-export-") as folder:
            path = Path(folder) / "people.xlsx"
            if not self._write_book(path, folder):
                return False
            with path.open("rb") as file:
                while piece := file.read(CHUNK):
                    self._store(piece)
        return True

    def _write_book(self, path: Path, folder: str) -> bool:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": folder}
        book, row, sheet = xlsxwriter.Workbook(str(path), options), 0, None
        for page in self._pages():
            for cells in page:
                if sheet is None or row > SHEET_ROWS:
                    sheet, row = book.add_worksheet(), 1
                    sheet.write_row(0, 0, self.headings)
                for column, cell in enumerate(cells):
                    sheet.write_string(row, column, safe(cell))
                row += 1
            if not self._tell(len(page)):
                book.close()
                return False
        if sheet is None:
            book.add_worksheet().write_row(0, 0, self.headings)
        book.close()
        return True

    def _pages(self) -> Iterator[list[list[str]]]:
        after = 0
        while True:
            with self.unit():
                rows = db.session.execute(_rows(self.chosen, after)).all()
                page = [self._cells(row) for row in rows]
            if not rows:
                return
            after = rows[-1].id
            yield page

    def _cells(self, row: Any) -> list[str]:
        since = row.changed_at.astimezone(self.zone).strftime("%Y-%m-%d %H:%M") if row.changed_at else ""
        known = {"email": row.address, "name": row.name, "since": since, "consent": row.consent or ""}
        known["state"] = state_name(row.state) if row.state else ""
        return [
            shown(row.fields.get(key.removeprefix("field:"))) if key.startswith("field:") else known.get(key, "")
            for key in self.keys
        ]

    def _store(self, piece: bytes) -> None:
        if not piece:
            return
        with self.unit():
            db.session.execute(
                sa.insert(ExportChunk).values(export_id=self.export_id, number=self.chunks, content=piece)
            )
            db.session.execute(_this(self.export_id).values(size=Export.size + len(piece)))
        self.chunks += 1

    def _tell(self, count: int) -> bool:
        """Say how far it is; False where somebody has cancelled it."""
        with self.unit():
            told = _this(self.export_id).where(Export.state == ExportState.RUNNING)
            values = {"done": Export.done + count, "unencodable": self.unencodable}
            return bool(getattr(db.session.execute(told.values(values)), "rowcount", 0))


def _this(export_id: int) -> sa.Update:
    return sa.update(Export).where(Export.tenant_id == current_tenant_id(), Export.id == export_id)


def _rows(chosen: Selection, after: int) -> sa.Select[Any]:
    """A page of people with what a list says of them. Plan: the selection's key order, stopping at the page."""
    ids = selection.people(chosen, after=after).order_by(Contact.id).limit(PAGE).subquery()
    here = sa.and_(
        Subscription.tenant_id == Contact.tenant_id,
        Subscription.contact_id == Contact.id,
        Subscription.list_id == (chosen.list_id or 0),
    )
    return (
        sa.select(
            Contact.id, Contact.address, Contact.name, Contact.fields,
            Subscription.state, Subscription.changed_at, Subscription.consent,
        )
        .join(ids, sa.and_(Contact.tenant_id == current_tenant_id(), Contact.id == ids.c.contact_id))
        .outerjoin(Subscription, here)
        .order_by(Contact.id)
    )  # fmt: skip


def file_name(found: Export) -> str:
    """Return a name that every system takes: the list's code, “segment” or “contacts”, and the day."""
    chosen = selection_of(found.selection)
    of_list = queries.contact_list(chosen.list_id) if chosen.list_id else None
    people = "segment" if chosen.segment_id else "contacts"
    return f"{of_list.code if of_list else people}-{found.created_at:%Y%m%d}.{FILES[ExportFormat(found.format)][0]}"
