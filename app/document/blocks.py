"""Each block as MJML, and the table of them. A new block is a kind in `schema.KINDS` and a writer here: `add_block`.

A writer gets its node and the place it stands in, and returns elements of an `mj-column`.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.document.rich import a_list, escaped, inline, paragraphs
from app.document.sanitise import sanitise
from app.document.schema import KINDS, Kind, Node
from app.document.theme import Look, Style, letters_on

_HEADINGS = {1: 1.75, 2: 1.375, 3: 1.125, 4: 1.0}
_NETWORKS = {
    "web": "Web", "mail": "E-mail", "facebook": "Facebook", "instagram": "Instagram", "x": "X", "youtube": "YouTube",
    "linkedin": "LinkedIn", "threads": "Threads", "tiktok": "TikTok", "github": "GitHub", "naver-blog": "네이버 블로그",
    "kakaotalk": "카카오톡",
}  # fmt: skip
_NETWORKS_EN = {"naver-blog": "Naver Blog", "kakaotalk": "KakaoTalk"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block stands: the look of the mail, `side` and `rise` (px left and right, above and below), the width.

    `quiet`: words step back there, as in a footer. `plain`: on the paper, so that dark mode may recolour it; elsewhere
    words have `color`. `ground` and `frame`: the colour and the class of sections.
    """

    style: Style
    look: Look
    width: int
    side: int = 28
    rise: int = 8
    quiet: bool = False
    plain: bool = True
    color: str | None = None
    ground: str | None = None
    frame: str | None = None
    conditions: list[dict[str, Any]] = field(default_factory=list)


Writer = Callable[[Node, Place], str]


def write(node: Node, place: Place) -> str:
    """Return a block as elements of a column, between the marks of its condition where it has one."""
    written = WRITERS[node.type](node, place)
    return conditional(node, place, written) if written else ""


def conditional(node: Node, place: Place, written: str) -> str:
    """Put what was written between marks, and note the condition under their number."""
    if node.attrs.condition is None or not written:
        return written
    place.conditions.append(node.attrs.condition)
    number = len(place.conditions)
    return f"<mj-raw><!--if {number}--></mj-raw>{written}<mj-raw><!--/if {number}--></mj-raw>"


def element(name: str, content: str = "", **attributes: object) -> str:
    """Return an MJML element; attributes that are None are left out, and `_` in names is `-`."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written} />"


def padding(node: Node, place: Place, *, rise: int | None = None) -> str:
    given = node.attrs.padding
    rise = place.rise if rise is None else rise
    top, right, bottom, left = given or (rise, place.side, rise, place.side)
    return f"{top}px {right}px {bottom}px {left}px"


def _text(node: Node, place: Place, content: str, *, rise: int | None = None, **attributes: object) -> str:
    if not content:
        return ""
    ground = node.attrs.background
    own = letters_on(ground) if ground else place.color
    defaults: dict[str, object] = {
        "css_class": "mp-t" if place.plain and not ground else "mp-o",
        "align": node.attrs.align or "left",
        "padding": padding(node, place, rise=rise),
        "container_background_color": ground,
        "color": own or (place.style.quiet if place.quiet else None),
        "font_size": f"{max(12, place.style.text_size - 3)}px" if place.quiet else None,
    }
    return element("mj-text", content, **defaults | attributes)


def heading(node: Node, place: Place) -> str:
    level = node.attrs.level
    size = round(place.style.text_size * _HEADINGS[level])
    return _text(
        node, place, f"<h{level}>{inline(node.content)}</h{level}>" if node.content else "",
        font_size=f"{size}px", font_family=place.style.heading_font, font_weight="700", line_height="135%",
    )  # fmt: skip


def paragraph(node: Node, place: Place) -> str:
    # An empty line is a line, as it is where it was written.
    return _text(node, place, f"<p>{inline(node.content) or '&nbsp;'}</p>")


def words_list(node: Node, place: Place) -> str:
    return _text(node, place, a_list(node))


def quote(node: Node, place: Place) -> str:
    inner = "".join(
        f"<p>{inline(each.content) or '&nbsp;'}</p>" if each.type == "paragraph" else a_list(each)
        for each in node.content
    )
    rule = f"border-left:3px solid {node.attrs.color or place.style.brand}"
    return _text(node, place, f'<blockquote style="{rule}">{inner}</blockquote>')


def picture(node: Node, place: Place) -> str:
    source = picture_url(node, place)
    if not source:
        return ""
    given = node.attrs.padding
    room = place.width - (given[1] + given[3] if given else 2 * place.side)
    width = max(1, min(node.attrs.width or room, room))
    return element(
        "mj-image", src=source, alt=node.attrs.alt, href=node.attrs.link or None, width=f"{width}px",
        align=node.attrs.align or "center", padding=padding(node, place), border_radius=f"{place.style.radius}px",
        container_background_color=node.attrs.background,
    )  # fmt: skip


def picture_url(node: Node, place: Place) -> str:
    return str(place.look.pictures.get(node.attrs.media, node.attrs.src))


def button(node: Node, place: Place) -> str:
    words = inline(node.content, links=False)
    if not words:
        return ""
    colour = node.attrs.color or place.style.brand
    corner = place.style.radius if node.attrs.corner is None else node.attrs.corner
    return element(
        "mj-button", words, href=node.attrs.url or None, background_color=colour,
        color=node.attrs.text_color or letters_on(colour), border_radius=f"{corner}px",
        align=node.attrs.align if node.attrs.align != "justify" else None,
        width="100%" if node.attrs.full_width else None, padding=padding(node, place, rise=12),
        container_background_color=node.attrs.background,
    )  # fmt: skip


def divider(node: Node, place: Place) -> str:
    return element(
        "mj-divider", border_color=node.attrs.color or place.style.line, border_width=f"{node.attrs.thickness}px",
        border_style=node.attrs.line, width=f"{node.attrs.width}%", align=node.attrs.align or "center",
        padding=padding(node, place, rise=14), container_background_color=node.attrs.background,
        css_class=None if node.attrs.color else "mp-l",
    )  # fmt: skip


def spacer(node: Node, _place: Place) -> str:
    return element(
        "mj-spacer", height=f"{node.attrs.height}px", container_background_color=node.attrs.background, padding="0"
    )


def table(node: Node, place: Place) -> str:
    rows = "".join(_row(row, node.attrs.striped and i % 2 == 1, place) for i, row in enumerate(node.content))
    return element(
        "mj-table", rows, css_class="mp-t" if place.plain and not node.attrs.background else "mp-o",
        padding=padding(node, place), container_background_color=node.attrs.background,
    )  # fmt: skip


def _row(row: Node, striped: bool, place: Place) -> str:
    return f"<tr>{''.join(_cell(cell, striped, place) for cell in row.content)}</tr>"


def _cell(cell: Node, striped: bool, place: Place) -> str:
    name = "th" if cell.type == "tableHeader" else "td"
    ground = cell.attrs.background
    rules = f"text-align:{cell.attrs.align or 'left'}" + (f";background-color:{ground}" if ground else "")
    spans = "".join(f' {key}="{count}"' for key in ("colspan", "rowspan") if (count := getattr(cell.attrs, key)) != 1)
    if ground:
        rules += f";color:{letters_on(ground)}"
    elif striped:
        rules += f";background-color:{place.style.background}"
    kind = ' class="mp-s"' if striped and not ground else ""
    return f'<{name}{kind}{spans} style="{rules}">{paragraphs(cell.content)}</{name}>'


def social(node: Node, place: Place) -> str:
    names = _NETWORKS if place.look.locale == "ko" else _NETWORKS | _NETWORKS_EN
    color = f' style="color:{node.attrs.color}"' if node.attrs.color else ""
    links = [
        f'<a href="{html.escape(item.url)}"{color} target="_blank">{names[item.network]}</a>'
        for item in node.attrs.items
        if item.url
    ]
    return _text(node, place, " &nbsp;·&nbsp; ".join(links), align=node.attrs.align or "center")


def article(node: Node, place: Place) -> str:
    return article_picture(node, place) + article_words(node, place)


def article_picture(node: Node, place: Place) -> str:
    source = picture_url(node, place)
    if not source:
        return ""
    return element(
        "mj-image", src=source, alt=node.attrs.alt, href=node.attrs.link or None, padding=padding(node, place),
        border_radius=f"{place.style.radius}px", container_background_color=node.attrs.background,
        width=f"{max(1, place.width - 2 * place.side)}px", fluid_on_mobile="true",
    )  # fmt: skip


def article_words(node: Node, place: Place) -> str:
    given, url = node.attrs, html.escape(node.attrs.link)
    headline = escaped(given.headline)
    linked = f'<a href="{url}" class="mp-h" target="_blank">{headline}</a>' if url and headline else headline
    parts = [
        f'<p class="mp-k">{escaped(given.kicker)}</p>' if given.kicker else "",
        f'<h3 class="mp-a">{linked}</h3>' if linked else "",
        f"<p>{escaped(given.lead)}</p>" if given.lead else "",
        f'<p class="mp-m"><a href="{url}" target="_blank">{escaped(given.more)}</a></p>' if given.more and url else "",
    ]
    return _text(node, place, "".join(parts))


def raw(node: Node, place: Place) -> str:
    # Its own colours were chosen for light paper, so it keeps that in dark mode.
    ground = node.attrs.background or place.style.paper
    return _text(node, place, sanitise(node.attrs.html), css_class=None, container_background_color=ground)


WRITERS: dict[str, Writer] = {
    "heading": heading,
    "paragraph": paragraph,
    "bulletList": words_list,
    "orderedList": words_list,
    "image": picture,
    "button": button,
    "divider": divider,
    "spacer": spacer,
    "quote": quote,
    "table": table,
    "social": social,
    "article": article,
    "html": raw,
}


def add_block(name: str, kind: Kind, writer: Writer) -> None:
    """Let documents hold a block of another domain, as a survey's question."""
    KINDS[name] = kind
    WRITERS[name] = writer
