"""The sources there are. A new one needs `recognise`, `lines` and `choices`, and nothing else changes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO

import msgspec

from app.core.errors import Invalid, NotFound
from app.lists.databases import connections
from app.lists.databases.browsing import text_of
from app.lists.databases.drivers import Target, opened
from app.lists.importer import cards, chunks, decode, delimited, unpack
from app.lists.importer.table import DatabaseFailed, Kind, Layout, Line, Source, Unreadable
from app.lists.importer.unpack import GZIP, OLE, ZIP, Opener
from app.lists.importer.workbook import WorkbookSource
from app.lists.models import Import
from app.lists.states import ImportSource

QUERY_SECONDS = 1800
IN_MEMORY = 8 * 1024 * 1024


class TextSource:
    """A text that `open_file` opens from the beginning, as often as it is asked to."""

    def __init__(self, open_file: Opener, *, encoding: str | None = None) -> None:
        self._open = open_file
        self._encoding = encoding

    def recognise(self) -> Layout:
        encoding = self._encoding or self._guess_encoding()
        with decode.reader(self._open(), encoding) as text:
            head = text.read(decode.HEAD)
        if cards.are_cards(head):
            return Layout(kind=Kind.CARDS, encoding=encoding, header=True)
        found = delimited.sniff(head)
        return Layout(kind=found.kind, encoding=encoding, delimiter=found.delimiter, quoted=found.quoted)

    def _guess_encoding(self) -> str:
        with self._open() as file:
            return decode.guess_encoding(iter(lambda: file.read(chunks.PIECE), b""))

    def lines(self, layout: Layout) -> Iterator[Line]:
        with decode.reader(self._open(), layout.encoding) as text:
            yield from cards.lines_of(text) if layout.kind is Kind.CARDS else delimited.lines_of(text, layout)

    def choices(self, layout: Layout) -> dict[str, list[str]]:
        encodings = [] if self._encoding else list(decode.ENCODINGS)
        if layout.kind in (Kind.MAILBOXES, Kind.CARDS):
            return {"encoding": encodings}
        return {"delimiter": list(delimited.DELIMITERS), "encoding": encodings}


class ArchiveSource:
    """A ZIP: one of the files in it is read, as if it had come alone."""

    def __init__(self, open_file: Opener) -> None:
        self._open = open_file

    def recognise(self) -> Layout:
        member = self._members()[0]
        return msgspec.structs.replace(self._inner(member).recognise(), member=member)

    def lines(self, layout: Layout) -> Iterator[Line]:
        return self._inner(layout.member).lines(layout)

    def choices(self, layout: Layout) -> dict[str, list[str]]:
        members = self._members()
        others = {"member": members} if len(members) > 1 else {}
        return {**others, **self._inner(layout.member).choices(layout)}

    def _members(self) -> list[str]:
        with self._open() as file:
            return unpack.members(unpack.archive(file))

    def _inner(self, member: str) -> Source:
        with self._extract(member) as file:
            workbook = unpack.is_workbook(file)
        return WorkbookSource(lambda: self._extract(member)) if workbook else TextSource(lambda: self._extract(member))

    def _extract(self, member: str) -> IO[bytes]:
        """Unpack a member to a file of its own: workbooks are read from their end."""
        with self._open() as file, unpack.archive(file).open(member) as packed:
            return _copied(unpack.counted(packed))


class DatabaseSource:
    """What a database answers: the names of the columns, then the rows."""

    def __init__(self, target: Target, query: str) -> None:
        self._target = target
        self._query = query

    def recognise(self) -> Layout:
        return Layout(kind=Kind.QUERY, header=True)

    def lines(self, _layout: Layout) -> Iterator[Line]:
        try:
            with opened(self._target, seconds=QUERY_SECONDS) as session:
                for number, row in enumerate(session.rows(self._query), 1):
                    yield Line(number, [text_of(value) for value in row])
        except Unreadable:
            raise
        except Invalid as error:
            raise DatabaseFailed(str(error)) from error

    def choices(self, _layout: Layout) -> dict[str, list[str]]:
        return {}


def _database(entry: Import) -> Source:
    try:
        return DatabaseSource(connections.target(entry.connection_id), entry.query)
    except NotFound as error:
        raise DatabaseFailed("the connection was deleted") from error


def _copied(source: IO[bytes]) -> IO[bytes]:
    """A copy that can be read from any place, and goes when it is closed; a large one lies on disk."""
    target: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the caller closes it
    while piece := source.read(chunks.PIECE):
        target.write(piece)
    target.seek(0)
    return target


def source_of(entry: Import) -> Source:
    """Return the source of an import, by what the bytes are and not by what the file is called.

    Raises:
        Unreadable: it is a damaged file, or has a password.
    """
    import_id = entry.id
    if entry.source == ImportSource.DATABASE:
        return _database(entry)
    if entry.source == ImportSource.PASTE:
        return TextSource(lambda: chunks.stream(import_id), encoding="utf-8")
    return file_source(lambda: chunks.stream(import_id))


def file_source(open_file: Opener) -> Source:
    """Return the source of a file that `open_file` opens from the beginning, as often as it is asked to.

    Raises:
        Unreadable: it is a damaged file, or has a password.
    """
    with open_file() as file:
        start = file.read(4)
    if start.startswith(GZIP):
        return TextSource(lambda: unpack.ungzipped(open_file()))
    if start not in (ZIP, OLE):
        return TextSource(open_file)
    with _copied(open_file()) as file:
        workbook = unpack.is_workbook(file)
    return WorkbookSource(lambda: _copied(open_file())) if workbook else ArchiveSource(lambda: _copied(open_file()))
