"""Documents that can be, and where those are wrong that cannot."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from app.document.schema import DocumentFault, read_block, read_document

MAIL: dict[str, Any] = {
    "type": "doc",
    "attrs": {"theme": {"font": "malgun", "headingFont": None}, "preheader": "Hello"},
    "content": [
        {
            "type": "heading",
            "attrs": {"id": "a", "level": 1},
            "content": [
                {
                    "type": "text",
                    "text": "Hi",
                    "marks": [
                        {"type": "bold"},
                        {"type": "textStyle", "attrs": {"fontSize": "18px", "color": None}},
                        {"type": "link", "attrs": {"href": "https://a.example", "target": "_blank", "class": None}},
                    ],
                },
                {"type": "mergeTag", "attrs": {"name": "이름", "default": "고객", "format": "upper"}},
            ],
        },
        {
            "type": "columns",
            "content": [
                {"type": "column", "attrs": {"width": 40}, "content": [{"type": "paragraph"}]},
                {"type": "column", "attrs": {"width": 60}},
            ],
        },
    ],
}


def test_a_document_is_read_with_its_defaults() -> None:
    read = read_document(MAIL)
    heading, columns = read.content
    assert read.attrs.theme.font == "malgun"
    assert read.attrs.theme.width == 600
    assert (heading.attrs.level, heading.attrs.locked, heading.content[0].text) == (1, False, "Hi")
    assert heading.content[1].attrs.format == "upper"
    assert [column.attrs.width for column in columns.content] == [40, 60]


WRONG = [
    ("level", lambda d: d["content"][0]["attrs"].update(level=9), "content[0].attrs.level"),
    ("unknown attribute", lambda d: d["content"][0]["attrs"].update(onclick="x"), "content[0].attrs"),
    ("one column", lambda d: d["content"][1]["content"].pop(), "content[1].content"),
    (
        "header in a column",
        lambda d: d["content"][1]["content"][0]["content"].append({"type": "header"}),
        "content[1].content[0].content[1].type",
    ),
    ("unknown node", lambda d: d["content"].append({"type": "script"}), "content[2].type"),
    ("node without type", lambda d: d["content"].append({}), "content[2].type"),
    ("font", lambda d: d["attrs"]["theme"].update(font="Comic Sans"), "attrs.theme.font"),
    (
        "script link",
        lambda d: d["content"][0]["content"][0]["marks"][2]["attrs"].update(href="javascript:alert(1)"),
        "content[0].content[0].marks[2].attrs.href",
    ),
    ("unknown mark", lambda d: d["content"][0]["content"][0]["marks"].append({"type": "code"}), ".marks[3].type"),
    ("mark with more", lambda d: d["content"][0]["content"][0]["marks"][0].update(x=1), ".marks[0]"),
    ("control character", lambda d: d["content"][0]["content"][0].update(text="a\x02b"), "content[0].content[0].text"),
    ("empty text", lambda d: d["content"][0]["content"][0].update(text=""), "content[0].content[0].text"),
    ("text on a block", lambda d: d["content"][0].update(text="x"), "content[0].text"),
    ("unknown key", lambda d: d["content"][0].update(html="x"), "content[0].html"),
    ("content no array", lambda d: d.update(content={}), "content"),
    ("child no object", lambda d: d["content"].append("x"), "content[2]"),
    ("attrs no object", lambda d: d.update(attrs=[]), "attrs"),
    ("colour", lambda d: d["content"][0]["attrs"].update(background="red;x:y"), "content[0].attrs.background"),
    ("a colour with a line break", lambda d: d["content"][0]["attrs"].update(background="#ffffff\n"), ".background"),
    ("tag default", lambda d: d["content"][0]["content"][1]["attrs"].update(default="{{x}}"), ".attrs.default"),
    ("condition too long", lambda d: d["content"][0]["attrs"].update(condition={"x": "y" * 30_000}), "attrs.condition"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "path"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG])
def test_what_is_wrong_is_named_with_its_place(spoil: Any, path: str) -> None:
    document = copy.deepcopy(MAIL)
    spoil(document)
    with pytest.raises(DocumentFault) as caught:
        read_document(document)
    assert caught.value.path.endswith(path)


@pytest.mark.parametrize("source", [None, [], "x", 7, {"type": "paragraph"}], ids=repr)
def test_what_is_no_document_is_refused(source: object) -> None:
    with pytest.raises(DocumentFault):
        read_document(source)


def test_depth_and_size_have_limits() -> None:
    nested: dict[str, Any] = {"type": "paragraph"}
    for _ in range(20):
        nested = {"type": "bulletList", "content": [{"type": "listItem", "content": [nested]}]}
    with pytest.raises(DocumentFault, match="levels deep"):
        read_document({"type": "doc", "content": [nested]})
    with pytest.raises(DocumentFault, match="more than 5000"):
        read_document({"type": "doc", "content": [{"type": "paragraph"}] * 5_000})


def test_a_saved_block_is_read_alone() -> None:
    assert read_block({"type": "footer", "content": [{"type": "paragraph"}]}).type == "footer"
    with pytest.raises(DocumentFault):
        read_block({"type": "listItem", "content": [{"type": "paragraph"}]})
