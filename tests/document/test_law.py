from __future__ import annotations

import pytest

from app.document.compile import Endpoints, MailSource, compile_mail, preview
from app.document.law import MARK
from app.tenants.legal import Law, LegalSender

KOREA = LegalSender(Law.KOREA, "데일리 파크 <주>", "서울시 중구 세종대로 1", "02-123-4567", "help@daily.example")
ELSEWHERE = LegalSender(Law.ELSEWHERE, "Daily Park Inc.", "1 Park Lane, Springfield", "", "")
EMPTY = LegalSender(Law.ELSEWHERE, "", "", "", "")


def mail(
    kind: str, legal: LegalSender | None, *, subject: str = "Sale", html: str = "<p>Hi</p>", text: str = ""
) -> MailSource:
    return MailSource(subject, html, text=text, kind=kind, legal=legal, locale="ko")


@pytest.mark.parametrize(
    "written", ["할인", " 할인", "(광고) 할인", "(광고)할인", "( 광 고 ) 할인", "[광고] 할인", "（광고） 할인"]
)
def test_mark_stands_first_in_korean_advertising_once(written: str) -> None:
    assert preview(mail("advertising", KOREA, subject=written), {}).subject == f"{MARK} 할인"


@pytest.mark.parametrize(
    ("kind", "legal"),
    [("newsletter", KOREA), ("notice", KOREA), ("breaking", KOREA), ("advertising", ELSEWHERE), ("advertising", None)],
    ids=["newsletter", "notice", "breaking", "elsewhere", "none"],
)
def test_other_mails_have_no_mark(kind: str, legal: LegalSender | None) -> None:
    assert preview(mail(kind, legal), {}).subject == "Sale"


@pytest.mark.parametrize("text", ["", "본문을 직접 썼습니다."], ids=["derived", "own text"])
@pytest.mark.parametrize(
    "html", ["<p>Hi</p>", '<p>Hi <a href="{{unsubscribe_url}}">out</a></p>'], ids=["plain", "own link"]
)
def test_korean_advertising_names_its_sender_and_two_free_ways_out(html: str, text: str) -> None:
    made = preview(mail("advertising", KOREA, html=html, text=text), {}, Endpoints("https://x.example"), token="t")
    assert "데일리 파크 &lt;주&gt;" in made.html
    assert "데일리 파크 <주>" in made.text
    for part in (made.html, made.text):
        for words in (
            "서울시 중구 세종대로 1",
            "02-123-4567",
            "help@daily.example",
            "무료 수신거부",
            "Unsubscribe free of charge",
        ):
            assert words in part
        assert part.count("https://x.example/t/u/t") >= 2
    assert made.html.index("무료 수신거부") < made.html.index("</body>")


@pytest.mark.parametrize("kind", ["advertising", "newsletter"])
def test_elsewhere_a_postal_address_is_in_the_foot(kind: str) -> None:
    made = preview(mail(kind, ELSEWHERE, text="Own words"), {})
    for part in (made.html, made.text):
        assert "Daily Park Inc. · 1 Park Lane, Springfield" in part


@pytest.mark.parametrize("kind", ["notice", "breaking"])
def test_notices_carry_no_sender_of_advertising(kind: str) -> None:
    assert "Park Lane" not in preview(mail(kind, ELSEWHERE), {}).html


def test_nothing_is_added_where_nothing_is_filled_in() -> None:
    assert preview(mail("newsletter", EMPTY), {}) == preview(mail("newsletter", None), {})


def test_address_is_words_and_never_a_merge_tag() -> None:
    sly = LegalSender(Law.ELSEWHERE, "{{name}} & Sons", "Road {{{{name}}}} 1", "", "")
    made = preview(mail("advertising", sly), {"name": "Kim"})
    assert "Kim" not in made.html
    assert "name &amp; Sons" in made.html


def test_links_of_the_mail_keep_their_numbers() -> None:
    html = '<p><a href="https://a.example/">A</a></p>'
    plain = compile_mail(mail("advertising", None, html=html), Endpoints("https://x.example"))
    signed = compile_mail(mail("advertising", KOREA, html=html), Endpoints("https://x.example"))
    assert signed.links == plain.links


@pytest.mark.parametrize(
    ("sender", "complete"),
    [(KOREA, True), (ELSEWHERE, True), (EMPTY, False), (LegalSender(Law.KOREA, "N", "A", "", "c"), False)],
    ids=["korea", "elsewhere", "empty", "no phone"],
)
def test_what_is_complete_depends_on_the_law(sender: LegalSender, complete: bool) -> None:
    assert sender.complete is complete
