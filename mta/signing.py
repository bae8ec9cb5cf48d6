"""DKIM (RFC 6376, RFC 8463): relaxed/relaxed, over whole bodies that are canonical already (see `encoding.py`).

What is the same for all recipients of a plan is hashed once; a signature costs one copy of that hash, the fields that
differ, the body, and the private key's work, which for RSA-2048 is most of what a mail costs.
"""

from __future__ import annotations

from base64 import b64encode
from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mta.contract import SigningKey
from mta.headers import ascii_domain
from mta.sealing import SealError, open_sealed

KEYS = 1024
SIGNED = frozenset(
    {
        b"from", b"sender", b"reply-to", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type",
        b"content-transfer-encoding", b"list-id", b"list-unsubscribe", b"list-unsubscribe-post", b"auto-submitted",
        b"feedback-id",
    }
)  # fmt: skip
# Named once more than they occur, so that nobody can add another one (RFC 6376 8.15).
OVERSIGNED = (b"from", b"list-unsubscribe", b"list-unsubscribe-post")
_PREHASHED = Prehashed(SHA256())
_PADDING = PKCS1v15()
Sign = Callable[[bytes], bytes]


class BadKey(ValueError):
    """A key that mail may not be signed with; the message says why."""


class KeyRing:
    """Opens keys, and keeps them open for this process."""

    def __init__(self, secret: str, *, allow_rsa1024: bool = False) -> None:
        self._secret = secret
        self._smallest = 1024 if allow_rsa1024 else 2048
        self._open: OrderedDict[bytes, Sign] = OrderedDict()

    def signer(self, key: SigningKey) -> Signer:
        """Return what signs with this key.

        Raises:
            BadKey: it cannot be opened, is of another kind than it says, or is too short.
        """
        sign = self._open.get(key.sealed)
        if sign is None:
            sign = self._open[key.sealed] = self._opened(key)
            if len(self._open) > KEYS:
                self._open.popitem(last=False)
        return Signer(key, sign)

    def _opened(self, key: SigningKey) -> Sign:
        try:
            pem = open_sealed(key.sealed, domain=key.domain, selector=key.selector, secret=self._secret)
            private = load_pem_private_key(pem, password=None)
        except (SealError, ValueError) as error:
            raise BadKey(str(error)) from error
        if isinstance(private, RSAPrivateKey) and key.algorithm == "rsa-sha256":
            if private.key_size < self._smallest:
                raise BadKey(f"the RSA key of {key.domain} has {private.key_size} bits, not {self._smallest}")
            rsa = private
            return lambda digest: rsa.sign(digest, _PADDING, _PREHASHED)
        if isinstance(private, Ed25519PrivateKey) and key.algorithm == "ed25519-sha256":
            return private.sign  # RFC 8463: the signature of the hash
        raise BadKey(f"the key of {key.domain} is not {key.algorithm}")


class Signer:
    """Signs for one domain and selector."""

    def __init__(self, key: SigningKey, sign: Sign) -> None:
        self.sign = sign
        self.start = (
            f"DKIM-Signature: v=1; a={key.algorithm}; c=relaxed/relaxed; d={ascii_domain(key.domain)};\r\n"
            f" s={key.selector}; h="
        ).encode()


class PlanSigner:
    """Signs the mails of one plan: `fixed` are the fields that all share, `varying` the names of the others."""

    def __init__(self, signers: Sequence[Signer], fixed: Sequence[bytes], varying: Sequence[bytes]) -> None:
        signed = [field for field in fixed if _name(field) in SIGNED]
        self._varying = [name.lower() in SIGNED for name in varying]
        names = [_name(field) for field in signed] + [name for name in varying if name.lower() in SIGNED]
        names += OVERSIGNED
        self._fixed = sha256(b"".join(relaxed(field) for field in signed))
        listed = _listed(names)
        self._signatures = [(signer.sign, signer.start + listed) for signer in signers]
        self._canonical = [relaxed(start + b";\r\n bh=")[:-2] for _, start in self._signatures]

    def signatures(self, varying: Sequence[bytes], body: bytes, tail: bytes = b"") -> bytes:
        """Return the DKIM-Signature fields for a mail with these varying fields, in the order of their names."""
        hashed = sha256(b"" if body == b"\r\n" else body)
        hashed.update(tail)
        body_hash = b64encode(hashed.digest())
        fields = b"".join([relaxed(field) for field, signed in zip(varying, self._varying, strict=True) if signed])
        out: list[bytes] = []
        for (sign, start), canonical in zip(self._signatures, self._canonical, strict=True):
            state = self._fixed.copy()
            state.update(b"%b%b%b; b=" % (fields, canonical, body_hash))
            value = b64encode(sign(state.digest()))
            lines = b"\r\n ".join([value[i : i + 72] for i in range(0, len(value), 72)])
            out.append(b"%b;\r\n bh=%b;\r\n b=%b\r\n" % (start, body_hash, lines))
        return b"".join(out)


def relaxed(field: bytes) -> bytes:
    """Return a field in relaxed canonical form, with its CRLF (RFC 6376 3.4.2)."""
    name, _, value = field.partition(b":")
    return b"%b:%b\r\n" % (name.strip().lower(), b" ".join(value.split()))


def _name(field: bytes) -> bytes:
    return field.partition(b":")[0].strip().lower()


def _listed(names: Sequence[bytes]) -> bytes:
    lines: list[bytes] = [b""]
    for name in names:
        if len(lines[-1]) + len(name) > 60:
            lines.append(b"")
        lines[-1] += name + b":"
    return b"\r\n  ".join(lines)[:-1]
