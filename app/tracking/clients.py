"""What somebody reads with: kind of device, mail client or browser, operating system, from the user agent.

Only words listed here are ever stored, so that nobody can fill the counts with names of their own.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import ua_parser

from app.tracking.terms import Device

OTHER = "Other"
AGENTS_REMEMBERED = 50_000


class Client(NamedTuple):
    """Empty words: not known. `device` is one of `Device`."""

    device: str = ""
    name: str = ""
    os: str = ""


UNKNOWN = Client()

# What ua-parser takes for the browser below, or does not know: readers in Korea, providers' proxies, mail programs.
OWN_NAMES = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("Gmail", r"googleimageproxy|ggpht\.com"),
        ("Yahoo Mail", r"yahoomailproxy"),
        ("Naver Mail", r"naver[\w ./-]*(image|mail)[ -]?proxy"),
        ("Daum Mail", r"(daum|hanmail|kakao)[\w ./-]*(image|mail)[ -]?proxy"),
        ("KakaoTalk", r"\bkakaotalk\b"),
        ("Naver", r"\bnaver\(inapp"),
        ("Daum", r"\bdaumapps\b"),
        ("LINE", r"\bline/\d"),
        ("BAND", r"\bband/\d"),
        ("Instagram", r"\binstagram\b"),
        ("Facebook", r"\bfban/|\bfbav/"),
        ("Outlook", r"\boutlook\b|\bmsoffice \d"),
        ("Thunderbird", r"\bthunderbird/"),
        ("Whale", r"\bwhale/"),
    )
)
# ua-parser's families → what a reader of reports knows them as.
FAMILIES = {
    "Apple Mail": "Apple Mail", "AppleMail": "Apple Mail", "Mobile Safari UI/WKWebView": "Apple Mail",
    "Safari": "Safari", "Mobile Safari": "Safari", "Chrome": "Chrome", "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome", "Chromium": "Chrome", "Chrome Mobile WebView": "Android app",
    "Android": "Android app",
    "Samsung Internet": "Samsung Internet", "Firefox": "Firefox", "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox", "Edge": "Edge", "Edge Mobile": "Edge", "IE": "Internet Explorer",
    "IE Mobile": "Internet Explorer", "Opera": "Opera", "Opera Mobile": "Opera", "Opera Mini": "Opera",
    "Vivaldi": "Vivaldi", "Thunderbird": "Thunderbird", "Lotus Notes": "Notes", "MiuiBrowser": "Xiaomi browser",
}  # fmt: skip
SYSTEMS = {
    "Windows": "Windows", "Mac OS X": "macOS", "iOS": "iOS", "Android": "Android", "Chrome OS": "ChromeOS",
    "Linux": "Linux", "Ubuntu": "Linux", "Debian": "Linux", "Fedora": "Linux", "Tizen": "Tizen",
    "HarmonyOS": "HarmonyOS", "Windows Phone": "Windows Phone",
}  # fmt: skip
DESKTOPS = frozenset({"Windows", "macOS", "Linux", "ChromeOS"})
PROXIES = frozenset({"Gmail", "Yahoo Mail", "Naver Mail", "Daum Mail"})
_PHONE = re.compile(r"\bmobi|\biphone\b|\bipod\b", re.IGNORECASE)
_TABLET = re.compile(r"\bipad\b|\btablet\b", re.IGNORECASE)


@lru_cache(maxsize=AGENTS_REMEMBERED)
def client_of(user_agent: str) -> Client:
    """Return what a user agent says. A proxy hides the device; it tells only whose mail is read.

    ua-parser reads its rules on the first call, and each agent is parsed once in a process.
    """
    own = next((name for name, pattern in OWN_NAMES if pattern.search(user_agent)), "")
    if own in PROXIES:
        return Client(name=own)
    system, family = ua_parser.parse_os(user_agent), None if own else ua_parser.parse_user_agent(user_agent)
    name = own or (FAMILIES.get(family.family, OTHER) if family else "")
    os = SYSTEMS.get(system.family, OTHER) if system else ""
    return Client(_device(user_agent, os), name, os)


def _device(user_agent: str, os: str) -> str:
    if _TABLET.search(user_agent):
        return Device.TABLET.value
    if _PHONE.search(user_agent):
        return Device.PHONE.value
    if os == "Android":
        # Android's browsers say "Mobile" on phones and leave it out on tablets.
        return Device.TABLET.value
    return Device.DESKTOP.value if os in DESKTOPS else ""
