"""A document's blocks laid out as MJML: frames (header, the paper, footer), sections in them, columns in those."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

import msgspec

from app.document.attrs import SpacerAttrs
from app.document.blocks import WRITERS, Place, article_picture, article_words, conditional, element, padding, write
from app.document.schema import Node
from app.document.sheet import dark_sheet
from app.document.theme import Look, Style, letters_on, style_of

# Pixels above and below: of a header, a footer, and what is between.
_RISES = {"header": (20, 4), "footer": (16, 24), "": (20, 24)}


def to_mjml(document: Node, look: Look) -> tuple[str, Place]:
    """Return the mail as MJML, and the place it was written to, which holds its style and its conditions."""
    style = style_of(document.attrs.theme, look)
    place = Place(style, look, style.width)
    body = element(
        "mj-body", "".join(_frames(document.content, place)), width=f"{style.width}px",
        background_color=style.background, css_class="mp-page",
    )  # fmt: skip
    return f'<mjml lang="{html.escape(look.locale)}">{_head(document, style)}{body}</mjml>', place


def _head(document: Node, style: Style) -> str:
    line = f"{style.line_height}%"
    size = f"{style.text_size}px"
    defaults = [
        element("mj-all", font_family=style.font),
        element("mj-text", font_size=size, line_height=line, color=style.text, padding="0"),
        element("mj-table", font_size=size, line_height=line, color=style.text),
        element("mj-button", font_size=size, font_weight="700", line_height="130%", inner_padding="13px 26px"),
        element("mj-section", padding="0"),
    ]
    scheme = "light dark" if style.dark else "light only"
    parts = [
        element("mj-title", html.escape(_title(document))) if _title(document) else "",
        element("mj-preview", html.escape(document.attrs.preheader)) if document.attrs.preheader else "",
        element("mj-attributes", "".join(defaults)),
        f'<mj-raw><meta name="color-scheme" content="{scheme}" />'
        f'<meta name="supported-color-schemes" content="{scheme}" /></mj-raw>',
        element("mj-style", dark_sheet(style)) if style.dark else "",
    ]
    return element("mj-head", "".join(parts))


def _title(document: Node) -> str:
    heading = next((node for node in document.walk() if node.type == "heading" and node.content), None)
    return "".join(node.text for node in heading.content).strip() if heading else ""


def _frames(blocks: Sequence[Node], place: Place) -> Iterable[str]:
    """A header or footer is a frame of its own, what stands between them shares one."""
    for kind, nodes in groupby(blocks, lambda node: node.type if node.type in _RISES else ""):
        if kind == "":
            yield _frame(list(nodes), replace(place, ground=place.style.paper, frame="mp-paper"), *_RISES[""])
        else:
            yield from (_own_frame(node, place) for node in nodes)


def _own_frame(node: Node, place: Place) -> str:
    top, bottom = _RISES[node.type]
    if node.attrs.padding:
        top, side, bottom, _left = node.attrs.padding
        place = replace(place, side=side)
    if node.attrs.background:
        place = replace(_on(place, node.attrs.background), ground=node.attrs.background)
    elif node.type == "header":
        place = replace(place, ground=place.style.paper, frame="mp-paper")
    return conditional(node, place, _frame(node.content, replace(place, quiet=node.type == "footer"), top, bottom))


def _frame(blocks: Sequence[Node], place: Place, top: int, bottom: int) -> str:
    return "".join(_sections([*_space(top), *blocks, *_space(bottom)], place))


def _space(height: int) -> list[Node]:
    return [Node("spacer", SpacerAttrs(height=height))] if height else []


def _sections(blocks: Sequence[Node], place: Place) -> Iterable[str]:
    """Blocks that need no section of their own share one: it is much less HTML."""
    for alone, nodes in groupby(blocks, _stands_alone):
        if alone:
            yield from (conditional(node, place, _section_of(node, place)) for node in nodes)
        else:
            written = "".join(write(node, place) for node in nodes)
            yield _section(place, element("mj-column", written)) if written else ""


def _section(place: Place, content: str, **attributes: object) -> str:
    return element("mj-section", content, background_color=place.ground, css_class=place.frame, **attributes)


def _stands_alone(node: Node) -> bool:
    beside = node.type == "article" and node.attrs.layout != "top"
    return node.type == "columns" or beside or bool(node.attrs.radius and node.attrs.background)


def _section_of(node: Node, place: Place) -> str:
    if node.type == "columns":
        return _columns(node, place)
    if node.attrs.radius and node.attrs.background:
        return _card(node, place)
    return _article_beside(node, place)


def _columns(node: Node, place: Place) -> str:
    widths = _widths([column.attrs.width for column in node.content])
    half = node.attrs.gap // 2
    outer = _behind(node, place)
    room = place.width - 2 * (place.side - half)
    columns = [
        _column(column, f"{width:g}%", replace(outer, width=int(room * width / 100), side=half), node.attrs.vertical)
        for column, width in zip(node.content, widths, strict=True)
    ]
    inner = "".join(columns)
    return _section(
        outer, inner if node.attrs.stack else element("mj-group", inner),
        padding=padding(node, replace(place, side=place.side - half), rise=0),
        border_radius=f"{node.attrs.radius}px" if node.attrs.radius else None,
    )  # fmt: skip


def _behind(node: Node, place: Place) -> Place:
    """The place within a block whose ground is a whole section's."""
    ground = node.attrs.background
    return replace(_on(place, ground), ground=ground) if ground else place


def _column(column: Node, width: str, place: Place, vertical: str) -> str:
    ground = column.attrs.background
    inner = "".join(write(node, _on(place, ground) if ground else place) for node in column.content)
    return element("mj-column", inner, width=width, vertical_align=vertical, background_color=ground)


def _widths(given: Sequence[int | None]) -> list[float]:
    """Return the widths in percent, 100 together; those that were not said share what is left."""
    said = sum(width for width in given if width)
    missing = sum(width is None for width in given)
    share = max(10.0, (100 - said) / missing) if missing else 0.0
    widths = [width or share for width in given]
    return [round(width * 100 / sum(widths), 3) for width in widths]


def _card(node: Node, place: Place) -> str:
    """A block on a rounded ground: the ground is the column's, so that the corners stay round."""
    ground = node.attrs.background
    bare = replace(node, attrs=msgspec.structs.replace(node.attrs, background=None, radius=0))
    inner = WRITERS[node.type](bare, replace(_on(place, ground), width=place.width - 2 * place.side, side=20, rise=12))
    column = element("mj-column", inner, background_color=ground, border_radius=f"{node.attrs.radius}px")
    return _section(place, column, padding=f"8px {place.side}px") if inner else ""


def _article_beside(node: Node, place: Place) -> str:
    half, picture_share = 10, 36
    room = place.width - 2 * (place.side - half)
    outer = _behind(node, place)
    narrow = replace(outer, side=half, width=room * picture_share // 100)
    bare = replace(node, attrs=msgspec.structs.replace(node.attrs, padding=None, background=None))
    picture, words = article_picture(bare, narrow), article_words(bare, replace(narrow, width=room - narrow.width))
    columns = [
        element("mj-column", picture, width=f"{picture_share}%"),
        element("mj-column", words, width=f"{100 - picture_share}%"),
    ]
    if not picture:
        columns = [element("mj-column", words)]
    inner = "".join(columns if node.attrs.layout == "left" else reversed(columns))
    return _section(outer, inner, padding=padding(node, replace(place, side=place.side - half), rise=0))


def _on(place: Place, ground: str) -> Place:
    """The same place on a ground of its own, which dark mode leaves as it is."""
    return replace(place, plain=False, color=letters_on(ground), frame=None)
