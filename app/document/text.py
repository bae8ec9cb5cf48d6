"""Between HTML and plain text: the text part of a mail, and paragraphs out of text that somebody typed."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from app.document.markup import Kind, Token, attribute, tokens

_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "blockquote", "pre", "hr"})
_LINES = frozenset({"div", "tr", "li", "section", "article", "header", "footer", "center", "body", "dt", "dd"})
_CELLS = frozenset({"td", "th"})
_UNSEEN = frozenset({"head", "style", "script", "title", "noscript", "iframe", "noembed", "noframes"})
_VOID = frozenset({"br", "img", "hr", "input", "meta", "link", "col", "wbr", "area"})
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_WORD_TAG = re.compile(r"<[a-zA-Z!/]")
_CONDITION = re.compile(r"<!--(/?if \d+)-->")
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\u00ad\ufeff\u034f]")


def to_text(source: str) -> str:
    """Return what a reader of `source` sees, as plain text: links follow their words, cells their row."""
    writer = _TextWriter()
    for token in tokens(source):
        writer.take(token)
    return writer.result()


def label(source: str) -> str:
    """Return the words of a short piece of HTML on one line, an image by its alternative text; at most 200."""
    words: list[str] = []
    for token in tokens(source):
        if token.kind is Kind.TEXT:
            words.append(html.unescape(token.text))
        elif token.kind is Kind.OPEN and token.name == "img":
            words.append(f" {attribute(token.text, 'alt') or ''} ")
    return _one_space("".join(words)).strip()[:200]


def looks_like_text(source: str) -> bool:
    """Tell whether somebody typed plain words into a field that takes HTML."""
    return bool(source.strip()) and not _WORD_TAG.search(source)


def paragraphs(source: str) -> str:
    """Return typed text as HTML: an empty line begins a paragraph, a line break stays one."""
    blocks = re.split(r"\n[ \t]*\n", source.replace("\r\n", "\n").strip())
    return "\n".join(f"<p>{_escaped(block.strip())}</p>" for block in blocks)


def _escaped(words: str) -> str:
    return html.escape(html.unescape(words), quote=False).replace("\n", "<br>\n")


@dataclass
class _TextWriter:
    """Collects the text part. `_gap` is how many line breaks the next word needs before it."""

    _out: list[str] = field(default_factory=list)
    _gap: int = 0
    _space: bool = False
    _skipping: list[str] = field(default_factory=list)
    _link: tuple[str, int] | None = None

    def take(self, token: Token) -> None:
        if self._skipping:
            self._skip(token)
        elif token.kind is Kind.TEXT:
            self._write(token.text)
        elif token.kind is Kind.OPEN:
            self._open(token)
        elif token.kind is Kind.CLOSE:
            self._close(token.name)
        elif token.kind is Kind.COMMENT and (condition := _CONDITION.fullmatch(token.text)):
            self._out.append(f"\x02{condition[1]}\x03")

    def result(self) -> str:
        self._end_link()
        return "".join(self._out).strip() + "\n"

    def _skip(self, token: Token) -> None:
        if token.kind is Kind.OPEN and token.name == self._skipping[0] and token.name not in _VOID:
            self._skipping.append(token.name)
        elif token.kind is Kind.CLOSE and token.name == self._skipping[0]:
            self._skipping.pop()

    def _open(self, token: Token) -> None:
        if token.name not in _VOID and (token.name in _UNSEEN or _HIDDEN.search(attribute(token.text, "style") or "")):
            self._skipping.append(token.name)
        elif token.name == "a":
            self._end_link()
            self._link = (attribute(token.text, "href") or "", len(self._out))
        elif token.name == "img":
            self._write(html.escape(attribute(token.text, "alt") or ""))
        else:
            self._break(token.name)
            self._mark(token.name)

    def _mark(self, name: str) -> None:
        if name == "br":
            self._gap = min(self._gap + 1, 2)
        elif name == "li":
            self._write("- ")
        elif name == "hr":
            self._write("-" * 40)
            self._break(name)

    def _close(self, name: str) -> None:
        if name == "a":
            self._end_link()
        elif name in _CELLS:
            self._space = True
        else:
            self._break(name)

    def _break(self, name: str) -> None:
        needed = 2 if name in _PARAGRAPHS else 1 if name in _LINES else 0
        self._gap = max(self._gap, needed)

    def _end_link(self) -> None:
        if self._link is None:
            return
        (url, start), self._link = self._link, None
        words = "".join(self._out[start:]).strip()
        if url and not url.startswith("#") and words != url:
            self._write(f" ({html.escape(url)})" if words else html.escape(url))

    def _write(self, source: str) -> None:
        words = _one_space(_INVISIBLE.sub("", html.unescape(_SPACE.sub(" ", source))))
        if not words.strip():
            self._space = self._space or bool(words)
            return
        if self._gap or not self._out:
            self._out.append("\n" * self._gap if any(self._out) else "")
            words = words.lstrip(" ")
        elif self._space and not words.startswith(" ") and not self._out[-1].endswith(" "):
            words = f" {words}"
        self._gap = 0
        self._space = False
        self._out.append(words)


def _one_space(text: str) -> str:
    return _SPACE.sub(" ", text.replace("\u00a0", " "))
