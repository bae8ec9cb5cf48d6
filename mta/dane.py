"""DANE for SMTP (RFC 7672): which TLSA records can be used, and whether they vouch for certificates. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256, sha512
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from mta.ports import Tlsa

ANCHOR, SERVER = 2, 3  # DANE-TA, DANE-EE; 0 and 1 mean the public authorities, which mail servers never agreed on


def usable(records: Iterable[Any]) -> tuple[Tlsa, ...]:
    """Return the records (dnspython's) that can be used; the others are as if they were not there (RFC 7672 3.1)."""
    found = (Tlsa(r.usage, r.selector, r.mtype, bytes(r.cert)) for r in records)
    return tuple(tlsa for tlsa in found if _is_usable(tlsa))


def _is_usable(tlsa: Tlsa) -> bool:
    return tlsa.usage in (ANCHOR, SERVER) and tlsa.selector in (0, 1) and tlsa.matching in (0, 1, 2)


def vouches(tlsas: Iterable[Tlsa], chain: Sequence[bytes], names: Sequence[str]) -> bool:
    """Tell whether one of the records vouches for the chain (DER, the server's own certificate first).

    `names`: what the server's certificate may be for below a trust anchor. A record of the server's own certificate or
    key needs neither name nor date (RFC 7672 3.1.1).
    """
    if not chain:
        return False
    return any(_matches(tlsa, chain[0]) if tlsa.usage == SERVER else _anchors(tlsa, chain, names) for tlsa in tlsas)


def _matches(tlsa: Tlsa, certificate: bytes) -> bool:
    try:
        subject = certificate if tlsa.selector == 0 else _public_key(certificate)
    except ValueError:
        return False
    if tlsa.matching == 0:
        return subject == tlsa.data
    return (sha256 if tlsa.matching == 1 else sha512)(subject).digest() == tlsa.data


def _public_key(certificate: bytes) -> bytes:
    key = x509.load_der_x509_certificate(certificate).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _anchors(tlsa: Tlsa, chain: Sequence[bytes], names: Sequence[str]) -> bool:
    anchors = [certificate for certificate in chain[1:] if _matches(tlsa, certificate)]
    if (tlsa.selector, tlsa.matching) == (0, 0):  # the record is the anchor: the server need not send it
        anchors.append(tlsa.data)
    return any(_leads_to(anchor, chain, name) for anchor in anchors for name in names)


def _leads_to(anchor: bytes, chain: Sequence[bytes], name: str) -> bool:
    try:
        store = Store([x509.load_der_x509_certificate(anchor)])
        server, *between = (x509.load_der_x509_certificate(certificate) for certificate in chain)
        PolicyBuilder().store(store).build_server_verifier(x509.DNSName(name)).verify(server, between)
    except (ValueError, VerificationError):
        return False
    return True
