"""A document with each block in it, and documents of every shape."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]
SUNRISE = "https://img.example/sunrise.png"


def text(words: str, *marks: Json) -> Json:
    return {"type": "text", "text": words} | ({"marks": list(marks)} if marks else {})


def paragraph(*content: Json, **attrs: object) -> Json:
    return {"type": "paragraph", "attrs": attrs, "content": list(content)}


def words(*content: str) -> Json:
    return paragraph(*map(text, content))


def doc(*blocks: Json, **theme: object) -> Json:
    return {"type": "doc", "attrs": {"theme": theme}, "content": list(blocks)}


def cell(kind: str, content: str, **attrs: object) -> Json:
    return {"type": kind, "attrs": attrs, "content": [words(content)]}


LINK = {"type": "link", "attrs": {"href": "https://news.example/?a=1&b=2"}}
DEEP = {"type": "listItem", "content": [words("deep")]}
BLOCKS: dict[str, Json] = {
    "heading": {"type": "heading", "attrs": {"level": 1}, "content": [text("The <first> & last")]},
    "paragraph": paragraph(
        text("Dear "),
        {"type": "mergeTag", "attrs": {"name": "name", "default": "reader & friend", "format": "upper"}},
        {"type": "hardBreak"},
        text("bold", {"type": "bold"}),
        text(" both", {"type": "italic"}, {"type": "bold"}),
        text("link", LINK, {"type": "underline"}),
        text("dark", {"type": "textStyle", "attrs": {"color": "#101010", "fontSize": "20px", "fontFamily": "batang"}}),
        text("marked", {"type": "highlight"}, {"type": "strike"}),
        text("2", {"type": "superscript"}),
    ),
    "bulletList": {
        "type": "bulletList",
        "content": [
            {"type": "listItem", "content": [words("one")]},
            {
                "type": "listItem",
                "content": [
                    words("two"),
                    {"type": "orderedList", "attrs": {"start": 3}, "content": [DEEP]},
                ],
            },
        ],
    },
    "image": {"type": "image", "attrs": {"src": SUNRISE, "alt": 'A "sunrise"', "link": "tel:+8221", "width": 300}},
    "button": {"type": "button", "attrs": {"url": "https://a.example/?x={{email}}"}, "content": [text("Read <it>")]},
    "divider": {"type": "divider", "attrs": {"line": "dashed", "width": 50}},
    "spacer": {"type": "spacer", "attrs": {"height": 40}},
    "columns": {
        "type": "columns",
        "attrs": {"vertical": "middle"},
        "content": [
            {"type": "column", "attrs": {"width": 30}, "content": [words("left")]},
            {"type": "column", "attrs": {"background": "#14324a"}, "content": [words("right")]},
        ],
    },
    "quote": {"type": "quote", "content": [words("said")]},
    "table": {
        "type": "table",
        "attrs": {"striped": True},
        "content": [
            {"type": "tableRow", "content": [cell("tableHeader", "Day"), cell("tableHeader", "Sum", align="right")]},
            {"type": "tableRow", "content": [cell("tableCell", "Monday", colspan=2, background="#14324a")]},
        ],
    },
    "social": {"type": "social", "attrs": {"items": [{"network": "naver-blog", "url": "https://blog.example/a"}]}},
    "article": {
        "type": "article",
        "attrs": {
            "src": SUNRISE, "alt": "sun", "kicker": "City", "headline": "A bridge & a river", "lead": "Two\nlines",
            "link": "https://news.example/1", "more": "Read on", "layout": "left",
        },
    },
    "header": {"type": "header", "content": [words("The Daily")]},
    "footer": {"type": "footer", "attrs": {"background": "#222222"}, "content": [words("Here we are")]},
    "html": {"type": "html", "attrs": {"html": "<p onclick=x>own <b>words</b><script>bad()</script></p>"}},
    "card": paragraph(text("on a card"), background="#14324a", radius=8),
    "condition": paragraph(text("for some"), condition={"field": "city", "is": "Seoul"}),
}  # fmt: skip

_CHARS = st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp"), blacklist_characters="{}")
_WORDS = st.text(_CHARS, min_size=1, max_size=12)
_COLOURS = st.sampled_from(["#ffffff", "#000000", "#14324a", "#ffcc00"])
_MARKS = st.lists(
    st.sampled_from(
        [{"type": "bold"}, {"type": "italic"}, {"type": "underline"}, {"type": "strike"}, {"type": "subscript"}, LINK]
    )
    | st.builds(lambda colour: {"type": "textStyle", "attrs": {"color": colour}}, _COLOURS)
    | st.builds(lambda colour: {"type": "highlight", "attrs": {"color": colour}}, _COLOURS),
    max_size=3,
    unique_by=lambda mark: mark["type"],
)
_INLINE = st.lists(
    st.builds(lambda said, marks: text(said, *marks), _WORDS, _MARKS) | st.just({"type": "hardBreak"}), max_size=4
)
_COMMON = st.fixed_dictionaries(
    {},
    optional={
        "padding": st.lists(st.integers(0, 60), min_size=4, max_size=4),
        "background": _COLOURS,
        "radius": st.integers(0, 20),
        "align": st.sampled_from(["left", "center", "right"]),
        "condition": st.just({"all": []}),
    },
)
_PARAGRAPHS = st.builds(
    lambda attrs, content: {"type": "paragraph", "attrs": attrs, "content": content}, _COMMON, _INLINE
)


def _listed(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    items = st.lists(
        st.lists(inner, min_size=1, max_size=2).map(lambda each: {"type": "listItem", "content": each}),
        min_size=1,
        max_size=3,
    )
    return st.builds(
        lambda kind, each: {"type": kind, "content": each}, st.sampled_from(["bulletList", "orderedList"]), items
    )


_TEXTUAL = st.recursive(_PARAGRAPHS, _listed, max_leaves=4)
_ARTICLES = st.builds(
    lambda attrs, parts, layout: {"type": "article", "attrs": attrs | parts | {"layout": layout}},
    _COMMON,
    st.fixed_dictionaries({"kicker": _WORDS, "headline": _WORDS, "lead": _WORDS}, optional={"src": st.just(SUNRISE)}),
    st.sampled_from(["top", "left", "right"]),
)
_TABLES = st.lists(
    st.lists(st.builds(lambda said: cell("tableCell", said), _WORDS), min_size=1, max_size=3).map(
        lambda cells: {"type": "tableRow", "content": cells}
    ),
    min_size=1,
    max_size=3,
).map(lambda rows: {"type": "table", "content": rows})
_SMALL = (
    _TEXTUAL
    | st.builds(lambda attrs, content: {"type": "heading", "attrs": attrs, "content": content}, _COMMON, _INLINE)
    | st.builds(lambda attrs, content: {"type": "button", "attrs": attrs, "content": content}, _COMMON, _INLINE)
    | st.lists(_TEXTUAL, min_size=1, max_size=2).map(lambda content: {"type": "quote", "content": content})
    | _ARTICLES
    | _TABLES
    | st.sampled_from([BLOCKS["image"], BLOCKS["divider"], BLOCKS["spacer"]])
)
_COLUMNS = st.builds(
    lambda attrs, columns: {"type": "columns", "attrs": attrs, "content": columns},
    _COMMON,
    st.lists(
        st.lists(_SMALL, max_size=2).map(lambda each: {"type": "column", "content": each}), min_size=2, max_size=3
    ),
)
_FRAMES = st.builds(
    lambda kind, attrs, content: {"type": kind, "attrs": attrs, "content": content},
    st.sampled_from(["header", "footer"]),
    _COMMON,
    st.lists(_SMALL | _COLUMNS, max_size=2),
)
DOCUMENTS = st.lists(_SMALL | _COLUMNS | _FRAMES, max_size=5).map(lambda blocks: doc(*blocks))
