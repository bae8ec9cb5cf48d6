"""A mail compiled once for all its recipients: literal text and numbered slots, and the links that are counted.

Pure functions. What comes in has been sanitised when it was saved; what goes out differs from it by the targets of
its links, the merge tags, one pixel, and the unsubscribe line where the author placed none.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.document.markup import Kind, Token, attribute, replace_attributes, tokens
from app.document.merge import (
    TAG,
    UNSUBSCRIBE_URL,
    VIEW_URL,
    Form,
    Tag,
    encode,
    names,
    one_line,
    tag_of,
    value_of,
)
from app.document.text import label, to_text

TOKEN_SLOT = 0
UNSUBSCRIBE_LINE = {
    "ko": '이 메일을 더 받지 않으려면 <a href="{{unsubscribe_url}}" style="color:#6b7280">수신거부</a>를 눌러 주세요.',
    "en": 'To stop getting these mails, <a href="{{unsubscribe_url}}" style="color:#6b7280">unsubscribe</a>.',
}
_FOOTER = (
    '<p style="margin:24px 0;padding:0 16px;text-align:center;font-family:sans-serif;font-size:12px;'
    'line-height:1.6;color:#6b7280">{}</p>'
)
_PIXEL = '<img src="{}" width="1" height="1" alt="" style="display:block;border:0;width:1px;height:1px">'
_HEAD = (
    '<!doctype html>\n<html lang="{}">\n<head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"></head>\n<body>\n'
)
_FOOT = "\n</body>\n</html>\n"
_HTML_TAG = re.compile(r"<html\b", re.IGNORECASE)
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)
_WEB = re.compile(r"\s*https?://[^\s/]", re.IGNORECASE)
_LINK_ELEMENTS = frozenset({"a", "area"})
# Where a value could be more than words (a URL, a style), it is percent-encoded and so stays one harmless word.
_URL_ATTRIBUTES = frozenset({"href", "src", "background", "style", "srcset", "action", "cite"})
# Slots travel through the rewriting as NUL-framed marks; NUL is taken out of the source first, so none is forged.
_MARK = re.compile("\x00(\\d+)([thu])\x00")
_LETTER: dict[Form, str] = {"text": "t", "html": "h", "url": "u"}
_FORM: dict[str, Form] = {"t": "text", "h": "html", "u": "url"}


@dataclass(frozen=True, slots=True)
class MailSource:
    """A mail as its author left it. `html` is sanitised; `locale` is the language of the unsubscribe line."""

    subject: str
    html: str
    sender_name: str = ""
    sender_address: str = ""
    reply_to: str = ""
    kind: str = ""
    locale: str = "ko"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The public addresses of a workspace, `{}` standing for the recipient's token."""

    base_url: str

    def click(self, number: int) -> str:
        return f"{self._base}/t/c/{{}}/{number}"

    @property
    def unsubscribe(self) -> str:
        return f"{self._base}/t/u/{{}}"

    @property
    def view(self) -> str:
        return f"{self._base}/t/v/{{}}"

    @property
    def pixel(self) -> str:
        return f"{self._base}/t/o/{{}}.gif"

    @property
    def _base(self) -> str:
        return html.escape(self.base_url.rstrip("/"))


@dataclass(frozen=True, slots=True)
class SlotRef:
    """A place for a recipient's value: slot 0 is the token, slot n the n-th of `CompiledMail.slots`."""

    n: int
    form: Form


Segments = list[str | SlotRef]


@dataclass(frozen=True, slots=True)
class TrackedLink:
    """A link whose clicks are counted. `url` is unescaped and keeps its merge tags: `merge.render(url, …, "url")`."""

    number: int
    url: str
    label: str


@dataclass(frozen=True, slots=True)
class MergeSlot:
    name: str
    default: str


@dataclass(frozen=True, slots=True)
class CompiledMail:
    """`slots` are counted from 1; the token is slot 0 and not among them."""

    subject: Segments
    html: Segments
    text: Segments
    links: list[TrackedLink]
    slots: list[MergeSlot]


@dataclass(frozen=True, slots=True)
class RenderedMail:
    subject: str
    html: str
    text: str


def compile_mail(source: MailSource, endpoints: Endpoints | None) -> CompiledMail:
    """Compile a mail; without `endpoints` nothing is counted: links stay, and there is no pixel."""
    compiler = _Compiler(endpoints)
    document = _document(source.html.replace("\x00", ""), source.locale)
    marked = compiler.marked_html(_with_footer(document, source.locale))
    text = _MARK.sub(lambda mark: mark[0].replace("h\x00", "t\x00"), to_text(marked))
    subject = compiler.marked_subject(source.subject)
    return CompiledMail(
        subject=_segments(subject),
        html=_segments(_with_pixel(marked, endpoints)),
        text=_segments(text),
        links=compiler.links,
        slots=[MergeSlot(tag.name, tag.default) for tag in compiler.slots],
    )


def slot_values(slots: Sequence[MergeSlot], values: Mapping[str, str], token: str) -> list[str]:
    """Return what one recipient has in each slot, the token first. Each value is one line."""
    return [token, *(value_of(Tag(slot.name, slot.default), values) for slot in slots)]


def fill(segments: Segments, values: Sequence[str]) -> str:
    """Return the text one recipient gets (the MTA does the same, on bytes)."""
    return "".join(part if isinstance(part, str) else encode(values[part.n], part.form) for part in segments)


def preview(
    source: MailSource, values: Mapping[str, str], endpoints: Endpoints | None = None, *, token: str = ""
) -> RenderedMail:
    """Return the mail as one recipient sees it; with `endpoints` and `token`, with the links that count."""
    compiled = compile_mail(source, endpoints)
    filled = slot_values(compiled.slots, values, token)
    return RenderedMail(
        subject=fill(compiled.subject, filled), html=fill(compiled.html, filled), text=fill(compiled.text, filled)
    )


def _document(source: str, locale: str) -> str:
    """Give a piece of HTML the frame that phones need (character set, viewport); a whole document has its own."""
    if _HTML_TAG.search(source):
        return source
    return _HEAD.format(html.escape(locale)) + source + _FOOT


def _with_footer(document: str, locale: str) -> str:
    if UNSUBSCRIBE_URL in names(document):
        return document
    line = UNSUBSCRIBE_LINE.get(locale, UNSUBSCRIBE_LINE["en"])
    return _before_body_end(document, _FOOTER.format(line))


def _with_pixel(marked: str, endpoints: Endpoints | None) -> str:
    if endpoints is None:
        return marked
    return _before_body_end(marked, _PIXEL.format(_addressed(endpoints.pixel)))


def _before_body_end(document: str, piece: str) -> str:
    ends = list(_BODY_END.finditer(document))
    at = ends[-1].start() if ends else len(document)
    return document[:at] + piece + document[at:]


def _addressed(url: str) -> str:
    return url.format(_mark(TOKEN_SLOT, "url"))


def _mark(n: int, form: Form) -> str:
    return f"\x00{n}{_LETTER[form]}\x00"


def _segments(marked: str) -> Segments:
    parts = _MARK.split(marked)
    segments: Segments = []
    for i in range(0, len(parts), 3):
        if parts[i]:
            segments.append(parts[i])
        if i + 1 < len(parts):
            segments.append(SlotRef(int(parts[i + 1]), _FORM[parts[i + 2]]))
    return segments


@dataclass
class _Compiler:
    """Rewrites the parts of one mail with marks, collecting its slots and links on the way."""

    endpoints: Endpoints | None
    slots: dict[Tag, int] = field(default_factory=dict)
    links: list[TrackedLink] = field(default_factory=list)

    def marked_subject(self, subject: str) -> str:
        return TAG.sub(lambda match: self._slot(tag_of(match), "text"), one_line(subject))

    def marked_html(self, document: str) -> str:
        pieces = list(tokens(document))
        return "".join(self._piece(pieces, i) for i in range(len(pieces)))

    def _piece(self, pieces: Sequence[Token], i: int) -> str:
        piece = pieces[i]
        if piece.kind is Kind.OPEN:
            return self._opening(piece, pieces, i)
        return self._tags(piece.text, "url" if piece.kind is Kind.RAW else "html")

    def _opening(self, piece: Token, pieces: Sequence[Token], i: int) -> str:
        href = attribute(piece.text, "href") if piece.name in _LINK_ELEMENTS else None
        counted = self._counted(href, pieces, i) if href is not None else None
        if counted is None and "{{" not in piece.text:
            return piece.text
        todo = [counted] if counted else []

        def change(name: str, value: str) -> str | None:
            if name == "href" and todo:
                return todo.pop()
            if "{{" not in value:
                return None
            return self._tags(value.replace('"', "&quot;"), "url" if name in _URL_ATTRIBUTES else "html")

        return replace_attributes(piece.text, change)

    def _counted(self, href: str, pieces: Sequence[Token], i: int) -> str | None:
        if self.endpoints is None or not _WEB.match(href):
            return None
        number = len(self.links) + 1
        self.links.append(TrackedLink(number, href.strip(), _label(pieces, i)))
        return _addressed(self.endpoints.click(number))

    def _tags(self, source: str, form: Form) -> str:
        return TAG.sub(lambda match: self._slot(tag_of(match, escaped=True), form), source)

    def _slot(self, tag: Tag, form: Form) -> str:
        if tag.name == UNSUBSCRIBE_URL:
            return _addressed(self.endpoints.unsubscribe) if self.endpoints else "#"
        if tag.name == VIEW_URL:
            return _addressed(self.endpoints.view) if self.endpoints else "#"
        return _mark(self.slots.setdefault(tag, len(self.slots) + 1), form)


def _label(pieces: Sequence[Token], opening: int) -> str:
    words: list[str] = []
    for piece in pieces[opening + 1 :]:
        if piece.kind is Kind.CLOSE and piece.name in _LINK_ELEMENTS:
            break
        words.append(piece.text)
        if len(words) > 50:
            break
    return label("".join(words))
