"""Verifying a signature as a receiver does: with dkimpy."""

from __future__ import annotations

import dkim
from dns.resolver import NXDOMAIN

from app.core.resolver import make_resolver
from tests.domains.dns_server import DnsServer


def verified_by(content: bytes, dns: DnsServer, signature: int = 0) -> bool:
    """Verify a signature by the key that DNS holds."""
    resolver = make_resolver([dns.address])

    def txt(name: bytes | str, timeout: int = 5) -> bytes:
        try:
            found = resolver.resolve(name.decode() if isinstance(name, bytes) else name, "TXT")
        except NXDOMAIN:
            return b""
        return b"".join(found[0].strings)

    try:
        return bool(dkim.DKIM(content).verify(signature, dnsfunc=txt))
    except dkim.DKIMException:
        return False
