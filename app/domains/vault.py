"""Private keys under lock: each with a key of its own, and that one locked with the service's (envelope encryption).

A locked text is: version, id of the service's key, nonce and locked own key, nonce and locked text. It opens only with
the `label` it was locked with, so that a row copied to another workspace is noise there.
"""

from __future__ import annotations

import hashlib
import os
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.core.crypto import derive_key, key_of

PURPOSE = "dkim"
VERSION = 1
NONCE = 12
KEY = 32
TAG = 16
_HEAD = struct.Struct(">B8s")


class CannotOpen(Exception):
    """Locked with another secret, for another owner, or altered."""


def lock(text: bytes, *, label: str) -> bytes:
    """Return `text` locked; the same text locked twice looks different."""
    service_key, own_key = derive_key(PURPOSE), AESGCM.generate_key(KEY * 8)
    head = _HEAD.pack(VERSION, key_id(service_key))
    bound = head + label.encode()
    return head + _seal(service_key, own_key, bound) + _seal(own_key, text, bound)


def unlock(locked: bytes, *, label: str) -> bytes:
    """Return the text.

    Raises:
        CannotOpen: this is not the secret, or not the label, or something was altered.
    """
    return _unlock(locked, derive_key(PURPOSE), label)


def relock(locked: bytes, *, label: str, old_secret: str) -> bytes:
    """Return what was locked under `old_secret` locked under the present one; as it is, where it is so already.

    Raises:
        CannotOpen: neither is its secret, or this is not the label, or something was altered.
    """
    try:
        unlock(locked, label=label)
    except CannotOpen:
        return lock(_unlock(locked, key_of(old_secret.encode(), PURPOSE), label), label=label)
    return locked


def _unlock(locked: bytes, service_key: bytes, label: str) -> bytes:
    head = locked[: _HEAD.size]
    if head != _HEAD.pack(VERSION, key_id(service_key)):
        raise CannotOpen("locked with another secret")
    bound, middle = head + label.encode(), _HEAD.size + NONCE + KEY + TAG
    own_key = _open(service_key, locked[_HEAD.size : middle], bound)
    return _open(own_key, locked[middle:], bound)


def key_id(key: bytes) -> bytes:
    """Return 8 bytes that tell keys apart and give nothing of them away."""
    return hashlib.sha256(b"messagepark key id" + key).digest()[:8]


def _seal(key: bytes, text: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, text, bound)


def _open(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], bound)
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("altered, or another owner's") from error
