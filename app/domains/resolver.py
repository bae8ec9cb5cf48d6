"""Asking DNS for the records of a sending domain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import dns.name
import dns.resolver

from app.core.resolver import NoAnswerYet, ask, make_resolver
from app.domains.records import Sighting, Wanted
from app.domains.terms import Purpose

MOST_RECORDS = 10
LONGEST_TEXT = 600

Sightings = dict[Purpose, Sighting | None]


def look(wanted: Sequence[Wanted], servers: Sequence[str]) -> Sightings:
    """Ask for all records at once; a purpose without an answer has None. `servers`: ``address:port``, or the system's.

    Takes at most about eight seconds. Hold no database transaction meanwhile.
    """
    resolver = make_resolver(servers)

    def sighting(record: Wanted) -> Sighting | None:
        try:
            return _LOOKS[record.purpose](resolver, record)
        except NoAnswerYet:
            return None

    with ThreadPoolExecutor(max_workers=len(wanted)) as pool:
        return dict(zip((record.purpose for record in wanted), pool.map(sighting, wanted), strict=True))


def _texts_here(resolver: dns.resolver.Resolver, record: Wanted) -> Sighting:
    return Sighting(texts=_texts(resolver, record.host))


def _key(resolver: dns.resolver.Resolver, record: Wanted) -> Sighting:
    return Sighting(texts=_texts(resolver, record.host), alias=_alias_of(resolver, record.host))


def _policy(resolver: dns.resolver.Resolver, record: Wanted) -> Sighting:
    """RFC 7489, 6.6.3: where a domain has no policy of its own, the one above it counts."""
    labels = record.host.split(".")[1:]
    for at in range(len(labels) - 1):
        texts = _texts(resolver, ".".join(["_dmarc", *labels[at:]]))
        if any(text.lower().startswith("v=dmarc1") for text in texts):
            return Sighting(texts=texts)
    return Sighting()


def _mail_host(resolver: dns.resolver.Resolver, record: Wanted) -> Sighting:
    alias = _alias_of(resolver, record.host)
    return Sighting(alias=alias, leads_somewhere=bool(alias and ask(resolver, record.host, "MX")))


def _web_host(resolver: dns.resolver.Resolver, record: Wanted) -> Sighting:
    alias = _alias_of(resolver, record.host)
    reached = alias and (ask(resolver, record.host, "A") or ask(resolver, record.host, "AAAA"))
    return Sighting(alias=alias, leads_somewhere=bool(reached))


_LOOKS: dict[Purpose, Callable[[dns.resolver.Resolver, Wanted], Sighting]] = {
    Purpose.OWNERSHIP: _texts_here,
    Purpose.DKIM_1: _key,
    Purpose.DKIM_2: _key,
    Purpose.DKIM_ED25519: _key,
    Purpose.DKIM_ED25519_2: _key,
    Purpose.SPF: _texts_here,
    Purpose.DMARC: _policy,
    Purpose.RETURN_PATH: _mail_host,
    Purpose.TRACKING: _web_host,
    Purpose.BIMI: _texts_here,
}


def _texts(resolver: dns.resolver.Resolver, name: str) -> tuple[str, ...]:
    joined = (b"".join(rdata.strings).decode("utf-8", "replace") for rdata in ask(resolver, name, "TXT"))
    return tuple(sorted(_printable(text) for text in joined)[:MOST_RECORDS])


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text[:LONGEST_TEXT])


def _alias_of(resolver: dns.resolver.Resolver, name: str) -> str:
    for rdata in ask(resolver, name, "CNAME"):
        target: dns.name.Name = rdata.target
        return target.to_text(omit_final_dot=True).lower()[:LONGEST_TEXT]
    return ""
