"""Which passwords are taken."""

from __future__ import annotations

import pytest

from app.tenants.passphrases import WeakPassword, check_password

EMAIL = "minji.kim@daily-park.example"


@pytest.mark.parametrize("password", ["walking the dog at seven", "신문은 아침에 읽습니다", "Xk29-fjq0-11"])
def test_a_long_one_passes(password: str) -> None:
    check_password(password, EMAIL)


@pytest.mark.parametrize(
    "password",
    ["short", "123456789", "1234567890", "Qwerty12345", "aaaaaaaaaaaa", "abababababab", EMAIL, "minji.kim2026!"],
)
def test_one_that_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        check_password(password, EMAIL)
