"""Conditional comments: what only Outlook reads, or all but Outlook. Kept letter by letter through the cleaning.

    <!--[if mso]> … <![endif]-->      <!--[if !mso]><!-->  …  <!--<![endif]-->      <![if !mso]> … <![endif]>

No browser of today reads what is within the first form; Outlook runs no scripts. What looks like a script all the same
is refused as a whole, and so is what other readers would take for the comment's end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.document.markup import Kind, Token

_IF = r"\[if [\w\s()!&|.]{1,80}\]"
_FORMS = re.compile(
    rf"<!--{_IF}>(?!-?>)(?P<hidden>.*)<!\[endif\]-->"
    rf"|<!--{_IF}>\s*(?:<!)?-->|<!--\s*<!\[endif\]-->|<!{_IF}>|<!\[endif\]>",
    re.DOTALL | re.IGNORECASE,
)
_RISKS = re.compile(
    r"--!>|<!--|</?\s*(?:script|iframe|object|embed|form|base|meta|link)\b|\bon\w+\s*=|script\s*:|expression\s*\(",
    re.IGNORECASE,
)
_PLACE = re.compile(r"<!--k(\d+)-->")


def is_kept(token: Token) -> bool:
    """Tell whether a comment or declaration is one of Outlook's, and harmless."""
    if token.kind not in (Kind.COMMENT, Kind.DECLARATION):
        return False
    form = _FORMS.fullmatch(token.text)
    return form is not None and not _RISKS.search(form["hidden"] or "")


class Shelf:
    """Puts conditional comments aside while the rest is cleaned, each behind a comment that marks its place."""

    def __init__(self) -> None:
        self._kept: list[str] = []

    def placed(self, token: Token) -> str:
        self._kept.append(token.text)
        return f"<!--k{len(self._kept) - 1}-->"

    def restored(self, cleaned: str) -> str:
        return _PLACE.sub(lambda place: self._kept[int(place[1])], cleaned)


def of_head(pieces: Iterable[Token]) -> str:
    """Return the conditional comments of a document's head, where Outlook's own settings stand."""
    kept: list[str] = []
    for piece in pieces:
        if piece.kind is Kind.OPEN and piece.name == "body":
            return "\n".join(kept)
        if is_kept(piece):
            kept.append(piece.text)
    return ""
