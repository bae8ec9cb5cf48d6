"""Links to files at the end of a mail, above its foot, where its author has placed none. Pure."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.document.markup import before_body_end

_STYLE = "margin:16px 0;padding:0 28px;font-family:sans-serif;font-size:15px;line-height:1.6"


@dataclass(frozen=True, slots=True)
class Download:
    """A file that a mail links to: where it is, and what the link says."""

    url: str
    label: str

    @property
    def words(self) -> str:
        # A name is words, whatever stands in it: no merge tag.
        return self.label.replace("{{", "{ {")


def in_document(document: dict[str, Any], files: Sequence[Download]) -> dict[str, Any]:
    """Return a document with a line for each file that it does not lead to yet."""
    missing = _missing(str(document), files)
    if not missing:
        return document
    blocks = list(document.get("content", ()))
    at = len(blocks)
    while at and blocks[at - 1].get("type") == "footer":
        at -= 1
    return document | {"content": [*blocks[:at], *map(_line, missing), *blocks[at:]]}


def _line(file: Download) -> dict[str, Any]:
    link = {"type": "link", "attrs": {"href": file.url}}
    return {"type": "paragraph", "content": [{"type": "text", "text": file.words, "marks": [link]}]}


def in_html(source: str, files: Sequence[Download]) -> str:
    """Return HTML with a line for each file that it does not lead to yet."""
    lines = [f'<a href="{html.escape(each.url)}">{html.escape(each.words)}</a>' for each in _missing(source, files)]
    return before_body_end(source, f'<p style="{_STYLE}">{"<br>".join(lines)}</p>') if lines else source


def in_text(source: str, files: Sequence[Download]) -> str:
    """Return a text part of the author's with the files that it does not name yet; an empty one stays so."""
    lines = [f"{each.words}\n{each.url}" for each in _missing(source, files)]
    return "\n\n".join([source, *lines]) if source.strip() else source


def _missing(source: str, files: Sequence[Download]) -> list[Download]:
    return [each for each in files if each.url not in source]
