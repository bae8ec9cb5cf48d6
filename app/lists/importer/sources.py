"""The sources there are. A new one needs `recognise`, `lines` and `choices`, and nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator

from app.lists.importer import chunks, decode, delimited
from app.lists.importer.table import Kind, Layout, Line, Source
from app.lists.models import Import


class TextSource:
    """A text: pasted, or a file of lines."""

    def __init__(self, import_id: int, *, encoding: str | None = None) -> None:
        self._import_id = import_id
        self._encoding = encoding

    def recognise(self) -> Layout:
        encoding = self._encoding or decode.guess_encoding(chunks.pieces(self._import_id))
        with decode.reader(chunks.stream(self._import_id), encoding) as text:
            found = delimited.sniff(text.read(decode.HEAD))
        return Layout(kind=found.kind, encoding=encoding, delimiter=found.delimiter, quoted=found.quoted)

    def lines(self, layout: Layout) -> Iterator[Line]:
        with decode.reader(chunks.stream(self._import_id), layout.encoding) as text:
            yield from delimited.lines_of(text, layout)

    def choices(self, layout: Layout) -> dict[str, list[str]]:
        if layout.kind is Kind.MAILBOXES:
            return {}
        encodings = [] if self._encoding else list(decode.ENCODINGS)
        return {"delimiter": list(delimited.DELIMITERS), "encoding": encodings}


def source_of(entry: Import) -> Source:
    """Return the source of an import."""
    return TextSource(entry.id, encoding="utf-8")
