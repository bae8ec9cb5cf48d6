"""The attributes of a document's nodes and marks, one struct for each: JSON in camelCase, anything unknown refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

# No control characters: they hold no words, and the marks of conditional blocks are made of them.
_LINE = r"\A[^\x00-\x1f\x7f\x85\u2028\u2029]*\Z"
_WORDS = r"\A[^\x00-\x08\x0b-\x1f\x7f]*\Z"
_HREF = r"\A(?:|https?://[^\s<>\"]+|(?:mailto|tel|sms):[^\s<>\"]+|#[\w-]*|\{\{[^\s<>\"]+)\Z"
_WEB = r"\A(?:|https?://[^\s<>\"]+)\Z"

Line = Annotated[str, Meta(max_length=500, pattern=_LINE)]
Words = Annotated[str, Meta(max_length=5_000, pattern=_WORDS)]
Href = Annotated[str, Meta(max_length=2_000, pattern=_HREF)]
WebUrl = Annotated[str, Meta(max_length=2_000, pattern=_WEB)]
Colour = Annotated[str, Meta(pattern=r"\A#[0-9a-fA-F]{6}\Z")]
Name = Annotated[str, Meta(max_length=64, pattern=r"\A[\w-]{1,64}\Z")]
Id = Annotated[str, Meta(max_length=64, pattern=r"\A[\w-]{0,64}\Z")]
Gap = Annotated[int, Meta(ge=0, le=120)]
Radius = Annotated[int, Meta(ge=0, le=60)]
Pixels = Annotated[int, Meta(ge=1, le=1_200)]
Percent = Annotated[int, Meta(ge=5, le=100)]
Align = Literal["left", "center", "right", "justify"]
Side = Literal["left", "center", "right"]
Format = Literal[
    "",
    "upper",
    "lower",
    "number",
    "number.1",
    "number.2",
    "date",
    "date.short",
    "date.long",
    "date.day",
    "date.weekday",
]
Font = Literal[
    "system", "arial", "verdana", "tahoma", "trebuchet", "georgia", "times", "courier",
    "malgun", "dotum", "gulim", "batang", "nanum-gothic", "nanum-myeongjo",
]  # fmt: skip
Network = Literal[
    "web", "mail", "facebook", "instagram", "x", "youtube", "linkedin", "threads", "tiktok", "github",
    "naver-blog", "kakaotalk",
]  # fmt: skip


class Attrs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """What all attributes are made of; a node without any has just this."""


class BlockAttrs(Attrs, frozen=True):
    """What every block has. `padding`: top, right, bottom, left. `condition`: who it is shown to; None: everybody.

    `locked`: it stays as the template has it. `saved`: the saved block that it is a copy of.
    """

    id: Id | None = None
    padding: Annotated[list[Gap], Meta(min_length=4, max_length=4)] | None = None
    background: Colour | None = None
    radius: Radius = 0
    align: Align | None = None
    condition: dict[str, Any] | None = None
    locked: bool = False
    saved: int | None = None


class Theme(Attrs, frozen=True):
    """How a whole mail looks. None: what the workspace's brand says."""

    font: Font = "system"
    heading_font: Font | None = None
    text_size: Annotated[int, Meta(ge=12, le=24)] = 16
    line_height: Annotated[int, Meta(ge=110, le=220)] = 160
    width: Annotated[int, Meta(ge=400, le=800)] = 600
    background: Colour = "#f4f5f7"
    paper: Colour = "#ffffff"
    text_color: Colour = "#1f2933"
    heading_color: Colour | None = None
    link_color: Colour | None = None
    brand: Colour | None = None
    radius: Radius = 6
    dark: bool = True


class DocAttrs(Attrs, frozen=True):
    """The mail itself. `preheader`: the words that inboxes show after the subject."""

    theme: Theme = Theme()
    preheader: Line = ""


class HeadingAttrs(BlockAttrs, frozen=True):
    level: Annotated[int, Meta(ge=1, le=4)] = 2


class OrderedListAttrs(BlockAttrs, frozen=True):
    start: Annotated[int, Meta(ge=0, le=9_999)] = 1
    type: str | None = None


class ImageAttrs(BlockAttrs, frozen=True):
    """`media`: number in the media library, or None and `src`. `width` None: as wide as there is room."""

    media: int | None = None
    src: WebUrl = ""
    alt: Line = ""
    link: Href = ""
    width: Pixels | None = None


class ButtonAttrs(BlockAttrs, frozen=True):
    """`color` is the button's, `background` the block's behind it. `corner` None: the theme's radius."""

    url: Href = ""
    color: Colour | None = None
    text_color: Colour | None = None
    corner: Radius | None = None
    full_width: bool = False


class DividerAttrs(BlockAttrs, frozen=True):
    color: Colour | None = None
    thickness: Annotated[int, Meta(ge=1, le=12)] = 1
    line: Literal["solid", "dashed", "dotted"] = "solid"
    width: Percent = 100


class SpacerAttrs(BlockAttrs, frozen=True):
    height: Annotated[int, Meta(ge=4, le=200)] = 24


class ColumnsAttrs(BlockAttrs, frozen=True):
    """`gap`: pixels between columns. `stack`: one below the other on a phone. `vertical`: how they line up."""

    gap: Annotated[int, Meta(ge=0, le=48)] = 24
    stack: bool = True
    vertical: Literal["top", "middle", "bottom"] = "top"


class ColumnAttrs(Attrs, frozen=True):
    """`width` in percent; None in all columns: equally wide."""

    width: Percent | None = None
    background: Colour | None = None


class QuoteAttrs(BlockAttrs, frozen=True):
    color: Colour | None = None


class TableAttrs(BlockAttrs, frozen=True):
    striped: bool = False


class CellAttrs(Attrs, frozen=True):
    colspan: Annotated[int, Meta(ge=1, le=20)] = 1
    rowspan: Annotated[int, Meta(ge=1, le=200)] = 1
    colwidth: list[int] | None = None
    align: Align | None = None
    background: Colour | None = None


class SocialItem(Attrs, frozen=True):
    network: Network
    url: Href


class SocialAttrs(BlockAttrs, frozen=True):
    items: Annotated[list[SocialItem], Meta(max_length=12)] = []
    color: Colour | None = None


class ArticleAttrs(BlockAttrs, frozen=True):
    """A story. `layout`: where its picture stands. `more`: the words of the link below, empty: none."""

    media: int | None = None
    src: WebUrl = ""
    alt: Line = ""
    kicker: Line = ""
    headline: Line = ""
    lead: Words = ""
    link: Href = ""
    more: Line = ""
    layout: Literal["top", "left", "right"] = "top"


class HtmlAttrs(BlockAttrs, frozen=True):
    html: Annotated[str, Meta(max_length=200_000)] = ""


class MergeTagAttrs(Attrs, frozen=True):
    name: Name
    default: Annotated[str, Meta(max_length=200, pattern=r"\A[^{}<>\x00-\x1f\x7f]*\Z")] = ""
    format: Format = ""


class TextStyle(Attrs, frozen=True):
    color: Colour | None = None
    font_size: Annotated[str, Meta(pattern=r"\A(?:[89]|[1-8][0-9]|9[0-6])px\Z")] | None = None
    font_family: Font | None = None


class Highlight(Attrs, frozen=True):
    color: Colour | None = None


class Link(Attrs, frozen=True):
    """A link. What Tiptap writes besides (`target`, `rel`, `class`) may stand there and means nothing."""

    href: Href
    title: Line | None = None
    target: str | None = None
    rel: str | None = None
    class_: str | None = msgspec.field(default=None, name="class")
