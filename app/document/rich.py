"""Words of a document as HTML: inline content with its marks, lists, cells. What a person wrote is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from app.document.schema import Mark, Node
from app.document.theme import FONTS
from app.tenants.colour import luminance

_PLAIN = {"bold": "b", "italic": "i", "underline": "u", "strike": "s", "superscript": "sup", "subscript": "sub"}
# From the outside inwards; the same mark on neighbours is opened once.
_ORDER = ("link", "bold", "italic", "underline", "strike", "superscript", "subscript", "highlight", "textStyle")
_DARKEST = 0.13
INHERITING = "mp-c"


def escaped(text: str) -> str:
    """Escape what a person wrote; line breaks and runs of spaces stay visible."""
    return html.escape(text).replace("\n", "<br />").replace("\t", "    ").replace("  ", "&nbsp; ")


def inline(nodes: Sequence[Node], *, links: bool = True) -> str:
    """Return inline content; without `links` only their words, where the whole is a link already."""
    out: list[str] = []
    opened: list[Mark] = []
    for node in nodes:
        wanted = _ordered(node.marks, links)
        kept = _common(opened, wanted)
        out += [_closing(mark) for mark in reversed(opened[kept:])]
        out += [_opening(mark) for mark in wanted[kept:]]
        out.append(_word(node))
        opened = wanted
    return "".join([*out, *(_closing(mark) for mark in reversed(opened))])


def tag_text(name: str, default: str = "", form: str = "") -> str:
    """Return a merge tag as it is written in HTML."""
    written = f"{name}:{form}" if form else name
    return "{{" + written + (f"|{html.escape(default)}" if default else "") + "}}"


def paragraphs(nodes: Iterable[Node]) -> str:
    """Return the content of a list item or a cell: words without a frame of their own, lists as lists."""
    out: list[str] = []
    last = ""
    for node in nodes:
        if node.type == "paragraph":
            out.append("<br />" if last == "paragraph" else "")
            out.append(inline(node.content))
        else:
            out.append(a_list(node))
        last = node.type
    return "".join(out)


def a_list(node: Node) -> str:
    name = "ol" if node.type == "orderedList" else "ul"
    start = f' start="{node.attrs.start}"' if name == "ol" and node.attrs.start != 1 else ""
    items = "".join(f"<li>{paragraphs(item.content)}</li>" for item in node.content)
    return f"<{name}{start}>{items}</{name}>"


def _ordered(marks: Sequence[Mark], links: bool) -> list[Mark]:
    shown = [mark for mark in marks if mark.type != "link" or (links and mark.attrs.href)]
    return sorted(shown, key=lambda mark: _ORDER.index(mark.type))


def _common(opened: Sequence[Mark], wanted: Sequence[Mark]) -> int:
    count = 0
    for one, other in zip(opened, wanted, strict=False):
        if one != other:
            break
        count += 1
    return count


def _word(node: Node) -> str:
    if node.type == "hardBreak":
        return "<br />"
    if node.type == "mergeTag":
        return tag_text(node.attrs.name, node.attrs.default, node.attrs.format)
    return escaped(node.text)


def _opening(mark: Mark) -> str:
    if mark.type == "link":
        title = f' title="{html.escape(mark.attrs.title)}"' if mark.attrs.title else ""
        return f'<a href="{html.escape(mark.attrs.href)}"{title} target="_blank">'
    if mark.type == "highlight":
        return f'<span style="background-color:{mark.attrs.color or "#fff3a3"};color:#1f2933">'
    if mark.type == "textStyle":
        return _styled(mark)
    return f"<{_PLAIN[mark.type]}>"


def _styled(mark: Mark) -> str:
    color, size, font = mark.attrs.color, mark.attrs.font_size, mark.attrs.font_family
    rules = [f"color:{color}" if color else "", f"font-size:{size}" if size else ""]
    rules.append(f"font-family:{FONTS[font]}" if font else "")
    # A dark colour on dark paper cannot be read: there it becomes that of the words around it.
    name = f' class="{INHERITING}"' if color and luminance(color) < _DARKEST else ""
    return f'<span{name} style="{";".join(rule for rule in rules if rule)}">'


def _closing(mark: Mark) -> str:
    return {"link": "</a>", "highlight": "</span>", "textStyle": "</span>"}.get(mark.type) or f"</{_PLAIN[mark.type]}>"
