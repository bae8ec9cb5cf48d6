"""The course of an import: begun, read, looked at, run, finished or cancelled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _

from app.core import clock, queue
from app.core.db import db
from app.core.errors import N_, Invalid
from app.lists import fields, kinds, room
from app.lists.fields import Wanted
from app.lists.importer import chunks, mapping, merge, remembering, slices, staging, syncs
from app.lists.importer.moves import locked, move
from app.lists.importer.reading import Reader
from app.lists.importer.sources import source_of
from app.lists.importer.table import Kind, Layout, Line, Source, Unreadable, head, layout_of
from app.lists.models import Import
from app.lists.room import NoRoom
from app.lists.states import Gone, ImportPolicy, ImportSource, ImportState

READ_AT_ONCE = 2 * 1024 * 1024
PLAN = "plan"


class NoEmailColumn(Invalid):
    message = N_("Say which column holds the e-mail addresses.")


class TakenTwice(Invalid):
    message = N_("Two columns are taken for the same thing. Keep one of them and ignore the other.")


class NobodyToImport(Invalid):
    message = N_("There is nobody in it who could be taken in.")


class ConsentMissing(Invalid):
    message = N_("Say how these people agreed to get your mail. Without that nobody is taken in.")


@dataclass(frozen=True, slots=True)
class Handed:
    """What somebody hands in for a list."""

    list_id: int
    source: ImportSource
    pieces: Iterable[bytes]
    member_id: int | None = None
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What else is wanted. `every_hours`: ask the database again and again; `gone`: what becomes of the vanished."""

    also_lists: Sequence[int] = ()
    double_opt_in: bool = False
    every_hours: int = 0
    gone: Gone = Gone.LEAVE


PLAIN = Wish()


@dataclass(frozen=True, slots=True)
class Reading:
    """How a person wants a source read: the parts of the layout that they changed, and what each column is."""

    layout: Layout
    mapping: Sequence[str] | None = None


def paste(list_id: int, text: str, *, member_id: int | None = None) -> Import:
    """Begin an import of pasted text.

    Raises:
        Unreadable: there is nothing in it, or too much.
    """
    return begin(Handed(list_id, ImportSource.PASTE, chunks.cut(text.encode("utf-8", "replace")), member_id))


def begin(handed: Handed) -> Import:
    """Keep what was handed in, find out how to read it, and read it: small ones now, large ones in a job.

    Raises:
        Unreadable: there is nothing in it, or it is not what it says it is.
    """
    entry = Import(
        list_id=handed.list_id, source=handed.source, state=ImportState.READING,
        started_by=handed.member_id, file_name=handed.file_name[:200],
    )  # fmt: skip
    db.session.add(entry)
    db.session.flush()
    entry.size = chunks.store(entry.id, handed.pieces)
    if entry.size <= READ_AT_ONCE:
        _look(entry)
    _read_now_or_later(entry)
    return entry


def ask(list_id: int, connection_id: int, query: str, *, member_id: int | None = None) -> Import:
    """Begin an import out of a database; a job asks it."""
    entry = Import(
        list_id=list_id, source=ImportSource.DATABASE, state=ImportState.READING, started_by=member_id,
        connection_id=connection_id, query=query, size=0,
    )  # fmt: skip
    db.session.add(entry)
    _read_now_or_later(entry)
    return entry


def ask_again(sync_id: int) -> None:
    """Begin the next import of a standing order; nobody has to look at it. One that is under way is not overtaken."""
    order = syncs.sync(sync_id)
    if order is None or syncs.is_under_way(sync_id):
        return
    entry = ask(order.list_id, order.connection_id, order.query)
    entry.sync_id, entry.mapping, entry.policy = sync_id, order.mapping, order.policy
    entry.consent, entry.double_opt_in, entry.also_lists = order.consent, order.double_opt_in, order.also_lists


def _look(entry: Import) -> None:
    """Recognise the source, and guess what its columns are."""
    source = source_of(entry)
    layout = source.recognise()
    certain = layout.kind in (Kind.MAILBOXES, Kind.QUERY, Kind.CARDS)
    header = layout.header if certain else mapping.has_header(head(source, layout))
    _describe(entry, source, _with_header(layout, header))


def _with_header(layout: Layout, header: bool) -> Layout:
    return layout_of({**layout.to_json(), "header": header})


def _describe(entry: Import, source: Source, layout: Layout) -> None:
    first = head(source, layout)
    entry.layout = layout.to_json()
    entry.columns = [dict(column) for column in mapping.columns_of(first, header=layout.header)]
    entry.choices = source.choices(layout)
    if entry.sync_id and len(entry.mapping) == len(entry.columns):
        return
    known = remembering.recall(entry.columns) if layout.header else None
    mailboxes = layout.kind is Kind.MAILBOXES
    guessed = [mapping.NAME, mapping.EMAIL] if mailboxes else _guessed(first, layout)
    entry.mapping, entry.remembered = known or guessed, known is not None


def _guessed(first: Sequence[Line], layout: Layout) -> list[str]:
    known = {field.title: field.key for field in fields.fields()}
    return mapping.guess(first, header=layout.header, fields=known)


def _read_now_or_later(entry: Import) -> None:
    if entry.size > READ_AT_ONCE or entry.source == ImportSource.DATABASE:
        db.session.flush()
        queue.enqueue("lists.read_import", entry.id, queue="bulk", timeout=3600)
        return
    reader = open_reading(entry)
    while reader is not None and read_next(reader):
        pass


def reading_of(import_id: int) -> Reader | None:
    """Return what reads an import's source, from where the last one came to; None where there is no more to read."""
    entry = locked(import_id)
    if entry is None or entry.state != ImportState.READING:
        return None
    if entry.source == ImportSource.DATABASE:
        # Asked again, a database may answer in another order: begin again, so that nobody is missed.
        _read_from_the_beginning(entry)
    return open_reading(entry)


def _read_from_the_beginning(entry: Import) -> None:
    staging.forget(entry.id)
    entry.read_through = entry.rows = 0


def open_reading(entry: Import) -> Reader | None:
    try:
        if not entry.layout:
            _look(entry)
        return Reader(entry)
    except Unreadable as problem:
        _fail(entry, problem)
        return None


def read_next(reader: Reader) -> bool:
    """Judge and stage the next slice of a source; False when there is no more to do.

    One reader at a time gets on: another finds that the import is not where it was left, and stops. A source that turns
    out unreadable fails the import.
    """
    entry = locked(reader.import_id)
    if entry is None or entry.state != ImportState.READING or entry.read_through != reader.through:
        return False
    try:
        with db.session.begin_nested():
            more = reader.stage()
    except Unreadable as problem:
        _fail(entry, problem)
        return False
    entry.rows, entry.read_through, entry.moved_at = reader.count, reader.through, sa.func.now()
    if not more:
        tell_findings(entry)
    return more


def tell_findings(entry: Import) -> None:
    """Say what was found in all rows that are read, and let a person (or their standing order) decide."""
    found = staging.findings(entry.id, entry.list_id)
    entry.findings, entry.rejected, entry.problem = found, found["duplicate"] + found["invalid"], ""
    move(entry, ImportState.PREVIEWED)
    if entry.sync_id:
        _run_by_order(entry)


def _run_by_order(entry: Import) -> None:
    """An order's answer without a person in it is taken for a mistake: it empties no list."""
    try:
        _start(entry, clock.now())
    except Invalid as error:
        entry.problem = PLAN if isinstance(error, NoRoom) else "order"
        move(entry, ImportState.READING)
        move(entry, ImportState.FAILED)


def _fail(entry: Import, problem: Unreadable) -> None:
    staging.forget(entry.id)
    entry.problem = problem.problem
    move(entry, ImportState.FAILED)


def read_again(entry: Import, reading: Reading) -> None:
    """Read the source as a person wants it: with another layout, or with other meanings of its columns.

    Raises:
        TakenTwice: two columns have one meaning.
        Conflict: it has been run already.
    """
    wanted = entry.mapping if reading.mapping is None else _checked(reading.mapping, len(entry.columns))
    move(entry, ImportState.READING)
    _read_from_the_beginning(entry)
    entry.remembered = False
    if reading.layout.to_json() != entry.layout:
        _describe(entry, source_of(entry), reading.layout)
    else:
        entry.mapping = _with_new_fields(entry, wanted)
    _read_now_or_later(entry)


def _with_new_fields(entry: Import, wanted: Sequence[str]) -> list[str]:
    """Make the fields that were asked for; what kind they are is seen in the first lines."""
    if mapping.NEW not in wanted:
        return list(wanted)
    layout = layout_of(entry.layout)
    lines = head(source_of(entry), layout)[1 if layout.header else 0 :]
    return [
        _new_field(entry.columns[at]["title"], [line.cells[at] for line in lines if at < len(line.cells)], at)
        if target == mapping.NEW
        else target
        for at, target in enumerate(wanted)
    ]


def _new_field(title: str, cells: Sequence[str], at: int) -> str:
    made = fields.create_field(Wanted(title[:80] or _("Column %(number)s", number=at + 1), kinds.guess(cells)))
    return f"{mapping.FIELD}{made.key}"


def _checked(wanted: Sequence[str], width: int) -> list[str]:
    used = [target for target in wanted if target not in (mapping.IGNORE, mapping.NEW)]
    if len(set(used)) < len(used):
        raise TakenTwice
    return [*wanted, *[mapping.IGNORE] * width][:width]


def run(entry: Import, *, consent: str, policy: ImportPolicy, now: datetime, wish: Wish = PLAIN) -> None:
    """Let a job take the people in; what the columns were taken for is remembered.

    Raises:
        NoEmailColumn, NobodyToImport, ConsentMissing: something is missing.
        NoRoom: the plan keeps fewer people.
        Conflict: it is running already, or over.
    """
    entry.consent, entry.policy, entry.double_opt_in = consent.strip(), policy, wish.double_opt_in
    entry.also_lists = sorted(set(wish.also_lists) - {entry.list_id})
    _start(entry, now)
    remembering.remember(entry, now)
    if wish.every_hours and entry.source == ImportSource.DATABASE:
        syncs.order(entry, every_hours=wish.every_hours, gone=wish.gone, now=now)


def _start(entry: Import, now: datetime) -> None:
    if mapping.EMAIL not in entry.mapping:
        raise NoEmailColumn
    if not entry.findings.get("new", 0) + entry.findings.get("known", 0):
        raise NobodyToImport
    if not entry.consent:
        raise ConsentMissing
    room.make_sure(entry.findings.get("new", 0))
    entry.started_at = now
    move(entry, ImportState.RUNNING)
    queue.enqueue("lists.run_import", entry.id, timeout=3600)


def merge_next(import_id: int, *, now: datetime, size: int = slices.SIZE) -> bool:
    """Merge the next slice; False when there is no more to do. Any number of workers may try: one does it."""
    entry = locked(import_id)
    if entry is None or entry.state != ImportState.RUNNING:
        return False
    try:
        merged = merge.merge_slice(entry, size=size)
    except NoRoom:
        entry.problem = PLAN
        cancel(import_id, now=now)
        return False
    if merged is None:
        _finish(entry, now)
        return False
    entry.merged_through, entry.moved_at = merged.through, sa.func.now()
    for name in ("added", "updated", "unchanged", "kept_out"):
        setattr(entry, name, getattr(entry, name) + getattr(merged, name))
    db.session.flush()
    return True


def _finish(entry: Import, now: datetime) -> None:
    entry.finished_at = now
    if entry.sync_id:
        entry.findings = {**entry.findings, "vanished": syncs.part_with_vanished(entry)}
    move(entry, ImportState.FINISHED)
    chunks.forget(entry.id)
    if entry.double_opt_in:
        queue.enqueue("lists.post_confirmations", entry.id, queue="bulk")


def cancel(import_id: int, *, now: datetime) -> None:
    """Stop an import where it is. Who was taken in stays; it can be undone.

    Raises:
        Conflict: it is over already.
    """
    entry = locked(import_id)
    if entry is None:
        return
    move(entry, ImportState.CANCELLED)
    entry.finished_at = now
    chunks.forget(entry.id)
    if not entry.merged_through:
        staging.forget(entry.id)
    db.session.flush()
