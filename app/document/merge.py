"""The merge language: `{{name}}`, `{{name|default}}` and `{{name:format|default}}`, and nothing else.

A tag names a value of the recipient, a format how it is written; the default stands in when the value is empty. There
are no expressions, no attributes and no calls, so what a tenant writes can read nothing but the recipient's own values.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from app.document.formats import FORMATS, formatted

Form = Literal["text", "html", "url"]

UNSUBSCRIBE_URL = "unsubscribe_url"
VIEW_URL = "view_url"
PREFERENCES_URL = "preferences_url"
FORWARD_URL = "forward_url"
SYSTEM_TAGS = (UNSUBSCRIBE_URL, VIEW_URL, PREFERENCES_URL, FORWARD_URL)

# A default holds no braces, no markup and no line break: what looks like a tag and is none is told to the author.
TAG = re.compile(
    r"\{\{[ \t]*(?P<name>\w[\w-]{0,63})[ \t]*"
    rf"(?::(?P<format>{'|'.join(map(re.escape, sorted(FORMATS, reverse=True)))})[ \t]*)?"
    r"(?:\|(?P<default>[^{}<>\r\n]{0,200}))?\}\}"
)
_BRACES = re.compile(r"\{\{.{0,40}", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag: the name of a value, what stands in for it, and how it is written (one of `FORMATS`, or as it is)."""

    name: str
    default: str = ""
    format: str = ""


def parse(text: str) -> list[str | Tag]:
    """Return `text` (plain, not HTML) as its literal parts and tags, in order; no part is empty."""
    parts: list[str | Tag] = []
    end = 0
    for match in TAG.finditer(text):
        parts += [text[end : match.start()], tag_of(match)]
        end = match.end()
    return [part for part in [*parts, text[end:]] if part != ""]


def tag_of(match: re.Match[str], *, escaped: bool = False) -> Tag:
    """Return the tag of a match of `TAG`; `escaped` when it was found in HTML, where a default is written escaped."""
    default = (match["default"] or "").strip()
    return Tag(match["name"], html.unescape(default) if escaped else default, match["format"] or "")


def render(text: str, values: Mapping[str, str], form: Form = "text", *, locale: str = "ko") -> str:
    """Return `text` with its tags replaced by values in the given form. Unknown names become their default."""
    parts = parse(text)
    return "".join(part if isinstance(part, str) else encode(value_of(part, values, locale), form) for part in parts)


def value_of(tag: Tag, values: Mapping[str, str], locale: str = "ko") -> str:
    """Return what the recipient reads for a tag: one line, without control characters (no header is ever split)."""
    value = one_line(values.get(tag.name, ""))
    if value and tag.format:
        return one_line(formatted(value, tag.format, locale))
    return value or one_line(tag.default)


def one_line(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()


def encode(value: str, form: Form) -> str:
    """Return a value fit for its place: as it is, escaped for HTML text and attributes, or as a part of a URL."""
    if form == "html":
        return html.escape(value)
    return quote(value, safe="") if form == "url" else value


def names(*texts: str) -> list[str]:
    """Return the names that are used, each once, in order of first use."""
    return list(dict.fromkeys(match["name"] for text in texts for match in TAG.finditer(text)))


def unknown(texts: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return the names that are used and mean nothing."""
    return [name for name in names(*texts) if name not in known and name not in SYSTEM_TAGS]


def broken(text: str) -> list[str]:
    """Return the beginnings of what opens like a tag and is none, as `{{na<b>me</b>}}`."""
    return list(_broken(text))


def _broken(text: str) -> Iterator[str]:
    for match in _BRACES.finditer(TAG.sub("", text)):
        yield match[0].splitlines()[0]
