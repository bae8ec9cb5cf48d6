"""Classification, retry times and settings: small and pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta.classify import classify
from mta.contract import Bounce
from mta.retry import next_attempt
from mta.settings import Settings, SettingsError

REPLIES = [
    (550, "5.1.1", "The email account that you tried to reach does not exist.", Bounce.USER_UNKNOWN),
    (550, "", "Requested action not taken: mailbox unavailable", Bounce.USER_UNKNOWN),
    (554, "", "delivery error: dd This user doesn't have a yahoo.com account", Bounce.USER_UNKNOWN),
    (550, "5.1.10", "RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", Bounce.USER_UNKNOWN),
    (550, "5.1.1", "존재하지 않는 사용자입니다", Bounce.USER_UNKNOWN),
    (550, "", "수신자를 찾을 수 없습니다", Bounce.USER_UNKNOWN),
    (550, "", "휴면 계정입니다", Bounce.USER_UNKNOWN),
    (552, "5.2.2", "The email account that you tried to reach is over quota", Bounce.MAILBOX_FULL),
    (452, "4.2.2", "Mailbox full", Bounce.MAILBOX_FULL),
    (550, "", "메일함 용량이 초과되었습니다", Bounce.MAILBOX_FULL),
    (552, "", "受信者のメールボックスがいっぱいです", Bounce.MAILBOX_FULL),
    (550, "5.7.1", "Our system has detected that this message is likely unsolicited mail", Bounce.REFUSED),
    (554, "5.7.1", "Service unavailable; Client host blocked using zen.spamhaus.org", Bounce.REFUSED),
    (550, "5.7.26", "This mail is unauthenticated", Bounce.REFUSED),
    (550, "", "스팸 메일로 차단되었습니다", Bounce.REFUSED),
    (421, "4.7.0", "Too many connections from your IP, rate limited", Bounce.REFUSED),
    (550, "5.1.2", "bad destination system", Bounce.HOST_UNKNOWN),
    (556, "5.1.10", "example.com accepts no mail (null MX)", Bounce.HOST_UNKNOWN),
    (0, "4.4.3", "DNS failure for example.com: Timeout", Bounce.HOST_UNKNOWN),
    (0, "4.4.1", "Connection refused", Bounce.OTHER),
    (451, "4.3.0", "Temporary failure", Bounce.OTHER),
]


@pytest.mark.parametrize(("code", "enhanced", "text", "bounce"), REPLIES)
def test_replies_of_real_servers_are_understood(code: int, enhanced: str, text: str, bounce: Bounce) -> None:
    assert classify(code, enhanced, text)[0] is bounce


@given(st.integers(1, 50), st.floats(0, 1), st.floats(0, 1e6))
def test_the_next_attempt_lies_ahead_and_within_the_time(attempt: int, chance: float, elapsed: float) -> None:
    now = 1_700_000_000.0
    due = next_attempt(
        attempt, now=now, first_at=now - elapsed, delays=(300.0, 900.0), give_up_after=259_200.0, chance=chance
    )
    if due is None:
        assert elapsed + 990 > 259_200
    else:
        assert 300 <= due - now <= 990.001
        assert due <= now - elapsed + 259_200


def test_settings_come_from_the_environment() -> None:
    settings = Settings.from_env(
        {"REDIS_URL": "redis://r/5", "MTA_RELAY": "[::1]:2525", "MTA_PROCESSES": "3", "MTA_RETRY_DELAYS": "1, 2.5"}
    )
    assert settings.redis_url == "redis://r/5"
    assert settings.relay_address == ("::1", 2525)
    assert settings.process_count == 3
    assert settings.retry_delays == (1.0, 2.5)
    assert Settings.from_env({"MESSAGEPARK_SECRET_KEY": "s"}).key_secret == "s"


@pytest.mark.parametrize("env", [{"MTA_RELAY": "host:none"}, {"MTA_CONNECTIONS": "many"}, {"MTA_CONNECTIONS": "0"}])
def test_settings_that_make_no_sense_are_refused(env: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        Settings.from_env(env)
