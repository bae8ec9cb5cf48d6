"""A test a rule: who is a person, who is a machine, and why we think so."""

from __future__ import annotations

import pytest

from app.tracking.classify import RULES, Verdict, Visit, classify
from tests.support.workspaces import Place

SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)
ANDROID = (
    "Mozilla/5.0 (Linux; Android 15; SM-S931N Build/AP3A; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/138.0.0.0 Mobile Safari/537.36"
)
PEOPLE = {
    "safari on a phone": SAFARI,
    "kakaotalk's browser": f"{ANDROID} KAKAOTALK/25.6.1 (INAPP)",
    "kakaotalk's browser on a phone of apple": f"{SAFARI} KAKAOTALK 25.6.1",
    "naver's browser": f"{ANDROID} NAVER(inapp; search; 2000; 12.15.0)",
    "daum's browser": f"{ANDROID} DaumApps/7.32.0 DaumDevice/mobile",
    "band's browser": f"{ANDROID} BAND/20.1.3",
    "line's browser": f"{SAFARI} Safari Line/15.9.0",
    "outlook on windows": "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Microsoft Outlook 16.0.18025)",
    "thunderbird": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.9.0",
    "a cubot telephone": "Mozilla/5.0 (Linux; Android 13; CUBOT KINGKONG 9) AppleWebKit/537.36 Chrome/137.0 Mobile",
    "whale": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/136.0 Whale/4.32 Safari/537.36",
}
PROXIES = {
    "gmail": "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "yahoo": "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    "naver": "Mozilla/5.0 (compatible; NaverMail ImageProxy)",
    "daum": "Daum Mail Proxy/1.0",
}
MACHINES = {
    "": "no_user_agent",
    "  ": "no_user_agent",
    "Mozilla/5.0": "apple_privacy",
    "Mozilla/5.0 (compatible; Barracuda Sentinel)": "scanner",
    "Mozilla/5.0 (compatible; Mimecast URL Protect)": "scanner",
    "FireEye-MVX/1.2": "scanner",
    "kakaotalk-scrap/1.0; +https://devtalk.kakao.com/": "link_preview",
    "facebookexternalhit/1.1;kakaotalk-scrap/1.0": "link_preview",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)": "link_preview",
    "Mozilla/5.0 (compatible; Yeti/1.1; +https://naver.me/spd)": "crawler",
    "Mozilla/5.0 (compatible; Daumoa/4.0; +http://cs.daum.net/)": "crawler",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)": "crawler",
    "curl/8.5.0": "program",
    "python-requests/2.32.3": "program",
    "Go-http-client/2.0": "program",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/138.0.0.0 Safari/537.36": "program",
    "Mozilla/5.0 (compatible; Google-InspectionTool/1.0)": "listed",
    "Mozilla/5.0 (compatible; woorankreview/2.0; +https://www.woorank.com/)": "listed",
}
HETZNER, HOME = "88.198.1.2", "203.0.113.7"


@pytest.mark.parametrize("agent", PEOPLE.values(), ids=PEOPLE)
def test_these_are_people(agent: str) -> None:
    assert classify(Visit("GET", agent)) == Verdict(human=True)


@pytest.mark.parametrize("agent", PROXIES.values(), ids=PROXIES)
def test_a_providers_picture_proxy_stands_for_its_user(agent: str) -> None:
    assert classify(Visit("GET", agent)) == Verdict(human=True, reason="provider_proxy")


@pytest.mark.parametrize(("agent", "reason"), MACHINES.items())
def test_these_are_machines(agent: str, reason: str) -> None:
    assert classify(Visit("GET", agent)) == Verdict(human=False, reason=reason)


def test_head_is_never_a_person() -> None:
    assert classify(Visit("HEAD", SAFARI)) == Verdict(human=False, reason="head")


@pytest.mark.parametrize("purpose", ["prefetch", "prefetch;prerender", "prefetch;anonymous-client-ip", "preview"])
def test_what_a_browser_fetches_ahead_is_not_yet_seen(purpose: str) -> None:
    assert classify(Visit("GET", SAFARI, purpose)) == Verdict(human=False, reason="prefetch")


def test_a_browser_in_a_data_centre_is_a_machine(workspace: Place) -> None:
    assert classify(Visit("GET", SAFARI, address=HETZNER)) == Verdict(human=False, reason="data_centre")
    assert classify(Visit("GET", SAFARI, address=HOME)) == Verdict(human=True)


@pytest.mark.parametrize("agent", [*PROXIES.values(), PEOPLE["kakaotalk's browser"], PEOPLE["naver's browser"]])
def test_a_providers_proxy_and_an_app_are_people_wherever_they_are(agent: str) -> None:
    assert classify(Visit("GET", agent, address=HETZNER)).human


def test_every_rule_decides_something_here() -> None:
    seen = {"head", "prefetch", "provider_proxy", "data_centre", "", *MACHINES.values()}
    assert {rule.reason for rule in RULES} == seen
