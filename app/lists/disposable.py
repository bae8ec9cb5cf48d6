"""Domains that give addresses for ten minutes to anybody who asks; the list is a package that others keep."""

from __future__ import annotations

from functools import cache


def is_disposable(domain: str) -> bool:
    """Tell whether a domain (as A-labels, lower case) or the one above it is on the list."""
    known = _domains()
    return domain in known or domain.partition(".")[2] in known


@cache
def _domains() -> frozenset[str]:
    from disposable_email_domains import blocklist

    return frozenset(blocklist)
