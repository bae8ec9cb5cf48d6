"""What may be a sending domain."""

from __future__ import annotations

import pytest

from app.domains.names import (
    MailProvider,
    NobodysDomain,
    NotADomain,
    OurOwn,
    display,
    domain_of,
    parse_domain,
    suggestion,
    zone_of,
)

OWN = "messagepark.example"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("park.kr", "park.kr"), (" Park.KR. ", "park.kr"), ("https://www.park.kr/news?x=1", "park.kr"),
        ("news@park.kr", "park.kr"), ("park.kr:8080", "park.kr"), ("news.park.co.kr", "news.park.co.kr"),
        ("공원.kr", "xn--ob0b930c.kr"), ("기자@공원.한국", "xn--ob0b930c.xn--3e0b707e"), ("ＰＡＲＫ。kr", "park.kr"),
    ],
)  # fmt: skip
def test_a_domain_is_read_from_what_people_paste(typed: str, name: str) -> None:
    assert parse_domain(typed, own=OWN) == name


@pytest.mark.parametrize("typed", ["", "park", "1.2.3.4", "a..kr", "-a.kr", "a_b.kr", "a b.kr", "xn--zz.kr",
                                   "a" * 64 + ".kr", "park.kr\r\nx", "[::1]", "x" * 300])  # fmt: skip
def test_what_is_no_domain_is_refused(typed: str) -> None:
    with pytest.raises(NotADomain):
        parse_domain(typed, own=OWN)


@pytest.mark.parametrize("typed", ["news.localhost", "printer.local", "co.kr", "x.arpa", "nas.internal"])
def test_what_nobody_can_own_is_refused(typed: str) -> None:
    with pytest.raises(NobodysDomain):
        parse_domain(typed, own=OWN)


def test_mail_providers_and_our_own_domain_are_refused() -> None:
    with pytest.raises(MailProvider):
        parse_domain("someone@naver.com", own=OWN)
    for typed in (OWN, f"daily.{OWN}"):
        with pytest.raises(OurOwn):
            parse_domain(typed, own=OWN)
    assert parse_domain(f"not{OWN}", own=OWN)


def test_a_name_is_shown_in_its_own_letters() -> None:
    assert display("xn--ob0b930c.kr") == "공원.kr"
    assert domain_of("기자@공원.kr") == "xn--ob0b930c.kr"
    assert suggestion("news@공원.kr", []) == "공원.kr"
    assert suggestion("someone@gmail.com", []) == suggestion("a@park.kr", ["park.kr"]) == suggestion("", []) == ""


def test_the_registered_domain_is_guessed() -> None:
    assert zone_of("news.park.co.kr") == "park.co.kr"
    assert zone_of("_dmarc.park.kr") == "park.kr"
