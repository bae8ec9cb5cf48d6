from __future__ import annotations

import pytest

from app.compose.headlines import News, bare, in_blocks, in_html, news_of
from app.document.render import render
from app.document.schema import read_document
from app.document.text import to_text
from app.document.theme import Look
from app.templates_mgmt.starters import Starter, starters

NEWS = News("Bridge closed", ("The harbour bridge is closed.", "Ferries run."), "https://news.example/bridge", "en")


def shown(document: dict[str, object]) -> str:
    return to_text(render(read_document(document), Look(locale="en")).html)


@pytest.mark.parametrize(
    ("more", "paragraphs", "link"),
    [
        ("", (), ""),
        ("https://news.example/a", (), "https://news.example/a"),
        ("One.\r\n\r\nTwo  words.", ("One.", "Two words."), ""),
        ("One.\nhttps://news.example/a", ("One.",), "https://news.example/a"),
        ("see https://news.example/a", ("see https://news.example/a",), ""),
        ("javascript:alert(1)", ("javascript:alert(1)",), ""),
    ],
)
def test_second_field_is_a_link_or_text_or_both(more: str, paragraphs: tuple[str, ...], link: str) -> None:
    news = news_of(" Bridge   closed ", more, "en")
    assert (news.headline, news.paragraphs, news.link) == ("Bridge closed", paragraphs, link)


@pytest.mark.parametrize("starter", [*starters("en"), *starters("ko")], ids=lambda s: f"{s.code}-{s.language}")
def test_every_starter_takes_the_news_and_nothing_of_its_example_stays(starter: Starter) -> None:
    foot = {"type": "footer", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Tenant"}]}]}
    made = in_blocks(bare(starter.document, [foot]), NEWS)
    html = render(read_document(made), Look(locale="en")).html
    words = to_text(html)
    assert words.index("Bridge closed") < words.index("The harbour bridge is closed.") < words.index("Ferries run.")
    assert html.count("https://news.example/bridge") >= 1
    assert "example.com" not in html
    assert "Tenant" in words


def test_own_template_keeps_the_rest_of_itself() -> None:
    text = {"type": "text", "text": "Kept"}
    document = {
        "type": "doc",
        "content": [
            {"type": "heading", "content": [{"type": "text", "text": "Old"}]},
            {"type": "paragraph", "content": [{"type": "text", "text": "Old words"}]},
            {"type": "divider"},
            {"type": "paragraph", "content": [text]},
        ],
    }
    words = shown(in_blocks(document, NEWS))
    assert "Kept" in words
    assert "Old" not in words
    assert "Read the story" in words
    assert "Old words" in shown(document)


def test_button_without_a_link_goes() -> None:
    document = starters("en")[2].document
    assert "Follow the story" in shown(document)
    assert "Follow the story" not in shown(in_blocks(document, News("Bridge closed", locale="en")))


def test_html_gets_headline_text_and_link_where_it_had_them() -> None:
    source = '<body><h1 class="x">Old <b>one</b></h1><p>Old</p><a href="https://old.example/">Go</a><p>Kept</p></body>'
    made = in_html(source, News('A & "B"', ("1 < 2",), "https://news.example/?a=1&b=2", "en"))
    assert made == (
        '<body><h1 class="x">A &amp; &quot;B&quot;</h1><p>1 &lt; 2</p>'
        '<a href="https://news.example/?a=1&amp;b=2">Go</a><p>Kept</p></body>'
    )


def test_html_without_a_heading_gets_the_news_first() -> None:
    made = in_html("<body><p>Kept</p></body>", NEWS)
    assert made.startswith("<body><h1>Bridge closed</h1><p>The harbour bridge is closed.</p>")
    assert made.endswith("<p>Kept</p></body>")


def test_html_without_a_link_gets_one() -> None:
    assert '<a href="https://news.example/bridge">Read the story</a>' in in_html("<h1>Old</h1><p>Old</p>", NEWS)
