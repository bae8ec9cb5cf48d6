"""What a refusal means: reply code, enhanced code (RFC 3463) and text to one of five classes.

The text decides before the codes do, since many servers answer 550 5.7.1 to everything. The rules are tried in order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mta.contract import Bounce


@dataclass(frozen=True, slots=True)
class Rule:
    """`texts`: any of these patterns in the reply. `codes`: prefixes of the enhanced code."""

    bounce: Bounce
    reason: str
    texts: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


RULES = (
    Rule(
        Bounce.MAILBOX_FULL,
        "the mailbox is over its quota",
        texts=(
            r"over\s?quota|quota (?:is )?(?:exceeded|full|limit)|exceed\w* (?:\w+ )*(?:quota|storage)",
            r"mailbox (?:is )?full|insufficient (?:disk|system storage|storage)",
            r"out of storage|not enough (?:disk )?space",
            r"용량.{0,8}(?:초과|부족)|(?:메일함|편지함).{0,12}(?:가득|초과|꽉)",
            r"容量.{0,6}(?:超|不足|オーバー)|メールボックス.{0,8}(?:いっぱい|満杯)",
        ),
        codes=("5.2.2", "4.2.2", "4.3.1"),
    ),
    Rule(
        Bounce.REFUSED,
        "policy: reputation, content, authentication or rate",
        texts=(
            r"spam|unsolicited|blocked|(?:block|black|deny) ?list|\brbl\b|dnsbl|reputation|\bpolicy\b",
            r"dmarc|\bspf\b|dkim|not authori[sz]ed|rejected due to",
            r"rate limit|too many (?:connections|messages|recipients|errors)|gr[ae]y ?list",
            r"relay(?:ing)? (?:access )?denied|relay not permitted",
            r"스팸|차단|수신\s*거부|정책|발송\s*제한",
            r"迷惑メール|拒否",
        ),
    ),
    Rule(
        Bounce.USER_UNKNOWN,
        "there is no such mailbox",
        texts=(
            r"user (?:is )?(?:unknown|not found|doesn'?t exist|does not exist)",
            r"unknown (?:user|recipient|mailbox|local)|no mailbox|nosuchuser|recipientnotfound",
            r"no such (?:user|recipient|mailbox|account|person)|user doesn't have",
            r"(?:account|address|recipient|mailbox|user)\b.{0,60}(?:not exist|doesn'?t exist|not found)",
            r"(?:account|address|recipient|mailbox|user)\b.{0,60}(?:unknown|unavailable|invalid|disabled|inactive)",
            r"invalid (?:recipient|mailbox|address|user)|not (?:a )?(?:valid|known) (?:user|recipient|mailbox)",
            r"(?:존재하지|없는).{0,12}(?:사용자|수신자|계정|주소|메일|않)|휴면|탈퇴",
            r"(?:사용자|수신자|계정|주소|아이디).{0,12}(?:없|존재하지|찾을 수)",
            r"(?:ユーザ|宛先|受信者|アドレス).{0,12}(?:存在しま|見つかり|不明)",
        ),
        codes=("5.1.1", "5.1.0", "5.1.3", "5.1.6", "5.2.1", "4.1.1"),
    ),
    Rule(
        Bounce.HOST_UNKNOWN,
        "the domain takes no mail",
        texts=(
            r"(?:host|domain)\b.{0,40}(?:not found|unknown|not exist|doesn'?t exist|no mx|no mail)",
            r"unrouteable|unroutable|no such domain|null mx|nxdomain|name or service not known",
            r"도메인.{0,12}(?:없|존재하지|찾을 수)",
            r"ドメイン.{0,10}(?:存在しま|見つかり)",
        ),
        codes=("5.1.2", "5.1.10", "5.4.4", "5.4.6", "4.1.2", "4.4.3"),
    ),
    Rule(
        Bounce.REFUSED,
        "the enhanced code says policy, or a protocol limit",
        codes=("5.7", "4.7", "5.3.4", "5.5.3", "4.5.3"),
    ),
)

_COMPILED = tuple((rule, re.compile("|".join(rule.texts), re.IGNORECASE) if rule.texts else None) for rule in RULES)


def classify(code: int, enhanced: str, text: str) -> tuple[Bounce, str]:
    """Return the class of a refusal and the reason of the rule that found it. Code 0: no server answered."""
    for rule, pattern in _COMPILED:
        if pattern and pattern.search(text):
            return rule.bounce, rule.reason
    for rule in RULES:
        if any(enhanced == prefix or enhanced.startswith(prefix + ".") for prefix in rule.codes):
            return rule.bounce, rule.reason
    return _by_code(code)


def _by_code(code: int) -> tuple[Bounce, str]:
    if code in (551, 553):
        return Bounce.USER_UNKNOWN, "reply code"
    if code == 552:
        return Bounce.MAILBOX_FULL, "reply code"
    if code == 550:
        return Bounce.USER_UNKNOWN, "reply code, and nothing that says otherwise"
    if code in (521, 554, 556):
        return Bounce.REFUSED, "reply code"
    return Bounce.OTHER, "no rule knows it"
