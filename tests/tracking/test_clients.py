"""What people read with, from their user agents: only words of ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tracking.clients import FAMILIES, OTHER, OWN_NAMES, SYSTEMS, Client, client_of
from app.tracking.terms import Device
from tests.tracking.test_classify import ANDROID, PEOPLE, PROXIES, SAFARI

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
TABLET = (
    "Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36"
)
IPAD = (
    "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)


@pytest.mark.parametrize(
    ("agent", "client"),
    [
        (SAFARI, ("phone", "Safari", "iOS")),
        (SAFARI.replace("Version/18.5 ", "").replace(" Safari/604.1", ""), ("phone", "Apple Mail", "iOS")),
        (ANDROID, ("phone", "Android app", "Android")),
        (PEOPLE["kakaotalk's browser"], ("phone", "KakaoTalk", "Android")),
        (PEOPLE["kakaotalk's browser on a phone of apple"], ("phone", "KakaoTalk", "iOS")),
        (PEOPLE["naver's browser"], ("phone", "Naver", "Android")),
        (PEOPLE["outlook on windows"], ("desktop", "Outlook", "Windows")),
        (PEOPLE["thunderbird"], ("desktop", "Thunderbird", "Linux")),
        (PEOPLE["whale"], ("desktop", "Whale", "Windows")),
        (PROXIES["gmail"], ("", "Gmail", "")),
        (PROXIES["naver"], ("", "Naver Mail", "")),
        (MAC, ("desktop", "Apple Mail", "macOS")),
        (IPAD, ("tablet", "Safari", "iOS")),
        (TABLET, ("tablet", "Chrome", "Android")),
        ("Something/1.0", ("", "", "")),
        ("", ("", "", "")),
    ],
)
def test_a_user_agent_is_a_client(agent: str, client: tuple[str, str, str]) -> None:
    assert client_of(agent) == Client(*client)


@given(st.text(max_size=80) | st.sampled_from([SAFARI, ANDROID, MAC, IPAD]).flatmap(
    lambda agent: st.text(max_size=20).map(lambda more: f"{more} {agent} {more}/1.0")))  # fmt: skip
def test_nobody_can_bring_in_words_of_their_own(agent: str) -> None:
    client = client_of(agent)
    assert client.device in {"", *Device}
    assert client.name in {"", OTHER, *FAMILIES.values(), *(name for name, _ in OWN_NAMES)}
    assert client.os in {"", OTHER, *SYSTEMS.values()}
