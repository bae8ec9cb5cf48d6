"""Retry times and settings: small and pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta.retry import next_attempt
from mta.settings import Settings, SettingsError


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


@pytest.mark.parametrize(
    "env",
    [
        {"MTA_RELAY": "host:none"},
        {"MTA_CONNECTIONS": "many"},
        {"MTA_CONNECTIONS": "0"},
        {"MTA_RELAY_TLS": "sometimes"},
        {"MTA_RELAY_USER": "park", "MTA_RELAY_TLS": "opportunistic"},
    ],
)
def test_settings_that_make_no_sense_are_refused(env: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        Settings.from_env(env)
