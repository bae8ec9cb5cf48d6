"""Person or machine: the rules, in order, as data. The first that fits decides and its reason is stored.

A mail provider's picture proxy (Gmail, Yahoo, Naver, Daum) fetches when its user opens the mail, so it stands for a
person; Apple's Mail Privacy Protection fetches every picture whether or not anybody looks, so it does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from crawleruseragents import is_crawler

from app.tracking import centres

PURPOSES = ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz")


@dataclass(frozen=True, slots=True)
class Visit:
    """What a request says about who sent it. `purpose` joins the headers named in `PURPOSES`.

    `address` is where it came from, `language` its ``Accept-Language``.
    """

    method: str
    user_agent: str
    purpose: str = ""
    address: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    human: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    reason: str
    human: bool
    fits: Callable[[Visit], bool]


def _agent(pattern: str) -> Callable[[Visit], bool]:
    search = re.compile(pattern, re.IGNORECASE).search
    return lambda visit: search(visit.user_agent) is not None


def _prefetches(visit: Visit) -> bool:
    return any(word in visit.purpose.lower() for word in ("prefetch", "prerender", "preview"))


SCANNERS = (
    r"barracuda|mimecast|proofpoint|urldefense|fireeye|trellix|symantec|messagelabs|trend ?micro|cloudmark|sophos|"
    r"ironport|forcepoint|fortiguard|bitdefender|kaspersky|zscaler|vade|avanan|spamassassin|safe ?links|"
    r"virustotal|urlscan|phish|malware"
)
PREVIEWS = (
    r"facebookexternalhit|kakaotalk-scrap|kakaostory-og-reader|slack-imgproxy|slackbot|twitterbot|linkedinbot|"
    r"telegrambot|whatsapp/|discordbot|line-poker|bandscraper|skypeuripreview|microsoft office|msoffice|ms-office"
)
PROGRAMS = (
    r"^(curl|wget|python|aiohttp|httpx|go-http|java|apache-httpclient|libwww|perl|ruby|php|node|axios|got|undici|"
    r"postmanruntime|insomnia|winhttp|dart)\b|python-requests|python-urllib|headlesschrome|phantomjs|puppeteer|"
    r"playwright|selenium"
)
# Cubot is a maker of telephones.
CRAWLERS = r"(?<!cu)bot\b|crawl|spider|slurp|\byeti/|daumoa|feedfetcher|archiver|monitor(ing)?\b|\bscan(ner)?\b"
IN_APP = r"\bkakaotalk\b(?!-scrap)|\bnaver\(inapp|\bdaumapps\b|\bline/\d|\binstagram\b|\bband/\d"
PROVIDER_PROXIES = (
    r"googleimageproxy|ggpht\.com|yahoomailproxy|(naver|daum|hanmail|kakao)[\w ./-]*(image|mail)[ -]?proxy"
)


REQUEST_RULES = (
    Rule("head", False, lambda visit: visit.method == "HEAD"),
    Rule("prefetch", False, _prefetches),
)
# Each agent is looked at once: of these rules, the verdict is remembered.
AGENT_RULES = (
    Rule("no_user_agent", False, lambda visit: not visit.user_agent.strip()),
    Rule("apple_privacy", False, lambda visit: visit.user_agent.strip() == "Mozilla/5.0"),
    Rule("scanner", False, _agent(SCANNERS)),
    Rule("link_preview", False, _agent(PREVIEWS)),
    Rule("provider_proxy", True, _agent(PROVIDER_PROXIES)),
    Rule("", True, _agent(IN_APP)),
    Rule("program", False, _agent(PROGRAMS)),
    Rule("crawler", False, _agent(CRAWLERS)),
    Rule("listed", False, lambda visit: is_crawler(visit.user_agent)),
)
# A browser in a data centre is a scanner's; the proxies of mail providers, which are there too, were met before.
ADDRESS_RULES = (Rule("data_centre", False, lambda visit: centres.holds(visit.address)),)
RULES = REQUEST_RULES + AGENT_RULES + ADDRESS_RULES
# Decided at ingest, where the clicks of one recipient are seen together.
BURST = "all_links_at_once"
BURST_LINKS = 3
BURST_SECONDS = 1.0
# A link in the mail that no person sees: whoever follows it follows all.
HONEYPOT = "honeypot"
HONEYPOT_SECONDS = 60.0
AGENTS_REMEMBERED = 20_000
PERSON = Verdict(human=True)


def classify(visit: Visit) -> Verdict:
    """Tell whether a person sent this, and if a rule decided it, which."""
    return (
        _verdict(REQUEST_RULES, visit)
        or _verdict_on_agent(visit.user_agent)
        or _verdict(ADDRESS_RULES, visit)
        or PERSON
    )


@lru_cache(maxsize=AGENTS_REMEMBERED)
def _verdict_on_agent(user_agent: str) -> Verdict | None:
    return _verdict(AGENT_RULES, Visit("GET", user_agent))


def _verdict(rules: tuple[Rule, ...], visit: Visit) -> Verdict | None:
    return next((Verdict(rule.human, rule.reason) for rule in rules if rule.fits(visit)), None)
