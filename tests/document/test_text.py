from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document.markup import tokens
from app.document.text import looks_like_text, paragraphs, to_text
from tests.document.strategies import DOCUMENTS


@given(st.text() | DOCUMENTS)
def test_tokens_join_to_the_same_text(source: str) -> None:
    assert "".join(token.text for token in tokens(source)) == source


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>하나</p><p>둘</p>", "하나\n\n둘\n"),
        ("하나<br>둘<br/>셋", "하나\n둘\n셋\n"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b\n"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc\n"),
        ('<a href="https://a.example/?x=1&amp;y=2">여기</a>', "여기 (https://a.example/?x=1&y=2)\n"),
        ('<a href="https://a.example">https://a.example</a>', "https://a.example\n"),
        ('<a href="https://a.example"><img src="x" alt="가을"></a>', "가을 (https://a.example)\n"),
        ('<a href="https://a.example"><img src="x"></a>', "https://a.example\n"),
        ("<head><title>x</title><style>p{}</style></head><body>본문</body>", "본문\n"),
        ('<div style="display:none">앞글 <div>속</div></div><p>본문</p>', "본문\n"),
        ("<p>A &amp; B&nbsp;&lt;c&gt;</p>", "A & B <c>\n"),
        ("<b>굵</b>게  <i>쓰고</i>\n 또", "굵게 쓰고 또\n"),
        ("", "\n"),
    ],
)
def test_text_part_reads_as_the_mail_does(source: str, text: str) -> None:
    assert to_text(source) == text


def test_typed_text_becomes_paragraphs() -> None:
    assert paragraphs("안녕하세요\n사장님\r\n\r\n1 < 2 & 3") == "<p>안녕하세요<br>\n사장님</p>\n<p>1 &lt; 2 &amp; 3</p>"


@given(st.text().filter(lambda words: looks_like_text(words.replace("\xad", ""))))
def test_typed_words_are_all_in_the_paragraphs(source: str) -> None:
    assert "".join(html.unescape(to_text(paragraphs(html.escape(source)))).split())
