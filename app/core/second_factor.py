"""A second factor by an app that shows six digits (TOTP, RFC 6238), and codes for the day the phone is gone.

Nothing is stored here: whoever keeps accounts keeps the secret sealed (`crypto.seal`), the last step that was used and
the hashes of the recovery codes.
"""

from __future__ import annotations

import hmac
import io
import secrets
from datetime import datetime

import pyotp
import segno

from app.core.crypto import derive_key

STEP_SECONDS = 30
# A phone's clock may be off by this many steps (RFC 6238, 5.2).
DRIFT = 1
RECOVERY_CODES = 10
# No signs that are read as others: 31 of them, 49 bits a code.
SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"


def new_secret() -> str:
    """Return a new secret of 160 bits in base 32, as authenticator apps take it."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, *, account: str, issuer: str) -> str:
    """Return the ``otpauth://`` address that an authenticator app reads; `account` and `issuer` are what it shows."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def qr_svg(text: str) -> str:
    """Return a QR code as an SVG element without styles, black on white, to stand in a page."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", scale=4, border=4, light="#fff", xmldecl=False, svgns=True)
    return out.getvalue().decode()


def matching_step(secret: str, code: str, *, after: int, now: datetime) -> int | None:
    """Return the time step whose code this is, if none as late was used before (`after`); store it as the new `after`.

    A code that somebody read over a shoulder is thereby worthless once it has been used (RFC 6238, 5.2).
    """
    digits = "".join(code.split())
    if len(digits) != 6 or not (digits.isascii() and digits.isdecimal()):
        return None
    present = int(now.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    right = [
        step
        for step in range(present - DRIFT, present + DRIFT + 1)
        if hmac.compare_digest(totp.generate_otp(step), digits)
    ]
    return next((step for step in right if step > after), None)


def new_recovery_codes() -> list[str]:
    """Return codes that each open the door once, as ``k3m9p-x7fqa``; show them, and store their hashes only."""
    return [f"{_signs(5)}-{_signs(5)}" for _ in range(RECOVERY_CODES)]


def _signs(count: int) -> str:
    return "".join(secrets.choice(SIGNS) for _ in range(count))


def recovery_hash(code: str) -> str:
    """Return what to store of a recovery code, however it was typed. It has 49 bits, so a keyed hash is enough."""
    plain = "".join(sign for sign in code.lower() if sign.isalnum())
    return hmac.digest(derive_key("recovery code"), plain.encode(), "sha256").hex()
