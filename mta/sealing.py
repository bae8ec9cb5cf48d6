"""DKIM keys at rest: encrypted with AES-256-GCM under a key derived (HKDF) from a secret that product and MTA share.

A sealed key is a nonce of 12 bytes and the ciphertext of the PEM; domain and selector are bound to it, so that one
tenant's key cannot be passed off as another's.
"""

from __future__ import annotations

import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12
PURPOSE = b"messagepark dkim key"


class SealError(ValueError):
    """The key cannot be opened: another secret, another domain, or damage."""


def seal(pem: bytes, *, domain: str, selector: str, secret: str) -> bytes:
    """Encrypt a private key (PKCS #8 PEM) for `contract.SigningKey.sealed`."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + _cipher(secret).encrypt(nonce, pem, _bound(domain, selector))


def open_sealed(sealed: bytes, *, domain: str, selector: str, secret: str) -> bytes:
    """Return the PEM.

    Raises:
        SealError: it cannot be opened.
    """
    try:
        return _cipher(secret).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound(domain, selector))
    except (InvalidTag, ValueError) as error:
        raise SealError(f"the DKIM key {selector} of {domain} cannot be opened with this secret") from error


def _bound(domain: str, selector: str) -> bytes:
    return f"{selector}._domainkey.{domain}".lower().encode()


@lru_cache(maxsize=4)
def _cipher(secret: str) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode()))
