"""Where a request comes from, and where it may be sent on to."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from flask import request


def visitor() -> str:
    """Return the network address to count tries by. A household has a whole /64 of IPv6, so that counts as one."""
    text = request.remote_addr or ""
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ip_network((address, 64), strict=False))
    return text


def next_page(wanted: str | None) -> str:
    """Return the page of this workspace that was asked for, or its home: never another host."""
    if wanted and wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable():
        return wanted
    return "/"
