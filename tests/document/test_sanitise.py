from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document.css import clean_declarations, clean_stylesheet
from app.document.sanitise import Removal, difference, removed, sanitise
from tests.document.strategies import BODIES, DOCUMENTS

# fmt: off
PIECES = [
    "<script>alert(1)</script>", "<SCRIPT SRC=//x.example>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>", "<a href='java\tscript:alert(1)'>x</a>", "<iframe src=//x.example></iframe>",
    "<style>@import 'x';", "</style>", "<style>a{color:red}</style>", "<!--", "-->", "<title>", "</title>",
    "<textarea>", "\"", "'", ">", "<", "\x00",
    "<p style='background:url(javascript:x)'>", "<p style=\"color:red;x:expression(alert(1))\">", "<form action=//x>",
    "<math><mtext><table><mglyph><style><img src onerror=alert(1)>",
    "<!--[if mso]>", "<![endif]-->", "<!--[if !mso]><!-->", "<!--<![endif]-->", "<![if !mso]>", "<![endif]>", "--!>",
    "<!--[if mso]><b onclick=x>", "<!--k0-->",
    "<noscript><p title='</noscript><img src onerror=x>'>",
    "<body onload=x style='margin:0'>", "<html lang='ko\" onload=\"x'>", "<base href=//x>", "<meta http-equiv=refresh>",
    "<p title=\"<style>\">", "텍스트", "{{name|고객}}", "&lt;script&gt;", "&#60;script&#62;",
]
# fmt: on
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)


class _Dangers(HTMLParser):
    ELEMENTS = frozenset({"script", "iframe", "object", "embed", "form", "input", "svg", "math", "base", "link"})

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.ELEMENTS:
            self.found.append(tag)
        for name, value in attrs:
            if name.startswith("on") or "script:" in "".join((value or "").split()).lower():
                self.found.append(f"{tag} {name}")


@given(HOSTILE)
def test_nothing_that_runs_survives(source: str) -> None:
    assert _Dangers(sanitise(source)).found == []


@given(HOSTILE | BODIES | DOCUMENTS)
def test_cleaning_twice_changes_nothing_more(source: str) -> None:
    once = sanitise(source)
    assert sanitise(once) == once


def test_layout_of_a_mail_stays() -> None:
    source = (
        '<table width="600" cellpadding="0" align="center" bgcolor="#ffffff" style="max-width: 600px; width: 100%">'
        '<tbody><tr><td style="padding: 8px 16px; font-family: \'Malgun Gothic\', sans-serif" valign="top">'
        '<a href="https://a.example/?a=1&amp;b=2" target="_blank"><img src="https://a.example/i.png" alt="그림"></a>'
        "</td></tr></tbody></table>"
    )
    assert sanitise(source) == source


def test_merge_tags_and_system_links_stay() -> None:
    source = '<p>{{name|고객 &amp; 친구}}님</p><a href="{{unsubscribe_url}}">그만</a><a href="https://a.example/{{name}}">x</a>'
    assert sanitise(source) == source


def test_document_keeps_its_frame_and_styles() -> None:
    cleaned = sanitise(
        '<!DOCTYPE html><html lang="ko"><head><title>가을</title><style>@media (max-width: 600px) '
        "{ .col { width: 100% !important } }</style></head><body style='margin:0' onload='x'><p>본문</p></body></html>"
    )
    assert cleaned.startswith('<!doctype html>\n<html lang="ko">')
    assert "<title>가을</title>" in cleaned
    assert "@media (max-width: 600px) {\n  .col { width: 100% !important }\n}" in cleaned
    assert '<body style="margin: 0">\n<p>본문</p>' in cleaned


def test_script_goes_with_its_content_and_is_told() -> None:
    source = "<p>글</p><script>secret()</script><form><input></form>"
    assert sanitise(source) == "<p>글</p>"
    assert removed(source, sanitise(source)) == ["script", "form", "input"]


@pytest.mark.parametrize(
    "style",
    ["position: fixed", "background: url(data:text/html,x)", "background: url('javascript:x')", "behavior: url(x)",
     "width: expression(1)", "background: image-set('http://x' 1x)", "--x: 1", "color: {{name}}"],
)  # fmt: skip
def test_style_that_could_do_harm_goes(style: str) -> None:
    assert clean_declarations(f"{style}; color: red") == "color: red"


def test_picture_from_the_web_stays_in_a_style() -> None:
    assert clean_declarations("background: #fff url('https://a.example/i.png') no-repeat") == (
        "background: #fff url('https://a.example/i.png') no-repeat"
    )


CSS = [*"ab{}<>/@;:()'\"\\ !-*#.,\n", "</style>", "@media print{", "color:", "url(", "<!--", "\\3c "]


@given(st.lists(st.sampled_from(CSS)).map("".join))
def test_stylesheet_never_ends_its_element(style: str) -> None:
    assert "<" not in clean_stylesheet(style)


def test_large_hostile_input_is_cut_in_linear_time() -> None:
    assert "<a" not in sanitise('<a "' * 50_000)


OUTLOOK = """<!doctype html>
<html><head><!--[if mso]><xml><o:AllowPNG/></xml><![endif]--><style>@media (max-width:480px){
.a{color:red}}</style></head><body><table><!--[if mso]><tr><td width="300"><![endif]--><tr><td>a<!-- note --></td></tr>
<!--[if mso]></td></tr><![endif]--></table><!--[if !mso]><!--><p>not Outlook</p><!--<![endif]--><![if !mso]>b<![endif]>
<!--[if (gte mso 9)|(IE)]><v:roundrect href="https://a.example"><w:anchorlock/></v:roundrect><![endif]--></body></html>"""


def test_what_is_only_for_outlook_stays_letter_by_letter() -> None:
    cleaned = sanitise(OUTLOOK)
    head, body = cleaned.split("<body>")
    assert "<!--[if mso]><xml><o:AllowPNG/></xml><![endif]-->" in head
    assert "@media (max-width:480px)" in head
    for kept in (
        '<!--[if mso]><tr><td width="300"><![endif]-->',
        "<!--[if !mso]><!--><p>not Outlook</p><!--<![endif]-->",
        "<![if !mso]>b<![endif]>",
        '<!--[if (gte mso 9)|(IE)]><v:roundrect href="https://a.example"><w:anchorlock/></v:roundrect><![endif]-->',
    ):
        assert kept in body
    assert "note" not in cleaned
    assert sanitise(cleaned) == cleaned


@pytest.mark.parametrize(
    "comment",
    [
        "<!--[if mso]><script>x</script><![endif]-->",
        '<!--[if mso]><a href="javascript:x">y</a><![endif]-->',
        "<!--[if mso]><p onclick=x>y</p><![endif]-->",
        "<!--[if mso]>--!><p>y</p><![endif]-->",
        "<!--[if mso]>-><p>y</p><![endif]-->",
    ],
)
def test_a_conditional_comment_that_could_do_harm_goes(comment: str) -> None:
    assert "[if" not in sanitise(f"<p>a</p>{comment}")


def test_what_was_taken_out_is_told_with_how_often() -> None:
    source = '<p onclick="x" style="color:red;behavior:url(x)">a</p><script>b</script><script></script><!-- c -->'
    assert difference(source, sanitise(source)) == [
        Removal("element", "script", 2),
        Removal("attribute", "onclick", 1),
        Removal("style", "behavior", 1),
        Removal("comment", "<!-- -->", 1),
    ]
    assert difference(OUTLOOK, sanitise(OUTLOOK)) == [Removal("comment", "<!-- -->", 1)]
