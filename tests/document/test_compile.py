from __future__ import annotations

import html
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document import merge
from app.document.compile import Endpoints, MailSource, compile_mail, fill, preview, slot_values
from app.document.compiled import CompiledMail, SlotRef, TrackedLink
from tests.document.strategies import BODIES, DOCUMENTS, OTHER_URLS, TAGS, TEXT, VALUES, WEB_URLS

BASE = Endpoints("https://park.example")
TOKEN = "TOKEN-43"


class _Seen(HTMLParser):
    """What a browser makes of it: elements, links, words."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.attributes: list[str] = []
        self.links: list[str] = []
        self.words = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.links += [value or "" for name, value in attrs if tag == "a" and name == "href"]

    def handle_data(self, data: str) -> None:
        self.words += data


def compiled(source: str, **other: str) -> CompiledMail:
    return compile_mail(MailSource(subject=other.pop("subject", ""), html=source, **other), BASE)


def filled(source: str, values: dict[str, str]) -> str:
    mail = compiled(source)
    return fill(mail.html, slot_values(mail.slots, values, TOKEN))


def test_link_is_counted_and_keeps_its_target_with_tags_unescaped() -> None:
    mail = compiled('<a href="https://shop.example/?a=1&amp;who={{email}}">The <b>shop</b></a>')
    assert mail.links == [TrackedLink(1, "https://shop.example/?a=1&who={{email}}", "The shop")]
    assert '<a href="https://park.example/t/c/TOKEN-43/1">The <b>shop</b></a>' in filled(
        '<a href="https://shop.example/?a=1&amp;who={{email}}">The <b>shop</b></a>', {}
    )


def test_image_link_is_named_by_its_alternative_text() -> None:
    mail = compiled('<a href="https://shop.example"><img src="x.png" alt="Autumn sale"></a>')
    assert [link.label for link in mail.links] == ["Autumn sale"]


@given(OTHER_URLS)
def test_other_kinds_of_links_stay_as_they_are(url: str) -> None:
    piece = f'<a href="{url}">x</a>'
    assert piece in filled(piece, {})
    assert compiled(piece).links == []


@given(BODIES, BODIES, WEB_URLS, st.sampled_from(['"{}"', "'{}'"]))
def test_web_links_are_numbered_in_the_order_of_the_mail(before: str, after: str, url: str, quotes: str) -> None:
    mail = compiled(f"{before}<a href={quotes.format(html.escape(url))}>x</a>{after}")
    urls = [link.url for link in mail.links]
    assert [link.number for link in mail.links] == list(range(1, len(urls) + 1))
    written = _Seen(f"{before}<a href={quotes.format(html.escape(url))}>x</a>{after}").links
    assert urls == [link for link in written if link.lower().startswith(("http://", "https://"))]


@given(DOCUMENTS)
def test_a_mail_without_tags_and_links_is_untouched_byte_for_byte(source: str) -> None:
    source = merge.TAG.sub("x", source).replace("href=", "data-x=")
    before, end, after = source.partition("</body>")
    page = filled(source, {})
    assert before in page
    assert end + after in page
    assert page.startswith(before) or not end


@given(DOCUMENTS, VALUES)
def test_only_link_targets_change(source: str, values: dict[str, str]) -> None:
    untracked = preview(MailSource("", source), values).html
    tracked = preview(MailSource("", source), values, BASE, token=TOKEN).html
    seen, was = _Seen(tracked), _Seen(untracked)
    assert seen.words == was.words
    assert seen.elements == [*was.elements, "a", "img"]
    assert seen.links[:-1] == [link for link in seen.links if "/t/h/" not in link]
    assert len(seen.links[:-1]) == len(was.links)


@given(DOCUMENTS, VALUES)
def test_no_value_changes_the_structure_of_the_mail(source: str, values: dict[str, str]) -> None:
    plain, harmed = _Seen(filled(source, {})), _Seen(filled(source, values))
    assert harmed.elements == plain.elements
    assert harmed.attributes == plain.attributes
    assert [link for link in harmed.links if link.lower().startswith("javascript")] == []


@given(TEXT, VALUES)
def test_reader_sees_the_values_as_they_are(source: str, values: dict[str, str]) -> None:
    seen = _Seen(filled(f"<p>{source}</p>", values)).words
    expected = "".join(
        html.unescape(part)
        if isinstance(part, str)
        else merge.value_of(merge.Tag(part.name, html.unescape(part.default)), values)
        for part in merge.parse(source)
    )
    assert expected in seen


@given(DOCUMENTS, VALUES)
def test_filling_slots_equals_the_preview(source: str, values: dict[str, str]) -> None:
    mail = compile_mail(MailSource("{{name|손님}}님", source), BASE)
    row = slot_values(mail.slots, values, TOKEN)
    rendered = preview(MailSource("{{name|손님}}님", source), values, BASE, token=TOKEN)
    assert (fill(mail.subject, row), fill(mail.html, row), fill(mail.text, row)) == (
        rendered.subject,
        rendered.html,
        rendered.text,
    )


@given(VALUES)
def test_subject_is_one_line_whatever_the_values(values: dict[str, str]) -> None:
    subject = preview(MailSource("{{name|a}}\r\nBcc: {{email}}", ""), values).subject
    assert subject.splitlines() in ([subject], [])
    assert "\x00" not in subject


@given(st.text(max_size=200), VALUES)
def test_any_text_compiles(source: str, values: dict[str, str]) -> None:
    mail = compiled(source, subject=source)
    row = slot_values(mail.slots, values, TOKEN)
    assert fill(mail.html, row)
    assert all(ref.n <= len(mail.slots) for ref in [*mail.html, *mail.text, *mail.subject] if isinstance(ref, SlotRef))


def test_forged_slot_marks_mean_nothing() -> None:
    mail = compiled("<p>\x009h\x00</p>")
    assert all(ref.n == 0 for ref in mail.html if isinstance(ref, SlotRef))


def test_value_in_a_link_that_is_not_counted_is_percent_encoded() -> None:
    assert 'href="mailto:a%40b.example"' in filled('<a href="mailto:{{email}}">x</a>', {"email": "a@b.example"})


def test_whole_link_from_a_value_cannot_become_a_script() -> None:
    assert 'href="javascript%3Aalert%281%29"' in filled('<a href="{{name}}">x</a>', {"name": "javascript:alert(1)"})


def test_value_in_a_style_stays_one_word() -> None:
    page = filled('<p style="color:{{name}}">x</p><style>p { color: {{name}} }</style>', {"name": "red}</style><b>"})
    assert page.count("red%7D%3C%2Fstyle%3E%3Cb%3E") == 2


@pytest.mark.parametrize(("locale", "words"), [("ko", "수신거부"), ("en", "unsubscribe"), ("fr", "unsubscribe")])
def test_unsubscribe_line_is_added_in_the_workspace_language(locale: str, words: str) -> None:
    mail = compiled("<p>x</p>", locale=locale)
    page = fill(mail.html, slot_values(mail.slots, {}, TOKEN))
    assert words in page
    assert page.count("https://park.example/t/u/TOKEN-43") == 1
    assert "https://park.example/t/u/TOKEN-43" in fill(mail.text, [TOKEN])


def test_unsubscribe_link_of_the_author_is_the_only_one() -> None:
    page = filled('<a href="{{unsubscribe_url}}">그만 받기</a> <a href="{{view_url}}">웹</a>', {"unsubscribe_url": "x"})
    assert page.count("/t/u/") == 1
    assert '<a href="https://park.example/t/v/TOKEN-43">웹</a>' in page


def test_pixel_stands_before_the_end_of_the_body() -> None:
    page = filled("<html><body><p>x</p></body></html>", {})
    assert page.endswith('width:1px;height:1px"></body></html>')
    assert page.count("https://park.example/t/o/TOKEN-43.gif") == 1


def test_one_link_is_seen_by_no_person() -> None:
    page = preview(MailSource("", "<p>words</p>"), {}, BASE, token=TOKEN)
    trap = '<a href="https://park.example/t/h/TOKEN-43" style="display:none" tabindex="-1" aria-hidden="true"'
    assert page.html.count(trap) == 1
    assert "/t/h/" not in page.text


def test_preview_counts_nothing() -> None:
    page = preview(MailSource("", '<a href="https://a.example/?q={{name}}">x</a>'), {"name": "a b"}).html
    assert "/t/" not in page
    assert 'href="https://a.example/?q=a%20b"' in page


def test_default_stands_in_for_an_empty_value() -> None:
    assert "<p>고객 &amp; 친구님</p>" in filled("<p>{{ name | 고객 &amp; 친구 }}님</p>", {"name": "  "})


@given(TAGS)
def test_same_tag_takes_one_slot(tag: str) -> None:
    assert len(compiled(f"<p>{tag}{tag}</p>").slots) == 1


def test_a_tag_leads_to_the_readers_own_page() -> None:
    page = filled('<a href="{{preferences_url}}">내 설정</a>', {"preferences_url": "x"})
    assert '<a href="https://park.example/t/p/TOKEN-43">내 설정</a>' in page
