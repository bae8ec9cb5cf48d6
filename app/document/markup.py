"""HTML cut into tokens that join to the same text again, character by character.

Not a parser: it builds no tree and mends nothing, which is what lets the rest of a mail stay untouched.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

# Each alternative that begins must succeed, at worst by taking the rest of the text: so the scan is linear.
_TOKEN = re.compile(
    r"""
    (?P<comment><!--.*?(?:-->|\Z))
  | (?P<open><(?P<name>[a-zA-Z][^\s/>"'<=]*)(?:[^"'>]|"[^"]*"|'[^']*')*>)
  | (?P<close></[a-zA-Z][^>]*>)
  | (?P<declaration><![^>]*>)
  | (?P<unfinished><[a-zA-Z/!].*\Z)
    """,
    re.VERBOSE | re.DOTALL,
)
_ATTRIBUTE = re.compile(
    r"""(?P<name>[^\s"'>/=]+)(?:\s*=\s*(?P<value>"[^"]*"|'[^']*'|[^\s"'>]+))?""",
)
_NAME = re.compile(r"</?([a-zA-Z][^\s/>\"'<=]*)")
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)
RAW_ELEMENTS = frozenset({"style", "script", "title", "textarea", "noscript", "iframe", "xmp", "noembed", "noframes"})


class Kind(Enum):
    TEXT = "text"
    OPEN = "open"
    CLOSE = "close"
    COMMENT = "comment"
    DECLARATION = "declaration"
    UNFINISHED = "unfinished"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of HTML as it stands there. `name` is the element's, in lower case, for tags and raw text."""

    kind: Kind
    text: str
    name: str = ""


def tokens(source: str) -> Iterator[Token]:
    """Cut `source`; the texts of all tokens joined are `source`."""
    position = 0
    while (match := _TOKEN.search(source, position)) is not None:
        if match.start() > position:
            yield Token(Kind.TEXT, source[position : match.start()])
        token = _token(match)
        yield token
        position = match.end()
        if token.kind is Kind.OPEN and token.name in RAW_ELEMENTS:
            end = _end_of_raw(source, position, token.name)
            if end > position:
                yield Token(Kind.RAW, source[position:end], token.name)
            position = end
    if position < len(source):
        yield Token(Kind.TEXT, source[position:])


def _token(match: re.Match[str]) -> Token:
    kind = Kind(match.lastgroup if match.lastgroup != "name" else "open")
    if kind in (Kind.OPEN, Kind.CLOSE):
        found = _NAME.match(match[0])
        return Token(kind, match[0], found[1].lower() if found else "")
    return Token(kind, match[0])


def _end_of_raw(source: str, start: int, name: str) -> int:
    found = re.compile(rf"</{name}\b", re.IGNORECASE).search(source, start)
    return found.start() if found else len(source)


def attribute(tag: str, name: str) -> str | None:
    """Return an attribute's value of an opening tag, unescaped; None without it (the first counts, as in browsers)."""
    for match in _attributes(tag):
        if match["name"].lower() == name:
            return html.unescape(_bare(match["value"] or ""))
    return None


def attributes(tag: str) -> list[tuple[str, str]]:
    """Return the attributes of an opening tag: names in lower case, values unescaped."""
    return [(match["name"].lower(), html.unescape(_bare(match["value"] or ""))) for match in _attributes(tag)]


def replace_attributes(tag: str, change: Callable[[str, str], str | None]) -> str:
    """Return the opening tag with values replaced.

    `change` is called with each attribute's lower-case name and its value as written (without quotes), and returns
    the new value as it is to be written, or None to leave the attribute as it is.
    """
    parts: list[str] = []
    end = 0
    for match in _attributes(tag):
        if match["value"] is None:
            continue
        new = change(match["name"].lower(), _bare(match["value"]))
        if new is not None:
            parts += [tag[end : match.start("value")], f'"{new}"']
            end = match.end("value")
    return "".join([*parts, tag[end:]])


def _attributes(tag: str) -> Iterator[re.Match[str]]:
    found = _NAME.match(tag)
    return _ATTRIBUTE.finditer(tag, found.end() if found else 1, len(tag) - 1)


def _bare(value: str) -> str:
    return value[1:-1] if value[:1] in ('"', "'") else value


def before_body_end(document: str, piece: str) -> str:
    """Put a piece of HTML at the end of what is shown."""
    ends = list(_BODY_END.finditer(document))
    at = ends[-1].start() if ends else len(document)
    return document[:at] + piece + document[at:]
