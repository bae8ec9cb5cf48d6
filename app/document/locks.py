"""Parts of a mail that its template has locked: they stay as they are, in their order, whoever writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from app.core.errors import N_, Invalid
from app.document.schema import Node, read_document

WORDS_SHOWN = 80


class Locked(Invalid):
    message = N_("The template has locked parts of this mail, and they would be changed. Nothing was saved.")


def see_that_kept(before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    """Compare the locked parts of a mail before and after a change; None is a mail without blocks.

    Raises:
        Locked: one is missing, new, changed or in another place among them.
        DocumentFault: `after` is not as a document must be.
    """
    if _locked(before) != _locked(after):
        raise Locked


@dataclass(frozen=True, slots=True)
class Part:
    """One of the outermost blocks: of which kind, with which words, and whether it is locked."""

    kind: str
    words: str
    locked: bool


def parts(document: dict[str, Any]) -> list[Part]:
    """Return the outermost blocks of a document, in their order."""
    return [
        Part(node.type, _words(node), bool(getattr(node.attrs, "locked", False)))
        for node in read_document(document).content
    ]


def _words(node: Node) -> str:
    said = " ".join(each.text for each in node.walk() if each.text).split()
    return " ".join(said)[:WORDS_SHOWN]


def only_free(document: dict[str, Any], free: Collection[int]) -> dict[str, Any]:
    """Return a document of whose outermost blocks only these, by their place, may be changed."""
    blocks = [
        {**block, "attrs": {**(block.get("attrs") or {}), "locked": place not in free}}
        for place, block in enumerate(document["content"])
    ]
    return {**document, "content": blocks}


def _locked(document: dict[str, Any] | None) -> list[Node]:
    return [_bare(node) for node in _outermost(read_document(document))] if document is not None else []


def _outermost(node: Node) -> Iterator[Node]:
    if getattr(node.attrs, "locked", False):
        yield node
    else:
        for child in node.content:
            yield from _outermost(child)


def _bare(node: Node) -> Node:
    """Return a node as it reads: without the numbers that editors give, and with words in one piece."""
    attrs = msgspec.structs.replace(node.attrs, id=None) if hasattr(node.attrs, "id") else node.attrs
    return replace(node, attrs=attrs, content=tuple(_joined(_bare(child) for child in node.content)))


def _joined(nodes: Iterable[Node]) -> list[Node]:
    joined: list[Node] = []
    for node in nodes:
        last = joined[-1] if joined else None
        if last is not None and last.type == node.type == "text" and last.marks == node.marks:
            joined[-1] = replace(last, text=last.text + node.text)
        else:
            joined.append(node)
    return joined
