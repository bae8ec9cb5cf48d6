# ruff: noqa: E501 - a table is read by its rows
"""What servers really say, by who says it, and what it means."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta.classify import load
from mta.contract import Bounce
from mta.settings import SettingsError

RULES = load()
UNKNOWN, HOST, FULL, REFUSED, OTHER = Bounce
HARD, SOFT = True, False

REPLIES = [
    # Gmail
    ("gmail", 550, "5.1.1", "The email account that you tried to reach does not exist. Please try double-checking", UNKNOWN, HARD),
    ("gmail", 550, "5.2.1", "The email account that you tried to reach is disabled.", UNKNOWN, HARD),
    ("gmail", 552, "5.2.2", "The email account that you tried to reach is over quota and inactive.", FULL, SOFT),
    ("gmail", 452, "4.2.2", "The email account that you tried to reach is over quota. Please direct the recipient to", FULL, SOFT),
    ("gmail", 550, "5.7.26", "This mail has been blocked because the sender is unauthenticated. Gmail requires SPF or DKIM", REFUSED, SOFT),
    ("gmail", 550, "5.7.1", "Our system has detected that this message is likely unsolicited mail.", REFUSED, SOFT),
    ("gmail", 421, "4.7.28", "Gmail has detected an unusual rate of unsolicited mail originating from your IP address", REFUSED, SOFT),
    ("gmail", 450, "4.2.1", "The user you are trying to contact is receiving mail at a rate that prevents additional", REFUSED, SOFT),
    ("gmail", 552, "5.3.4", "Your message exceeded Google's message size limits.", REFUSED, SOFT),
    # Outlook, Exchange Online
    ("outlook", 550, "5.5.0", "Requested action not taken: mailbox unavailable (S2017062302).", UNKNOWN, HARD),
    ("outlook", 550, "5.1.10", "RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", UNKNOWN, HARD),
    ("outlook", 550, "5.4.1", "Recipient address rejected: Access denied. AS(201806281)", REFUSED, SOFT),
    ("outlook", 552, "5.2.2", "mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException", FULL, SOFT),
    ("outlook", 554, "5.2.2", "mailbox full; QuotaExceededException", FULL, SOFT),
    ("outlook", 550, "5.7.1", "Unfortunately, messages from [192.0.2.1] weren't sent. part of their network is on our block list (S3140).", REFUSED, SOFT),
    ("outlook", 451, "4.7.650", "The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation.", REFUSED, SOFT),
    ("outlook", 550, "5.7.509", "Access denied, sending domain example.com does not pass DMARC verification", REFUSED, SOFT),
    ("outlook", 550, "5.7.606", "Access denied, banned sending IP [192.0.2.1]", REFUSED, SOFT),
    # Yahoo
    ("yahoo", 554, "", "delivery error: dd This user doesn't have a yahoo.com account (a@yahoo.com) [-5]", UNKNOWN, HARD),
    ("yahoo", 552, "", "1 Requested mail action aborted, mailbox not found", UNKNOWN, HARD),
    ("yahoo", 554, "", "30 Sorry, your message to a@yahoo.com cannot be delivered. This mailbox is disabled (554.30).", UNKNOWN, HARD),
    ("yahoo", 421, "4.7.0", "[TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints", REFUSED, SOFT),
    ("yahoo", 553, "5.7.1", "[BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's list", REFUSED, SOFT),
    ("yahoo", 554, "5.7.9", "Message not accepted for policy reasons. See https://postmaster.yahooinc.com", REFUSED, SOFT),
    ("yahoo", 552, "", "Mailbox full: user is over quota", FULL, SOFT),
    # iCloud
    ("icloud", 550, "5.1.1", "<a@icloud.com>: user does not exist", UNKNOWN, HARD),
    ("icloud", 552, "5.2.2", "<a@icloud.com>: user is over quota (in reply to RCPT TO command)", FULL, SOFT),
    ("icloud", 550, "5.7.1", "[CS01] Message rejected due to local policy.", REFUSED, SOFT),
    ("icloud", 450, "4.7.1", "[CS02] Too many messages from your server. Please try again later", REFUSED, SOFT),
    ("icloud", 554, "5.7.1", "[HM08] Message rejected due to local policy", REFUSED, SOFT),
    # Naver
    ("naver", 550, "5.1.1", "no such user - nsmtp", UNKNOWN, HARD),
    ("naver", 550, "5.1.1", "존재하지 않는 사용자입니다. (No such user)", UNKNOWN, HARD),
    ("naver", 552, "5.2.2", "메일함 용량이 초과되었습니다 (mailbox quota exceeded)", FULL, SOFT),
    ("naver", 550, "5.2.1", "휴면 상태의 계정입니다", UNKNOWN, HARD),
    ("naver", 421, "4.3.2", "Your ip blocked from this server 192.0.2.1 - nsmtp", REFUSED, SOFT),
    ("naver", 554, "5.7.1", "스팸 메일로 분류되어 차단되었습니다", REFUSED, SOFT),
    ("naver", 421, "4.2.1", "동시 접속 수 초과", REFUSED, SOFT),
    ("naver", 550, "5.7.1", "수신 거부된 발신자입니다", REFUSED, SOFT),
    # Daum, Kakao
    ("daum", 554, "5.1.1", "<a@hanmail.net> RCPT No such user here", UNKNOWN, HARD),
    ("daum", 550, "", "수신자를 찾을 수 없습니다", UNKNOWN, HARD),
    ("daum", 552, "", "받는 사람의 편지함이 가득 찼습니다", FULL, SOFT),
    ("daum", 554, "5.7.1", "DAUM spam filter: blocked by IP reputation", REFUSED, SOFT),
    ("kakao", 550, "5.7.1", "발신 도메인 인증(SPF)에 실패했습니다", REFUSED, SOFT),
    ("kakao", 421, "4.7.0", "과도한 발송으로 일시 제한되었습니다", REFUSED, SOFT),
    ("kakao", 550, "", "탈퇴한 계정입니다", UNKNOWN, HARD),
    # Nate
    ("nate", 550, "", "<a@nate.com>... User unknown", UNKNOWN, HARD),
    ("nate", 550, "", "해당 아이디가 존재하지 않습니다", UNKNOWN, HARD),
    ("nate", 452, "", "사서함 용량 부족", FULL, SOFT),
    ("nate", 550, "5.7.1", "차단된 IP입니다", REFUSED, SOFT),
    ("nate", 550, "", "사용 정지된 계정입니다", UNKNOWN, HARD),
    # Docomo, au, SoftBank
    ("docomo", 550, "", "Unknown user a@docomo.ne.jp", UNKNOWN, HARD),
    ("docomo", 550, "5.2.0", "Mail rejected by a@docomo.ne.jp: 受信拒否設定により拒否されました", REFUSED, SOFT),
    ("docomo", 552, "", "メールボックスがいっぱいです", FULL, SOFT),
    ("docomo", 550, "", "宛先のアドレスが存在しません", UNKNOWN, HARD),
    ("au", 550, "", "<a@ezweb.ne.jp>: User unknown", UNKNOWN, HARD),
    ("au", 550, "", "宛先不明のためお届けできません", UNKNOWN, HARD),
    ("au", 421, "", "送信制限中です。しばらくしてから再送してください", REFUSED, SOFT),
    ("softbank", 550, "", "Invalid recipient: <a@softbank.ne.jp>", UNKNOWN, HARD),
    ("softbank", 550, "5.7.1", "迷惑メールと判定されました", REFUSED, SOFT),
    ("softbank", 452, "", "受信容量を超えています", FULL, SOFT),
    ("softbank", 550, "", "解約されたアドレスです", UNKNOWN, HARD),
    # Postfix
    ("postfix", 550, "5.1.1", "<a@example.com>: Recipient address rejected: User unknown in local recipient table", UNKNOWN, HARD),
    ("postfix", 450, "4.2.0", "<a@example.com>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch", REFUSED, SOFT),
    ("postfix", 554, "5.7.1", "<a@example.com>: Relay access denied", REFUSED, SOFT),
    ("postfix", 452, "4.3.1", "Insufficient system storage", FULL, SOFT),
    ("postfix", 554, "5.7.1", "Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", REFUSED, SOFT),
    ("postfix", 550, "5.1.2", "<a@nowhere.example>: Recipient address rejected: Domain not found", HOST, HARD),
    ("postfix", 450, "4.1.1", "<a@example.com>: temporary lookup trouble", UNKNOWN, SOFT),
    ("postfix", 552, "5.3.4", "Message size exceeds fixed limit", REFUSED, SOFT),
    # Exim
    ("exim", 550, "", "No Such User Here", UNKNOWN, HARD),
    ("exim", 550, "", "Unrouteable address", HOST, HARD),
    ("exim", 550, "", "relay not permitted", REFUSED, SOFT),
    ("exim", 550, "", "Mailbox quota exceeded", FULL, SOFT),
    ("exim", 451, "", "Temporary local problem - please try later", OTHER, SOFT),
    # Exchange
    ("exchange", 550, "5.1.1", "RESOLVER.ADR.ExRecipNotFound; not found", UNKNOWN, HARD),
    ("exchange", 550, "5.7.1", "Unable to relay", REFUSED, SOFT),
    ("exchange", 452, "4.3.1", "Insufficient system resources", FULL, SOFT),
    ("exchange", 550, "5.7.1", "Requested action not taken: message refused", REFUSED, SOFT),
    # Sendmail
    ("sendmail", 550, "5.1.1", "<a@example.com>... User unknown", UNKNOWN, HARD),
    ("sendmail", 550, "5.1.2", "<a@example.com>... Host unknown (Name server: example.com: host not found)", HOST, HARD),
    ("sendmail", 550, "5.7.1", "<a@example.com>... Relaying denied. IP name lookup failed", REFUSED, SOFT),
    ("sendmail", 552, "5.2.3", "Message is too large; 10000000 bytes max", REFUSED, SOFT),
    # qmail
    ("qmail", 550, "", "sorry, no mailbox here by that name. (#5.1.1)", UNKNOWN, HARD),
    ("qmail", 553, "", "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", REFUSED, SOFT),
    ("qmail", 552, "", "user is over quota (#5.2.2)", FULL, SOFT),
    ("qmail", 554, "", "sorry, your mailserver is rejected by blacklist", REFUSED, SOFT),
    # Codes alone, and what we say ourselves
    ("codes", 550, "", "no", UNKNOWN, HARD),
    ("codes", 554, "", "no", REFUSED, SOFT),
    ("codes", 450, "", "busy", OTHER, SOFT),
    ("codes", 550, "5.1.2", "bad", HOST, HARD),
    ("ours", 556, "5.1.10", "example.com accepts no mail (null MX)", HOST, HARD),
    ("ours", 0, "4.4.3", "DNS failure for example.com: Timeout", OTHER, SOFT),
    ("ours", 0, "4.4.1", "Connection refused", OTHER, SOFT),
    ("ours", 0, "4.7.5", "MTA-STS: the policy of example.com allows none of its mail servers", OTHER, SOFT),
    ("ours", 0, "4.7.5", "no trustworthy encryption (dane): DANE: the certificate is another", OTHER, SOFT),
    ("ours", 0, "5.1.3", "not a valid address", UNKNOWN, HARD),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "enhanced", "text", "bounce", "hard"),
    [pytest.param(*row[1:], id=f"{row[0]}-{number}") for number, row in enumerate(REPLIES)],
)
def test_replies_of_real_servers_are_understood(
    code: int, enhanced: str, text: str, bounce: Bounce, hard: bool
) -> None:
    rule = RULES.classify(code, enhanced, text)
    assert (rule.bounce, rule.hard) == (bounce, hard), rule.reason


@given(st.integers(400, 599), st.text(string.printable, max_size=200))
def test_every_reply_means_something(code: int, text: str) -> None:
    assert RULES.classify(code, "", text).reason


FIRST = '[[rule]]\nclass = "refused"\nhard = false\nreason = "Because."\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("]", "MTA_BOUNCES"),
        ("", "last rule must fit everything"),
        (FIRST + "code = [550]", "last rule must fit everything"),
        (FIRST.replace("refused", "odd"), "rule 1: 'odd'"),
        (FIRST.replace("hard = false", ""), "rule 1: hard is missing"),
        (FIRST.replace("false", '"no"'), "rule 1: hard is true or false"),
        (FIRST.replace("Because.", ""), "rule 1: hard is true or false, and reason a sentence"),
        (FIRST + "text = ['(']", "rule 1: missing ), unterminated subpattern"),
        (FIRST + "text = 'spam'", "rule 1: text is a list of texts"),
        (FIRST + "code = [250]", "rule 1: code is a list of reply codes"),
        (FIRST + "colour = 1", "rule 1: what is colour?"),
    ],
)
def test_rules_that_make_no_sense_are_refused_and_named(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "bounces.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as refused:
        load(file)
    assert says in str(refused.value)


def test_rules_of_ones_own_take_the_packages_place(tmp_path: Path) -> None:
    file = tmp_path / "bounces.toml"
    file.write_text(FIRST)
    assert load(file).classify(550, "5.1.1", "no such user").bounce is Bounce.REFUSED
