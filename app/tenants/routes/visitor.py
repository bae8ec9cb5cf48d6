"""Where a request comes from, whether its browser is known, and where it may be sent on to."""

from __future__ import annotations

import secrets
from ipaddress import IPv6Address, ip_address, ip_network

from flask import after_this_request, current_app, request
from werkzeug.wrappers import Response

from app.core import tokens
from app.core.tenancy import current_tenant_id

KNOWN_SECONDS = 400 * 24 * 3600


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


def known_device(email: str) -> str:
    """Return what this browser is called if the owner of the address came in with it before; else nothing."""
    try:
        payload = tokens.read("known-device", request.cookies.get(_device_cookie(), ""), max_age=KNOWN_SECONDS)
    except tokens.BadToken:
        return ""
    return str(payload[2]) if payload[:2] == [current_tenant_id(), email] else ""


def know_device(email: str) -> None:
    """Have this browser be known from now on (a device cookie, as OWASP describes it)."""
    if known_device(email):
        return
    token = tokens.sign("known-device", [current_tenant_id(), email, secrets.token_urlsafe(12)])
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])

    def leave(answer: Response) -> Response:
        answer.set_cookie(_device_cookie(), token, max_age=KNOWN_SECONDS, secure=secure, httponly=True, samesite="Lax")
        return answer

    after_this_request(leave)


def _device_cookie() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-device"
