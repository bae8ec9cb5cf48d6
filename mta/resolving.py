"""Questions to DNS: what there is, for how long, and whether DNSSEC vouches for it.

Answers are cached for as long as they say, negative ones as their SOA says (RFC 2308).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.name
import dns.rdatatype
import dns.resolver

from mta.settings import host_port

CACHE = 50_000
EDNS_BYTES = 1232  # what is never fragmented: DNS flag day 2020
SHORTEST, LONGEST = 60.0, 86_400.0
FAILURES = (dns.exception.DNSException, OSError)


@dataclass(frozen=True, slots=True)
class Found:
    """`records` are dnspython's; none where the name has none of that type, or is not there (`exists`).

    `secure`: DNSSEC vouches for it, and a resolver that we trust says so. `name`: behind all aliases.
    """

    records: tuple[Any, ...]
    seconds: float
    secure: bool
    exists: bool
    name: str


class Resolver:
    """Asks a stub resolver. `trusted`: it checks DNSSEC, and nobody stands between it and us. `cached`: remembers."""

    def __init__(self, stub: dns.asyncresolver.Resolver, *, trusted: bool = False, cached: bool = True) -> None:
        self._stub = stub
        self.trusted = trusted
        if cached and stub.cache is None:
            stub.cache = dns.resolver.LRUCache(CACHE)
        if trusted:
            stub.use_edns(0, dns.flags.DO, EDNS_BYTES)
            stub.flags = dns.flags.RD | dns.flags.AD

    async def ask(self, name: str, kind: str) -> Found:
        """Return what there is.

        Raises:
            DNSException, OSError: nobody could say (`FAILURES`).
        """
        try:
            answer = await self._stub.resolve(name, kind, raise_on_no_answer=False, search=False)
        except dns.resolver.NXDOMAIN as error:
            response = next(iter(error.responses().values()))  # type: ignore[no-untyped-call]
            return Found((), SHORTEST, self._is_secure(response), False, name)
        records = tuple(answer) if answer.rrset is not None else ()
        seconds = min(max(float(answer.rrset.ttl), SHORTEST), LONGEST) if answer.rrset is not None else SHORTEST
        canonical = answer.canonical_name.to_text(omit_final_dot=True)
        return Found(records, seconds, self._is_secure(answer.response), True, canonical)

    def _is_secure(self, response: Any) -> bool:
        return self.trusted and bool(response.flags & dns.flags.AD)


def resolver_at(address: str, *, cached: bool = True) -> Resolver:
    """Return a resolver that asks the trusted server at ``host:port``, or the system's where there is none.

    Raises:
        DNSException: the system names no server.
    """
    if not address:
        return Resolver(dns.asyncresolver.Resolver(), cached=cached)
    host, port = host_port(address, default_port=53)
    stub = dns.asyncresolver.Resolver(configure=False)
    stub.nameservers, stub.port = [host], port
    return Resolver(stub, trusted=True, cached=cached)
