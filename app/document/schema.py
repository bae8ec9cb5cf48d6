"""Which documents there can be: the nodes, what each may hold, and reading JSON into them.

A document is what the browser's editor (Tiptap) calls JSON: `{"type", "attrs", "content", "text", "marks"}`, described
in docs/document.md. `read_document` is strict and names the node that is wrong; nothing is mended silently.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from app.core.errors import N_, Invalid
from app.document import attrs

MAX_NODES = 5_000
MAX_DEPTH = 14
MAX_TEXT = 20_000
MAX_CONDITION = 20_000

MARKS: Mapping[str, type[attrs.Attrs]] = {
    "bold": attrs.Attrs,
    "italic": attrs.Attrs,
    "underline": attrs.Attrs,
    "strike": attrs.Attrs,
    "superscript": attrs.Attrs,
    "subscript": attrs.Attrs,
    "textStyle": attrs.TextStyle,
    "highlight": attrs.Highlight,
    "link": attrs.Link,
}

INLINE = frozenset({"text", "mergeTag", "hardBreak"})
TEXTUAL = frozenset({"paragraph", "bulletList", "orderedList"})


class DocumentFault(Invalid):
    """A node is not as it must be. `path` leads to it, as in ``content[2].attrs.level``."""

    message = N_("The mail cannot be read at %(path)s: %(reason)s")

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path=path or "doc", reason=reason)
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Mark:
    type: str
    attrs: Any


@dataclass(frozen=True, slots=True)
class Node:
    """A node that has been read. `attrs` is the struct of its kind; `text` and `marks` are those of a text node."""

    type: str
    attrs: Any
    content: tuple[Node, ...] = ()
    text: str = ""
    marks: tuple[Mark, ...] = ()

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.content:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Kind:
    """What a node of a type has and holds. `block`: it may stand in a document, and in columns if it is `small`."""

    attrs: type[attrs.Attrs]
    holds: frozenset[str] = frozenset()
    least: int = 0
    most: int = MAX_NODES
    block: bool = True
    small: bool = True


_BLOCKS = frozenset({"<block>"})
_SMALL = frozenset({"<small>"})
_FRAMED = frozenset({"<small>", "columns"})

KINDS: dict[str, Kind] = {
    "doc": Kind(attrs.DocAttrs, _BLOCKS, block=False),
    "heading": Kind(attrs.HeadingAttrs, INLINE),
    "paragraph": Kind(attrs.BlockAttrs, INLINE),
    "bulletList": Kind(attrs.BlockAttrs, frozenset({"listItem"}), least=1),
    "orderedList": Kind(attrs.OrderedListAttrs, frozenset({"listItem"}), least=1),
    "listItem": Kind(attrs.Attrs, TEXTUAL, least=1, block=False),
    "image": Kind(attrs.ImageAttrs),
    "button": Kind(attrs.ButtonAttrs, INLINE),
    "divider": Kind(attrs.DividerAttrs),
    "spacer": Kind(attrs.SpacerAttrs),
    "columns": Kind(attrs.ColumnsAttrs, frozenset({"column"}), least=2, most=3, small=False),
    "column": Kind(attrs.ColumnAttrs, _SMALL, block=False),
    "quote": Kind(attrs.QuoteAttrs, TEXTUAL, least=1),
    "table": Kind(attrs.TableAttrs, frozenset({"tableRow"}), least=1, most=500),
    "tableRow": Kind(attrs.Attrs, frozenset({"tableCell", "tableHeader"}), least=1, most=20, block=False),
    "tableCell": Kind(attrs.CellAttrs, TEXTUAL, least=1, block=False),
    "tableHeader": Kind(attrs.CellAttrs, TEXTUAL, least=1, block=False),
    "social": Kind(attrs.SocialAttrs),
    "article": Kind(attrs.ArticleAttrs),
    "header": Kind(attrs.BlockAttrs, _FRAMED, small=False),
    "footer": Kind(attrs.BlockAttrs, _FRAMED, small=False),
    "html": Kind(attrs.HtmlAttrs),
    "text": Kind(attrs.Attrs, block=False),
    "mergeTag": Kind(attrs.MergeTagAttrs, block=False),
    "hardBreak": Kind(attrs.Attrs, block=False),
}


def read_document(source: object) -> Node:
    """Return the document of some JSON (`source` is decoded already).

    Raises:
        DocumentFault: something in it is not as it must be; says where and what.
    """
    return _Reader().read(source, "", frozenset({"doc"}), 0)


def read_block(source: object) -> Node:
    """Return a single block, as those that are saved for use in many mails. Raises as `read_document`."""
    return _Reader().read(source, "", _BLOCKS, 1)


class _Reader:
    """Reads one document, counting its nodes."""

    def __init__(self) -> None:
        self.nodes = 0

    def read(self, source: object, path: str, allowed: frozenset[str], depth: int) -> Node:
        if not isinstance(source, dict):
            raise DocumentFault(path, "expected an object")
        kind = source.get("type")
        self._count(path, depth)
        if not isinstance(kind, str) or kind not in KINDS or not _fits(kind, allowed):
            raise DocumentFault(_join(path, "type"), f"{str(kind)[:40]!r} cannot stand here")
        unknown = set(source) - {"type", "attrs", "content", "text", "marks"}
        if unknown:
            raise DocumentFault(_join(path, min(map(str, unknown))[:40]), "unknown key")
        read = _attrs(KINDS[kind].attrs, source.get("attrs"), path)
        if kind == "text":
            return Node(kind, read, text=_text(source, path), marks=_marks(source.get("marks"), path))
        if "text" in source:
            raise DocumentFault(_join(path, "text"), "only text nodes have text")
        marks = _marks(source.get("marks"), path) if kind in INLINE else ()
        return Node(kind, read, self._content(source.get("content"), path, KINDS[kind], depth), marks=marks)

    def _content(self, source: object, path: str, kind: Kind, depth: int) -> tuple[Node, ...]:
        children = [] if source is None else source
        path = _join(path, "content")
        if not isinstance(children, list):
            raise DocumentFault(path, "expected an array")
        if not kind.least <= len(children) <= kind.most:
            raise DocumentFault(path, f"holds {len(children)} nodes, not {kind.least} to {kind.most}")
        return tuple(self.read(each, f"{path}[{i}]", kind.holds, depth + 1) for i, each in enumerate(children))

    def _count(self, path: str, depth: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise DocumentFault(path, f"more than {MAX_NODES} nodes")
        if depth > MAX_DEPTH:
            raise DocumentFault(path, f"more than {MAX_DEPTH} levels deep")


def _fits(kind: str, allowed: frozenset[str]) -> bool:
    known = KINDS[kind]
    return (
        kind in allowed
        or ("<block>" in allowed and known.block)
        or ("<small>" in allowed and known.block and known.small)
    )


def _attrs(struct: type[attrs.Attrs], source: object, path: str) -> attrs.Attrs:
    try:
        read = msgspec.convert({} if source is None else source, struct)
    except msgspec.ValidationError as fault:
        reason, _at, where = str(fault).partition(" - at `$")
        raise DocumentFault(_join(path, "attrs") + where.rstrip("`"), reason) from fault
    condition = getattr(read, "condition", None)
    if condition is not None and len(msgspec.json.encode(condition)) > MAX_CONDITION:
        raise DocumentFault(_join(path, "attrs.condition"), "the condition is too long")
    return read


def _text(source: Mapping[str, object], path: str) -> str:
    text = source.get("text")
    if not isinstance(text, str) or not text or len(text) > MAX_TEXT:
        raise DocumentFault(_join(path, "text"), f"expected 1 to {MAX_TEXT} characters")
    if any(char < " " and char not in "\t\n" for char in text) or "\x7f" in text:
        raise DocumentFault(_join(path, "text"), "holds a control character")
    return text


def _marks(source: object, path: str) -> tuple[Mark, ...]:
    if source is None:
        return ()
    path = _join(path, "marks")
    if not isinstance(source, list):
        raise DocumentFault(path, "expected an array")
    return tuple(_mark(each, f"{path}[{i}]") for i, each in enumerate(source))


def _mark(source: object, path: str) -> Mark:
    if not isinstance(source, dict) or set(source) - {"type", "attrs"}:
        raise DocumentFault(path, "expected an object with type and attrs")
    kind = source.get("type")
    if not isinstance(kind, str) or kind not in MARKS:
        raise DocumentFault(_join(path, "type"), f"{str(kind)[:40]!r} is no mark")
    return Mark(kind, _attrs(MARKS[kind], source.get("attrs"), path))


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
