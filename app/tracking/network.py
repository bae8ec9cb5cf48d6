"""Where somebody came from, cut so far that it names a neighbourhood of the network and nobody in it, and the language
that they read."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

IPV4_PREFIX = 24
IPV6_PREFIX = 48
_LANGUAGE = re.compile(r"\s*([A-Za-z]{2,3})(?![A-Za-z])")


@lru_cache(maxsize=10_000)
def cut(address: str | None) -> str:
    """Return the /24 (IPv4) or /48 (IPv6) an address is in, as ``203.0.113.0/24``; empty for what is no address."""
    try:
        ip = ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    prefix = IPV4_PREFIX if ip.version == 4 else IPV6_PREFIX
    return str(ip_network((ip, prefix), strict=False))


def language(accepted: str) -> str:
    """Return the language that an ``Accept-Language`` names first, as ``ko``; empty where it names none."""
    found = _LANGUAGE.match(accepted)
    return found[1].lower() if found else ""
