"""Tokens that leave the house: links in our own mail (signed, dated) and the recipient's token in every mailing."""

from __future__ import annotations

import hashlib
import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.core.crypto import derive_key
from app.core.errors import N_, DomainError

_FIELDS = struct.Struct(">QQL")
_MARK = struct.Struct(">QL")
_MAC_BYTES = 12


class BadToken(DomainError):
    message = N_("This link is no longer valid. Ask for a new one.")
    status = 404


def sign(purpose: str, payload: Any) -> str:
    """Return a URL-safe token of a JSON payload for one purpose."""
    return _serializer(purpose).dumps(payload)


def read(purpose: str, token: str, *, max_age: int) -> Any:
    """Return the payload of a token at most `max_age` seconds old.

    Raises:
        BadToken: forged, altered, made for another purpose, or too old.
    """
    try:
        return _serializer(purpose).loads(token, max_age=max_age)
    except BadSignature as error:
        raise BadToken from error


def _serializer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(derive_key(f"token:{purpose}"), signer_kwargs={"digest_method": hashlib.sha256})


@dataclass(frozen=True, slots=True)
class RecipientRef:
    """One recipient of one mailing of one tenant."""

    tenant_id: int
    mailing_id: int
    seq: int


def recipient_token(tenant_id: int, mailing_id: int, seq: int) -> str:
    """Return the 43 characters that stand for a recipient in every link of a mail (HMAC-SHA-256, cut to 96 bits)."""
    body = _FIELDS.pack(tenant_id, mailing_id, seq)
    return urlsafe_b64encode(body + _mac(body)).rstrip(b"=").decode()


def read_recipient_token(token: str) -> RecipientRef:
    """Return whom the token stands for.

    Raises:
        BadToken: not made by us, or altered.
    """
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        body, mac = raw[: _FIELDS.size], raw[_FIELDS.size :]
        genuine = hmac.compare_digest(mac, _mac(body)) and token == urlsafe_b64encode(raw).rstrip(b"=").decode()
        if not genuine:
            raise BadToken
        return RecipientRef(*_FIELDS.unpack(body))
    except (ValueError, struct.error) as error:
        raise BadToken from error


def _mac(body: bytes, purpose: str = "recipient") -> bytes:
    return hmac.digest(derive_key(purpose), body, "sha256")[:_MAC_BYTES]


def click_mark(tenant_id: int, mailing_id: int, seq: int) -> str:
    """Return what tells a shop who came. It opens nothing: unlike the recipient's token, it may be given away."""
    body = _MARK.pack(mailing_id, seq)
    return urlsafe_b64encode(body + _mac(body, f"mark:{tenant_id}")).rstrip(b"=").decode()


def read_click_mark(tenant_id: int, mark: str) -> tuple[int, int]:
    """Return the mailing and the recipient's number.

    Raises:
        BadToken: not made for this workspace, or altered.
    """
    try:
        raw = urlsafe_b64decode(mark + "=" * (-len(mark) % 4))
        body, mac = raw[: _MARK.size], raw[_MARK.size :]
        if not hmac.compare_digest(mac, _mac(body, f"mark:{tenant_id}")):
            raise BadToken
        mailing_id, seq = _MARK.unpack(body)
    except (ValueError, struct.error) as error:
        raise BadToken from error
    return mailing_id, seq
