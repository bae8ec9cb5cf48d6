"""What was handed in, kept in the database in pieces: any machine can read it, a piece at a time."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.lists.models import ImportChunk

PIECE = 1024 * 1024


def store(import_id: int, pieces: Iterable[bytes]) -> int:
    """Keep the pieces of a source (each at most `PIECE` bytes); return its size in bytes."""
    size = 0
    for number, content in enumerate(filter(None, pieces)):
        size += len(content)
        row = {"import_id": import_id, "number": number, "content": content}
        db.session.execute(sa.insert(ImportChunk), row)
    return size


def cut(content: bytes) -> Iterator[bytes]:
    return (content[at : at + PIECE] for at in range(0, len(content), PIECE))


def pieces(import_id: int) -> Iterator[bytes]:
    """Yield the pieces in order, one at a time in memory."""
    number = 0
    while (content := db.session.scalar(_mine(import_id).where(ImportChunk.number == number))) is not None:
        yield content
        number += 1


def _mine(import_id: int) -> sa.Select[Any]:
    columns: list[Any] = [ImportChunk.content]
    return sa.select(*columns).where(ImportChunk.tenant_id == current_tenant_id(), ImportChunk.import_id == import_id)


def forget(import_id: int) -> None:
    """Drop a source that is no longer needed."""
    gone = sa.delete(ImportChunk).where(
        ImportChunk.tenant_id == current_tenant_id(), ImportChunk.import_id == import_id
    )
    db.session.execute(gone)


class Stream(io.RawIOBase):
    """The pieces as one stream of bytes, read from front to back."""

    def __init__(self, import_id: int) -> None:
        self._pieces = pieces(import_id)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def stream(import_id: int) -> io.BufferedReader:
    return io.BufferedReader(Stream(import_id), buffer_size=PIECE)
