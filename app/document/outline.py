"""A mail as a small drawing: headings as dark bars, words as lines, pictures as places. Pure."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.document.markup import Kind, tokens
from app.document.schema import Node, read_document
from app.document.theme import Look, Style, style_of

WIDTH, HEIGHT = 640, 490
_SIDE = 28
_FRAME = 24
_LINE = 22
_MOST_LINES = 4
_HEADINGS = {1: 24, 2: 20, 3: 16, 4: 14}
_WORDS = frozenset({"paragraph", "bulletList", "orderedList"})


@dataclass
class _Pen:
    """Draws downwards in a column from `left`, `width` wide."""

    style: Style
    left: float
    width: float
    y: float
    drawn: list[str] = field(default_factory=list)

    @property
    def full(self) -> bool:
        return self.y > HEIGHT

    def box(
        self, height: float, colour: str, *, width: float | None = None, radius: float = 3, rise: float = 8
    ) -> None:
        """Draw a box and go below it."""
        self.at(self.left, self.y + rise, (self.width if width is None else width, height), colour, radius)
        self.y += height + 2 * rise

    def at(self, x: float, y: float, size: tuple[float, float], colour: str, radius: float = 3) -> None:
        width, height = size
        self.drawn.append(
            f'<rect x="{x:g}" y="{y:g}" width="{max(width, 0):g}" height="{height:g}" rx="{radius:g}" fill="{colour}"/>'
        )

    def lines(self, letters: int, colour: str) -> None:
        """Draw so many letters as lines of words, the last one as long as what is left."""
        a_line = max(1, int(self.width / 9))
        for _ in range(min(_MOST_LINES, -(-letters // a_line))):
            share = min(1.0, letters / a_line)
            self.at(self.left, self.y + 6, (self.width * max(share, 0.15), 8), colour)
            self.y += _LINE
            letters -= a_line
        self.y += 6

    def picture(self) -> None:
        height = min(180.0, self.width * 0.45)
        x, y = self.left, self.y + 8
        self.at(x, y, (self.width, height), self.style.line, self.style.radius)
        middle, foot = x + self.width / 2, y + height * 0.78
        hill = height * 0.3
        self.drawn.append(
            f'<path d="M{middle - 2 * hill:g} {foot:g} l{hill:g} {-hill:g} {hill * 0.6:g} {hill * 0.6:g} {hill * 0.8:g}'
            f' {-hill * 0.8:g} {hill * 1.2:g} {hill * 1.2:g}z" fill="{self.style.quiet}" opacity=".35"/>'
        )
        self.y += height + 16


def outline(document: Node, look: Look) -> str:
    """Return the drawing of a document, as SVG of `WIDTH` by `HEIGHT`."""
    style = style_of(document.attrs.theme, look)
    room = min(style.width, WIDTH - 2 * _FRAME)
    left = (WIDTH - room) / 2
    pen = _Pen(style, left + _SIDE, room - 2 * _SIDE, _FRAME + 16)
    pen.at(left, _FRAME, (room, HEIGHT), style.paper, 0)
    _draw_all(document.content, pen)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{style.background}"/>{"".join(pen.drawn)}</svg>'
    )


def outline_of_html(source: str, look: Look) -> str:
    """Return the drawing of a mail that is HTML of somebody else's."""
    blocks = list(_blocks(source)) or [{"type": "paragraph"}]
    return outline(read_document({"type": "doc", "content": blocks}), look)


def _blocks(source: str) -> Iterator[dict[str, object]]:
    """Read headings, words and pictures off HTML."""
    heading = 0
    for token in tokens(source):
        if token.kind is Kind.RAW:
            continue
        if token.kind is Kind.OPEN and token.name == "img":
            yield {"type": "image"}
        if token.kind in (Kind.OPEN, Kind.CLOSE) and token.name in ("h1", "h2", "h3", "h4"):
            heading = int(token.name[1]) if token.kind is Kind.OPEN else 0
        words = " ".join(html.unescape(token.text).split()) if token.kind is Kind.TEXT else ""
        if len(words) > 1:
            text = [{"type": "text", "text": words[:400]}]
            block = {"type": "heading", "attrs": {"level": heading}} if heading else {"type": "paragraph"}
            yield block | {"content": text}


def _draw_all(blocks: Iterable[Node], pen: _Pen) -> None:
    for block in blocks:
        if pen.full:
            return
        _draw(block, pen)


def _draw(block: Node, pen: _Pen) -> None:
    style = pen.style
    if block.type == "heading":
        share = min(1.0, max(0.2, _letters(block) / (pen.width / 13)))
        pen.box(_HEADINGS[block.attrs.level], style.heading, width=pen.width * share)
    elif block.type in _WORDS:
        pen.lines(_letters(block), style.line)
    elif block.type == "image":
        pen.picture()
    elif block.type == "article":
        pen.picture()
        pen.box(16, style.heading, width=pen.width * 0.7)
        pen.lines(len(block.attrs.lead), style.line)
    elif block.type == "button":
        width = min(pen.width, 60 + 11 * _letters(block))
        colour = block.attrs.color or style.brand
        pen.at(pen.left + (pen.width - width) / 2, pen.y + 10, (width, 34), colour, style.radius)
        pen.y += 54
    elif block.type == "divider":
        pen.box(2, block.attrs.color or style.line, radius=0, rise=12)
    elif block.type == "spacer":
        pen.y += block.attrs.height
    elif block.type == "table":
        for _row in block.content[:6]:
            pen.box(2, style.line, radius=0, rise=12)
    elif block.type == "social":
        pen.box(8, style.link, width=pen.width * 0.4)
    elif block.type == "columns":
        _columns(block, pen)
    else:
        _draw_all(block.content, pen)


def _columns(block: Node, pen: _Pen) -> None:
    """Side by side; what follows stands below the longest."""
    gap, count = block.attrs.gap, len(block.content)
    width = (pen.width - gap * (count - 1)) / count
    ends = [pen.y]
    for number, column in enumerate(block.content):
        beside = _Pen(pen.style, pen.left + number * (width + gap), width, pen.y, pen.drawn)
        _draw_all(column.content, beside)
        ends.append(beside.y)
    pen.y = max(ends)


def _letters(block: Node) -> int:
    """How many letters there are; Hangul is as wide as two."""
    text = "".join(node.text for node in block.walk())
    return sum(2 if letter > "\u1100" else 1 for letter in text)
