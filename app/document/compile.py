"""A mail compiled once for all its recipients: literal text and numbered slots, and the links that are counted.

Pure functions. What comes in has been sanitised when it was saved; what goes out differs from it by the targets of
its links, the merge tags, one pixel, one link that nobody sees, and the unsubscribe line where the author placed none.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field

from app.document import law
from app.document.compiled import (
    BlockSlot,
    CompiledMail,
    MergeSlot,
    RenderedMail,
    Segments,
    SlotRef,
    Slots,
    TrackedLink,
)
from app.document.markup import Kind, Token, attribute, before_body_end, replace_attributes, tokens
from app.document.merge import (
    FORWARD_URL,
    PREFERENCES_URL,
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
from app.tenants.legal import LegalSender

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
# A link that no person sees or reaches: what follows it follows every link.
_TRAP = '<a href="{}" style="display:none" tabindex="-1" aria-hidden="true" rel="nofollow"></a>'
_HEAD = (
    '<!doctype html>\n<html lang="{}">\n<head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"></head>\n<body>\n'
)
_FOOT = "\n</body>\n</html>\n"
_HTML_TAG = re.compile(r"<html\b", re.IGNORECASE)
_WEB = re.compile(r"\s*https?://[^\s/]", re.IGNORECASE)
_LINK_ELEMENTS = frozenset({"a", "area"})
# Where a value could be more than words (a URL, a style), it is percent-encoded and so stays one harmless word.
_URL_ATTRIBUTES = frozenset({"href", "src", "background", "style", "srcset", "action", "cite"})
# Slots travel through the rewriting as NUL-framed marks; NUL is taken out of the source first, so none is forged.
_MARK = re.compile("\x00(\\d+)([thu])\x00")
# What stands between the marks of a condition, the innermost first; in text parts the marks are made of controls.
_BLOCK = re.compile(r"(?s)<!--if (\d+)-->((?:(?!<!--if ).)*?)<!--/if \1-->")
_TEXT_BLOCK = re.compile("(?s)\x02if (\\d+)\x03((?:(?!\x02if ).)*?)\x02/if \\1\x03")
_TEXT_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_TEXT_URL = re.compile(r"https?://[^\s<>\"')\]]*[^\s<>\"')\].,;:!?]", re.IGNORECASE)
_LETTER: dict[Form, str] = {"text": "t", "html": "h", "url": "u"}
_FORM: dict[str, Form] = {"t": "text", "h": "html", "u": "url"}


@dataclass(frozen=True, slots=True)
class MailSource:
    """A mail as its author left it. `html` is sanitised or rendered; `locale` is the language of the unsubscribe line.

    `text` is the text part where the author wrote one; empty, it is derived. `legal`: who sends, by law.
    """

    subject: str
    html: str
    text: str = ""
    sender_name: str = ""
    sender_address: str = ""
    reply_to: str = ""
    kind: str = ""
    locale: str = "ko"
    legal: LegalSender | None = None


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The public addresses of a workspace, `{}` standing for the recipient's token.

    Without `opens` a mail has no pixel, without `clicks` its links stay what they are; with `reading` it has a second
    picture that is never quite there (`worker.reading`).
    """

    base_url: str
    opens: bool = True
    clicks: bool = True
    reading: bool = False

    def click(self, number: int) -> str:
        return f"{self._base}/t/c/{{}}/{number}"

    @property
    def unsubscribe(self) -> str:
        return f"{self._base}/t/u/{{}}"

    @property
    def view(self) -> str:
        return f"{self._base}/t/v/{{}}"

    @property
    def preferences(self) -> str:
        return f"{self._base}/t/p/{{}}"

    @property
    def forward(self) -> str:
        return f"{self._base}/t/f/{{}}"

    @property
    def pixel(self) -> str:
        return f"{self._base}/t/o/{{}}.gif"

    @property
    def lasting_pixel(self) -> str:
        return f"{self._base}/t/r/{{}}.gif"

    @property
    def trap(self) -> str:
        return f"{self._base}/t/h/{{}}"

    @property
    def _base(self) -> str:
        return html.escape(self.base_url.rstrip("/"))


# The pages of ours that a tag may lead to.
_OWN_PAGES: dict[str, Callable[[Endpoints], str]] = {
    UNSUBSCRIBE_URL: lambda endpoints: endpoints.unsubscribe,
    VIEW_URL: lambda endpoints: endpoints.view,
    PREFERENCES_URL: lambda endpoints: endpoints.preferences,
    FORWARD_URL: lambda endpoints: endpoints.forward,
}


def compile_mail(source: MailSource, endpoints: Endpoints | None, *, first_link: int = 1) -> CompiledMail:
    """Compile a mail; without `endpoints` nothing is counted: links stay, and there is no pixel."""
    compiler = _Compiler(endpoints, source.locale, first_link)
    document = _signed(_document(source.html.replace("\x00", ""), source.locale), source)
    marked = compiler.marked_html(_with_footer(document, source.locale))
    text = compiler.marked_text(source) if source.text.strip() else _derived_text(marked)
    subject = compiler.marked_subject(law.subject(source.subject, source.kind, source.legal))
    return CompiledMail(
        subject=_segments(subject),
        html=_segments(compiler.with_blocks(_with_pixel(marked, endpoints), _BLOCK)),
        text=_segments(compiler.with_blocks(text, _TEXT_BLOCK)),
        links=compiler.links,
        slots=compiler.slots,
    )


def _derived_text(marked: str) -> str:
    return _MARK.sub(lambda mark: mark[0].replace("h\x00", "t\x00"), to_text(marked))


def slot_values(
    slots: Slots, values: Mapping[str, str], token: str, *, matched: Container[int] | None = None
) -> list[str]:
    """Return what one recipient has in each slot, the token first. A merged value is one line.

    `matched`: the numbers of the conditions that the recipient meets; None: all of them.
    """
    filled = [token]
    for slot in slots:
        if isinstance(slot, MergeSlot):
            filled.append(value_of(Tag(slot.name, slot.default, slot.format), values, slot.locale))
        else:
            shown = matched is None or slot.condition in matched
            filled.append(fill(slot.segments, filled) if shown else "")
    return filled


def fill(segments: Segments, values: Sequence[str]) -> str:
    """Return the text one recipient gets (the MTA does the same, on bytes)."""
    return "".join(part if isinstance(part, str) else encode(values[part.n], part.form) for part in segments)


def preview(
    source: MailSource,
    values: Mapping[str, str],
    endpoints: Endpoints | None = None,
    *,
    token: str = "",
    matched: Container[int] | None = None,
    first_link: int = 1,
) -> RenderedMail:
    """Return the mail as one recipient sees it; with `endpoints` and `token`, with the links that count."""
    compiled = compile_mail(source, endpoints, first_link=first_link)
    filled = slot_values(compiled.slots, values, token, matched=matched)
    return RenderedMail(
        subject=fill(compiled.subject, filled), html=fill(compiled.html, filled), text=fill(compiled.text, filled)
    )


def _document(source: str, locale: str) -> str:
    """Give a piece of HTML the frame that phones need (character set, viewport); a whole document has its own."""
    if _HTML_TAG.search(source):
        return source
    return _HEAD.format(html.escape(locale)) + source + _FOOT


def _signed(document: str, source: MailSource) -> str:
    lines = law.lines(source.kind, source.legal)
    return before_body_end(document, _FOOTER.format("<br>".join(lines))) if lines else document


def _with_footer(document: str, locale: str) -> str:
    if UNSUBSCRIBE_URL in names(_for_everybody(document, _BLOCK)):
        return document
    line = UNSUBSCRIBE_LINE.get(locale, UNSUBSCRIBE_LINE["en"])
    return before_body_end(document, _FOOTER.format(line))


def _for_everybody(source: str, block: re.Pattern[str]) -> str:
    """Return what also those see who meet no condition."""
    while block.search(source):
        source = block.sub("", source)
    return source


def _with_pixel(marked: str, endpoints: Endpoints | None) -> str:
    if endpoints is None:
        return marked
    trap = _TRAP.format(_addressed(endpoints.trap)) if endpoints.clicks else ""
    pixel = _PIXEL.format(_addressed(endpoints.pixel)) if endpoints.opens else ""
    lasting = _PIXEL.format(_addressed(endpoints.lasting_pixel)) if endpoints.reading else ""
    return before_body_end(marked, trap + pixel + lasting)


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
    locale: str
    first_link: int = 1
    slots: list[MergeSlot | BlockSlot] = field(default_factory=list)
    links: list[TrackedLink] = field(default_factory=list)
    _numbers: dict[Tag, int] = field(default_factory=dict)

    def marked_subject(self, subject: str) -> str:
        return TAG.sub(lambda match: self._slot(tag_of(match), "text"), one_line(subject))

    def marked_text(self, source: MailSource) -> str:
        """A text part of the author's: addresses that are counted in the HTML are counted here too."""
        written = _TEXT_CONTROLS.sub("", source.text.replace("\r\n", "\n")).strip() + "\n"
        for signed in law.lines(source.kind, source.legal):
            written += f"\n{to_text(signed)}"
        if UNSUBSCRIBE_URL not in names(written):
            line = UNSUBSCRIBE_LINE.get(source.locale, UNSUBSCRIBE_LINE["en"])
            written += f"\n{to_text(line)}"
        counted = {link.url: _addressed(self._click(link.number)) for link in reversed(self.links)}
        written = _TEXT_URL.sub(lambda match: counted.get(match[0], match[0]), written)
        return self._tags(written, "text", escaped=False)

    def with_blocks(self, marked: str, block: re.Pattern[str]) -> str:
        """Put a slot where a condition decides. Whatever it refers to has been given its number before."""

        def slot(match: re.Match[str]) -> str:
            self.slots.append(BlockSlot(int(match[1]), _segments(match[2])))
            return _mark(len(self.slots), "text")

        while block.search(marked):
            marked = block.sub(slot, marked)
        return marked

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
        if self.endpoints is None or not self.endpoints.clicks or not _WEB.match(href):
            return None
        number = len(self.links) + self.first_link
        self.links.append(TrackedLink(number, href.strip(), _label(pieces, i)))
        return _addressed(self._click(number))

    def _click(self, number: int) -> str:
        return self.endpoints.click(number) if self.endpoints else ""

    def _tags(self, source: str, form: Form, *, escaped: bool = True) -> str:
        return TAG.sub(lambda match: self._slot(tag_of(match, escaped=escaped), form), source)

    def _slot(self, tag: Tag, form: Form) -> str:
        if tag.name in _OWN_PAGES:
            return _addressed(_OWN_PAGES[tag.name](self.endpoints)) if self.endpoints else "#"
        if tag not in self._numbers:
            self.slots.append(MergeSlot(tag.name, tag.default, tag.format, self.locale))
            self._numbers[tag] = len(self.slots)
        return _mark(self._numbers[tag], form)


def _label(pieces: Sequence[Token], opening: int) -> str:
    words: list[str] = []
    for piece in pieces[opening + 1 :]:
        if piece.kind is Kind.CLOSE and piece.name in _LINK_ELEMENTS:
            break
        words.append(piece.text)
        if len(words) > 50:
            break
    return label("".join(words))
