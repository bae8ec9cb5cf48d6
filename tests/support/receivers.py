"""dkimpy as receivers use it, with what it wants of PyNaCl by `cryptography`."""

from __future__ import annotations

import base64
from types import SimpleNamespace

import dkim
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

__all__ = ["dkim"]


class VerifyKey:
    """`nacl.signing.VerifyKey`."""

    def __init__(self, key: bytes, encoder: None) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(base64.b64decode(key))

    def verify(self, digest: bytes, signature: bytes) -> None:
        self._key.verify(signature, digest)


dkim.nacl = SimpleNamespace(
    signing=SimpleNamespace(VerifyKey=VerifyKey),
    encoding=SimpleNamespace(Base64Encoder=None),
    exceptions=SimpleNamespace(BadSignatureError=InvalidSignature),
)
