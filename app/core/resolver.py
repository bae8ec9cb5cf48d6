"""Asking DNS. A server that says "there is none" has answered; one that does not answer has said nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dns.exception
import dns.name
import dns.nameserver
import dns.resolver

TRY_SECONDS = 1.5
ALL_TRIES_SECONDS = 4.0


class NoAnswerYet(Exception):
    """Nobody answered, or with an error: nothing is known."""


def make_resolver(servers: Sequence[str]) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=not servers)
    if servers:
        resolver.nameservers = [_server(text) for text in servers]
    resolver.timeout, resolver.lifetime = TRY_SECONDS, ALL_TRIES_SECONDS
    return resolver


def _server(text: str) -> dns.nameserver.Nameserver:
    if text.count(":") > 1 and not text.startswith("["):
        return dns.nameserver.Do53Nameserver(text)
    address, _, port = text.rpartition(":") if ":" in text.rpartition("]")[2] else (text, "", "")
    return dns.nameserver.Do53Nameserver(address.strip("[]"), int(port or 53))


def ask(resolver: dns.resolver.Resolver, name: str, kind: str) -> list[Any]:
    """Return the records of a kind that a name has; none is an answer too.

    Raises:
        NoAnswerYet: nobody answers.
    """
    try:
        return list(resolver.resolve(dns.name.from_text(name), kind))
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError) as error:
        raise NoAnswerYet(name) from error
