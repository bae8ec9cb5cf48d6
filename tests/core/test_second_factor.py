"""Six digits of an app, and recovery codes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pyotp
import pytest

from app.core import crypto, second_factor

NOW = datetime(2026, 3, 1, 12, 0, 10, tzinfo=UTC)
# RFC 6238, appendix B, cut to six digits: the ASCII secret "12345678901234567890".
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.fixture(autouse=True)
def _secret() -> None:
    crypto.use_secret("a secret of the tests alone, long enough")


@pytest.mark.parametrize(("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (20000000000, "353130")])
def test_the_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert second_factor.matching_step(RFC_SECRET, code, after=0, now=at) == seconds // 30


def test_a_code_opens_once() -> None:
    secret = second_factor.new_secret()
    code = pyotp.TOTP(secret).at(NOW)
    step = second_factor.matching_step(secret, f" {code[:3]} {code[3:]} ", after=0, now=NOW)
    assert step is not None
    assert second_factor.matching_step(secret, code, after=step, now=NOW) is None


def test_an_older_code_does_not_open_after_a_newer_one() -> None:
    secret = second_factor.new_secret()
    now = int(NOW.timestamp()) // 30
    older = pyotp.TOTP(secret).generate_otp(now - 1)
    assert second_factor.matching_step(secret, older, after=now, now=NOW) is None


@pytest.mark.parametrize(("off", "opens"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_a_clock_may_be_half_a_minute_off(off: int, opens: bool) -> None:
    secret = second_factor.new_secret()
    code = pyotp.TOTP(secret).at(NOW + timedelta(seconds=off))
    assert (second_factor.matching_step(secret, code, after=0, now=NOW) is not None) is opens


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "12 34 5 x"])
def test_what_is_no_code_opens_nothing(code: str) -> None:
    assert second_factor.matching_step(second_factor.new_secret(), code, after=0, now=NOW) is None


def test_the_picture_says_the_address_and_holds_no_style_or_script() -> None:
    uri = second_factor.provisioning_uri(second_factor.new_secret(), account="가나@example.com", issuer="messagepark")
    assert uri.startswith("otpauth://totp/messagepark:")
    tree = ElementTree.fromstring(second_factor.qr_svg(uri))
    assert {element.tag.rpartition("}")[2] for element in tree.iter()} <= {"svg", "g", "path"}


def test_recovery_codes_differ_and_are_stored_hashed() -> None:
    codes = second_factor.new_recovery_codes()
    assert len(set(codes)) == 10
    stored = second_factor.recovery_hash(codes[0])
    assert codes[0] not in stored
    assert second_factor.recovery_hash(f" {codes[0].upper().replace('-', ' ')} ") == stored
    assert second_factor.recovery_hash(codes[1]) != stored
