"""Keys and passwords: one secret in the settings, every other key derived from it (HKDF, RFC 5869)."""

from __future__ import annotations

import os
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12
_secret = b""
_hasher = PasswordHasher()


def use_secret(secret: str) -> None:
    """Set the process's master secret; called once by the factory."""
    global _secret  # noqa: PLW0603 - one secret a process
    _secret = secret.encode()
    derive_key.cache_clear()


@lru_cache(maxsize=4096)
def derive_key(purpose: str) -> bytes:
    """Return 32 bytes that only this purpose has, so that a token of one kind is noise to another."""
    if not _secret:
        raise RuntimeError("use_secret() was not called")
    return key_of(_secret, purpose)


def key_of(secret: bytes, purpose: str) -> bytes:
    """Return what `derive_key` returns under this secret: for what was locked before the secret changed."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret)


def hash_password(password: str) -> str:
    """Return an Argon2id hash (RFC 9106, the library's current defaults)."""
    return _hasher.hash(password)


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _hasher.hash("nobody has this password")


def verify_password(password: str, password_hash: str | None) -> bool:
    """Tell whether the password is right; without a hash, take the same time and say no."""
    try:
        return _hasher.verify(password_hash or _nobody(), password) and password_hash is not None
    except (Argon2Error, InvalidHashError):
        return False


def needs_rehash(password_hash: str) -> bool:
    return _hasher.check_needs_rehash(password_hash)


def seal(text: str, *, purpose: str) -> bytes:
    """Encrypt a text (AES-256-GCM) so that only the same purpose of the same service opens it."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(derive_key(purpose)).encrypt(nonce, text.encode(), purpose.encode())


def unseal(sealed: bytes, *, purpose: str) -> str:
    """Return what was sealed.

    Raises:
        InvalidTag: it was sealed for something else, by another service, or changed since.
    """
    return AESGCM(derive_key(purpose)).decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode()).decode()
