"""HTML that somebody pasted, made safe to mail and to show. Done when it is saved; everything later relies on it.

Elements and attributes by bleach, CSS by `css`. Comments go but Outlook's conditional ones, scripts and forms go.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Literal

from bleach.css_sanitizer import CSSSanitizer
from bleach.sanitizer import Cleaner

from app.document.css import clean_declarations, clean_stylesheet
from app.document.markup import RAW_ELEMENTS, Kind, Token, attribute, attributes, tokens
from app.document.outlook import Shelf, is_kept, of_head

_TAGS = """
    a abbr acronym address area article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del
    dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main map mark nav ol p
    pre q rp rt ruby s samp section small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul var
    wbr
    """
_EVERYWHERE = frozenset(
    {"align", "aria-hidden", "aria-label", "bgcolor", "class", "dir", "height", "id", "lang", "role", "style", "title"}
    | {"valign", "width"}
)
TAGS = frozenset(_TAGS.split())
_OF_ELEMENT = {
    "a": frozenset({"href", "name", "rel", "target"}),
    "area": frozenset({"href", "shape", "coords", "alt"}),
    "map": frozenset({"name"}),
    "img": frozenset({"src", "alt", "border", "hspace", "vspace", "usemap"}),
    "table": frozenset({"border", "cellpadding", "cellspacing", "background", "summary"}),
    "td": frozenset({"colspan", "rowspan", "nowrap", "background", "headers", "scope"}),
    "th": frozenset({"colspan", "rowspan", "nowrap", "background", "headers", "scope"}),
    "tr": frozenset({"background"}),
    "col": frozenset({"span"}),
    "colgroup": frozenset({"span"}),
    "font": frozenset({"color", "face", "size"}),
    "ol": frozenset({"start", "type"}),
    "ul": frozenset({"type"}),
    "li": frozenset({"value", "type"}),
    "hr": frozenset({"size", "noshade", "color"}),
    "br": frozenset({"clear"}),
    "time": frozenset({"datetime"}),
}
PROTOCOLS = frozenset({"http", "https", "mailto", "tel", "sms"})
_FRAME = frozenset({"html", "head", "body", "meta", "link", "base", "title", "style"})
_DOCUMENT = re.compile(r"<(?:html|body)\b", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class _MailCss(CSSSanitizer):
    """What bleach calls for each style attribute."""

    def sanitize_css(self, style: str) -> str:
        return clean_declarations(style)


def _attribute_allowed(tag: str, name: str, value: str) -> bool:
    return name in _EVERYWHERE or name in _OF_ELEMENT.get(tag, ())


def sanitise(source: str) -> str:
    """Return `source` with only what a mail may have. A piece stays a piece, a document a document.

    A document gets a head of its own with character set, viewport, title and the cleaned styles.
    """
    source = source.replace("\x00", "").replace("\r\n", "\n")
    if not source.strip():
        return ""
    pieces = list(tokens(source))
    styles = _styles(pieces)
    shelf = Shelf()
    is_document = _DOCUMENT.search(source)
    within = _body_of(pieces) if is_document else pieces
    content = shelf.restored(_cleaned("".join(_visible(within, shelf)))).strip()
    if is_document:
        return _document(pieces, styles, content)
    return (f"<style>\n{styles}\n</style>\n" if styles else "") + content


@dataclass(frozen=True, slots=True)
class Removal:
    """Something that cleaning took out, and how often: `name` is an element's, an attribute's, a property's."""

    kind: Literal["element", "attribute", "style", "comment"]
    name: str
    count: int


def difference(before: str, after: str) -> list[Removal]:
    """Return what was taken out between `before` and `after`, the most frequent first, for showing to the author."""
    gone = _inventory(before) - _inventory(after)
    return [Removal(kind, name, count) for (kind, name), count in gone.most_common()]


def _inventory(source: str) -> Counter[tuple[Literal["element", "attribute", "style", "comment"], str]]:
    found: Counter[tuple[Literal["element", "attribute", "style", "comment"], str]] = Counter()
    for token in tokens(source):
        if token.kind is Kind.COMMENT:
            found["comment", "<!-- -->" if not is_kept(token) else "<!--[if]-->"] += 1
        elif token.kind is Kind.OPEN and token.name not in _FRAME:
            found["element", token.name] += 1
            for name, value in attributes(token.text):
                found["attribute", name] += name != "style"
                if name == "style":
                    found.update(("style", rule.partition(":")[0].strip().lower()) for rule in _rules(value))
    return found


def _rules(style: str) -> list[str]:
    return [rule for rule in style.split(";") if ":" in rule]


def removed(before: str, after: str) -> list[str]:
    """Return the names of elements that were in `before` and are not in `after`, for telling the author."""
    kept = {token.name for token in tokens(after) if token.kind is Kind.OPEN}
    gone = [t.name for t in tokens(before) if t.kind is Kind.OPEN and t.name not in kept and t.name not in _FRAME]
    return list(dict.fromkeys(gone))


def _cleaned(source: str) -> str:
    return str(_cleaner().clean(source))


@cache
def _cleaner() -> Cleaner:
    return Cleaner(
        tags=TAGS,
        attributes=_attribute_allowed,
        protocols=PROTOCOLS,
        strip=True,
        strip_comments=False,
        css_sanitizer=_MailCss(),
    )


def _visible(pieces: list[Token], shelf: Shelf) -> list[str]:
    """Leave out elements whose content is no text for a reader; bleach would show that content as words."""
    kept = []
    for piece in pieces:
        if is_kept(piece):
            kept.append(shelf.placed(piece))
        elif piece.kind not in (Kind.RAW, Kind.COMMENT, Kind.DECLARATION) and piece.name not in RAW_ELEMENTS:
            kept.append(piece.text)
    return kept


def _body_of(pieces: list[Token]) -> list[Token]:
    """Return a document without the conditional comments of its head: those go back into the head."""
    if not of_head(pieces):
        return pieces
    start = next(i for i, piece in enumerate(pieces) if piece.kind is Kind.OPEN and piece.name == "body")
    return [*(piece for piece in pieces[:start] if not is_kept(piece)), *pieces[start:]]


def _styles(pieces: list[Token]) -> str:
    sheets = [clean_stylesheet(piece.text) for piece in pieces if piece.kind is Kind.RAW and piece.name == "style"]
    return "\n".join(sheet for sheet in sheets if sheet)


def _document(pieces: list[Token], styles: str, content: str) -> str:
    title = next((p.text for p in pieces if p.kind is Kind.RAW and p.name == "title"), "")
    head = [
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html.escape(html.unescape(title.strip()), quote=False)}</title>",
        f"<style>\n{styles}\n</style>" if styles else "",
        of_head(pieces),
    ]
    lines = [line for line in head if line]
    opening = f"<!doctype html>\n<html{_language(pieces)}>\n<head>\n" + "\n".join(lines) + "\n</head>\n"
    return f"{opening}{_body(pieces)}\n{content}\n</body>\n</html>\n"


def _language(pieces: list[Token]) -> str:
    opening = next((p.text for p in pieces if p.kind is Kind.OPEN and p.name == "html"), "")
    language = attribute(opening, "lang") or ""
    return f' lang="{language}"' if _LANGUAGE.fullmatch(language) else ""


def _body(pieces: list[Token]) -> str:
    """Return the opening body tag with its own attributes cleaned, by way of a div."""
    opening = next((p.text for p in pieces if p.kind is Kind.OPEN and p.name == "body"), "<body>")
    cleaned = _cleaned("<div" + opening[len("<body") :] + "</div>")
    found = re.match(r"<div([^<]*)>", cleaned)
    return f"<body{found[1] if found else ''}>"
