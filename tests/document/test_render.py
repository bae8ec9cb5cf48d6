"""Documents as HTML: what is written in them is what is read, and each block looks as it did."""

from __future__ import annotations

import html
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from app.document.markup import Kind, tokens
from app.document.render import render
from app.document.schema import Node, read_document
from app.document.theme import Look
from tests.document.samples import BLOCKS, DOCUMENTS, doc, paragraph, text, words

GOLDEN = Path(__file__).parent / "golden"
LOOK = Look(brand="#0b6e4f", locale="en")


def rendered(document: dict[str, Any], look: Look = LOOK) -> str:
    return render(read_document(document), look).html


@pytest.mark.parametrize("name", sorted(BLOCKS))
def test_each_block_is_rendered_as_it_was_when_somebody_looked_at_it(name: str) -> None:
    """After a change that is meant: run with REWRITE_GOLDEN=1, and look at the files in a browser."""
    file = GOLDEN / f"{name}.html"
    html_now = rendered(doc(BLOCKS[name])).replace("><", ">\n<")
    if os.environ.get("REWRITE_GOLDEN"):
        file.write_text(html_now, encoding="utf-8")
    assert html_now == file.read_text(encoding="utf-8")


@given(DOCUMENTS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_words_that_are_seen_are_the_words_that_were_written(document: dict[str, Any]) -> None:
    assert squeezed(seen(rendered(document))) == squeezed(written(read_document(document)))


@given(DOCUMENTS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_rendering_is_pure_and_marks_pair_up(document: dict[str, Any]) -> None:
    first, again = (render(read_document(document), LOOK) for _ in range(2))
    assert first == again
    opened = re.findall(r"<!--if (\d+)-->", first.html)
    assert sorted(opened, key=int) == [str(n + 1) for n in range(len(first.conditions))]
    assert sorted(re.findall(r"<!--/if (\d+)-->", first.html)) == sorted(opened)


def seen(page: str) -> str:
    """Return what a reader sees: the text of elements, without what is hidden or only for Outlook."""
    body = page[page.index("<body") :]
    body = re.sub(r'<div style="display:none.*?</div>', "", body, flags=re.DOTALL)
    return html.unescape("".join(token.text if token.kind is Kind.TEXT else "" for token in tokens(body)))


def written(node: Node) -> str:
    """Return the words of a document, by its JSON alone."""
    if node.type == "article":
        return node.attrs.kicker + node.attrs.headline + node.attrs.lead
    return node.text + "".join(map(written, node.content))


def squeezed(said: str) -> str:
    return "".join(said.split())


def test_what_a_person_writes_is_never_markup() -> None:
    nasty = "<script>alert(1)</script>\"'&amp;"
    link = {"type": "link", "attrs": {"href": "https://a.example/?q='x&y"}}
    page = rendered(doc(paragraph(text(nasty, link)), {"type": "article", "attrs": {"headline": nasty, "alt": nasty}}))
    assert "<script" not in page
    assert nasty in seen(page)


def test_the_brand_of_the_workspace_colours_what_the_theme_leaves_open() -> None:
    button = BLOCKS["button"]
    assert "#0b6e4f" in rendered(doc(button))
    assert "#0b6e4f" not in rendered(doc(button, brand="#aa2200"))
    assert "color:#111111" in rendered(doc(button, brand="#ffee55")), "dark letters on a light button"


def test_pictures_of_the_library_are_found_by_number() -> None:
    picture = {"type": "image", "attrs": {"media": 7, "src": "https://old.example/a.png", "alt": "x"}}
    page = rendered(doc(picture), Look(pictures={7: "https://park.example/m/abc.png"}))
    assert 'src="https://park.example/m/abc.png"' in page
    assert "https://old.example" in rendered(doc(picture))


def test_a_picture_is_never_wider_than_its_place() -> None:
    picture = {"type": "image", "attrs": {"src": "https://a.example/a.png", "width": 900}}
    columns = {"type": "columns", "content": [{"type": "column", "content": [picture]}, {"type": "column"}]}
    assert 'width="544"' in rendered(doc(picture))
    assert 'width="260"' in rendered(doc(columns))


def test_dark_mode_can_be_left_out() -> None:
    assert "prefers-color-scheme: dark" in rendered(doc(words("a")))
    assert "prefers-color-scheme" not in rendered(doc(words("a"), dark=False))


def test_what_pasted_html_hides_in_comments_is_no_condition() -> None:
    forged = {"type": "html", "attrs": {"html": "<p>a<!--if 1-->b<!--/if 1--></p>"}}
    assert "<!--if" not in rendered(doc(forged))


def test_the_exported_mjml_renders_to_the_same_mail() -> None:
    made = render(read_document(doc(*BLOCKS.values())), LOOK)
    assert made.mjml.startswith("<mjml")
    assert "{{name:upper|reader &amp; friend}}" in made.mjml
    assert "{{name:upper|reader &amp; friend}}" in made.html


@given(DOCUMENTS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_is_fetched_but_what_the_author_put_in(document: dict[str, Any]) -> None:
    page = rendered(document)
    assert "@import" not in page
    assert "<link" not in page
    assert set(re.findall(r'https?://([^/"\s]+)', page)) <= {"img.example", "news.example", "www.w3.org"}
