"""Which names a certificate may be got for, as a proxy asks that gets them on demand (Caddy's `ask`)."""

from __future__ import annotations

from flask import Blueprint, request

from app.domains.queries import tenant_of_link_host
from app.tenants import custom_host

certificates = Blueprint("certificates", __name__)


@certificates.get("/certificate-permissions")
def may_have() -> tuple[str, int]:
    """Answer 200 for a name that a workspace has switched on, 404 for every other one."""
    host = request.args.get("domain", "").lower().rstrip(".")
    if host and (custom_host.is_in_use(host) or tenant_of_link_host(host)):
        return "yes\n", 200
    return "no\n", 404
