"""DKIM keys: made here, published as TXT records (RFC 6376, 3.6.1), kept under lock."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domains.terms import ED25519, RSA, Algorithm

BITS = 2048
STRING = 255
KINDS: dict[str, str] = {RSA: "rsa", ED25519: "ed25519"}


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key as PKCS #8 in PEM, and its public half as a record holds it: base64 of a SubjectPublicKeyInfo (RSA)
    or of the 32 bytes that an Ed25519 key is (RFC 8463, 3.2)."""

    private_pem: bytes
    public: str

    def __repr__(self) -> str:
        return f"KeyPair({self.public[:16]}…)"


def make_pair(algorithm: Algorithm = RSA) -> KeyPair:
    """Return a fresh key; RSA of 2048 bits (RFC 8301: at least 1024; more does not fit into a UDP answer)."""
    key: Ed25519PrivateKey | rsa.RSAPrivateKey
    if algorithm == ED25519:
        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes_raw()
    else:
        key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return KeyPair(private, b64encode(public).decode())


def record_text(public: str, algorithm: str = RSA) -> str:
    """Return what the TXT record of a public key says."""
    return f"v=DKIM1; k={KINDS[algorithm]}; p={public}"


def public_in(text: str) -> str:
    """Return the public key that a TXT record holds, empty where it holds none."""
    return key_in(text)[1]


def key_in(text: str) -> tuple[str, str]:
    """Return the kind of key that a TXT record holds, and the key, empty where it holds none."""
    tags = {name.strip(): "".join(value.split()) for name, _, value in (p.partition("=") for p in text.split(";"))}
    return tags.get("k", KINDS[RSA]), tags.get("p", "")


def as_strings(text: str) -> list[str]:
    """Cut a text into the strings of at most 255 bytes that a TXT record is made of (RFC 1035, 3.3)."""
    return [text[at : at + STRING] for at in range(0, len(text), STRING)] or [""]
