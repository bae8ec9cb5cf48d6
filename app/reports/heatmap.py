"""The mail with the clicks written beside its links. Pure: HTML in, HTML out, no scripts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from app.document.compile import Endpoints, MailSource, preview
from app.document.markup import Kind, Token, attribute, replace_attributes, tokens

# A host that exists nowhere: the addresses made with it are found again and taken out.
NOWHERE = "https://links.invalid"
PLACE = "x"
_CLICK = re.compile(re.escape(NOWHERE) + r"/t/c/x/(\d+)$")
_HEAT = "background-color:rgba(255,140,0,{heat:.2f});outline:2px solid rgba(214,93,0,{heat:.2f})"
_MARK = (
    '<span style="display:inline-block;margin:0 4px;padding:0 6px;border-radius:8px;background:#1b1c1e;color:#ffffff;'
    'font:600 12px/18px sans-serif;text-decoration:none;white-space:nowrap">{}</span>'
)


def annotated(html: str, locale: str, clicks: Mapping[int, int]) -> str:
    """Return a mailing's body with each counted link tinted by its share of the clicks and its number beside it.

    `clicks` are those of people by link number. Nothing in the answer is counted or leads anywhere.
    """
    source = MailSource(subject="", html=html, locale=locale)
    rendered = preview(source, {}, Endpoints(NOWHERE), token=PLACE).html
    return _Painter(clicks).paint(list(tokens(rendered)))


class _Painter:
    def __init__(self, clicks: Mapping[int, int]) -> None:
        self._clicks = clicks
        self._most = max(clicks.values(), default=0)
        self._total = sum(clicks.values())
        self._open: list[int | None] = []

    def paint(self, pieces: Sequence[Token]) -> str:
        return "".join(self._painted(piece) for piece in pieces)

    def _painted(self, piece: Token) -> str:
        if piece.kind is Kind.CLOSE and piece.name == "a":
            number = self._open.pop() if self._open else None
            return piece.text + (self._mark(number) if number else "")
        if piece.kind is not Kind.OPEN:
            return piece.text
        if piece.name == "img" and (attribute(piece.text, "src") or "").startswith(NOWHERE):
            return ""
        if piece.name in ("a", "area"):
            return self._link(piece)
        return piece.text

    def _link(self, piece: Token) -> str:
        href = attribute(piece.text, "href") or ""
        found = _CLICK.search(href)
        number = int(found[1]) if found else None
        if piece.name == "a":
            self._open.append(number)
        quiet = replace_attributes(piece.text, lambda name, _value: "#" if name == "href" else None)
        return self._tinted(quiet, self._clicks.get(number, 0)) if number else quiet

    def _tinted(self, tag: str, clicks: int) -> str:
        if not clicks:
            return tag
        heat = _HEAT.format(heat=0.15 + 0.55 * clicks / self._most)
        style = attribute(tag, "style")
        if style is None:
            return re.sub(r"^<\w+", lambda opening: f'{opening[0]} style="{heat}"', tag)
        return replace_attributes(
            tag, lambda name, value: f"{value.rstrip('; ')};{heat}".replace('"', "&quot;") if name == "style" else None
        )

    def _mark(self, number: int) -> str:
        clicks = self._clicks.get(number, 0)
        share = f" · {clicks / self._total:.0%}" if self._total else ""
        return _MARK.format(f"{clicks:,}{share}")
