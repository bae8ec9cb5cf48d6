"""Tokens cannot be forged, altered, or used for another purpose."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import crypto, tokens

numbers = st.integers(0, 2**63)


@pytest.fixture(autouse=True, scope="module")
def secret() -> None:
    crypto.use_secret("a secret of the tests alone, long enough")


@given(numbers, numbers, st.integers(0, 2**32 - 1))
def test_a_recipients_token_says_who_it_is_for(tenant: int, mailing: int, seq: int) -> None:
    token = tokens.recipient_token(tenant, mailing, seq)
    assert len(token) == 43
    assert tokens.read_recipient_token(token) == tokens.RecipientRef(tenant, mailing, seq)


@given(st.integers(0, 42), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
def test_an_altered_token_is_refused(place: int, letter: str) -> None:
    token = tokens.recipient_token(1, 2, 3)
    altered = token[:place] + letter + token[place + 1 :]
    if altered != token:
        with pytest.raises(tokens.BadToken):
            tokens.read_recipient_token(altered)


@given(st.text(max_size=80))
def test_no_text_is_a_token_by_chance(text: str) -> None:
    with pytest.raises(tokens.BadToken):
        tokens.read_recipient_token(text)


def test_a_token_of_one_purpose_is_noise_to_another() -> None:
    token = tokens.sign("verify", {"account": 7})
    assert tokens.read("verify", token, max_age=60) == {"account": 7}
    with pytest.raises(tokens.BadToken):
        tokens.read("reset", token, max_age=60)


def test_an_old_token_is_refused() -> None:
    with pytest.raises(tokens.BadToken):
        tokens.read("verify", tokens.sign("verify", 1), max_age=-1)
