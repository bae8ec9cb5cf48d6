"""Where a workspace requires a second factor, who has none sees the page to add one and nothing else."""

from __future__ import annotations

from flask import Flask, current_app, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core.access import Guard
from app.tenants import service

# What one needs for adding one, and the ways out.
OPEN = {
    "tenants.security",
    "tenants.app_of_codes",
    "tenants.add_app",
    "tenants.add_passkey",
    "tenants.preferences",
    "tenants.sign_out",
}


def want_second_factor() -> Response | None:
    workspace = current_app.config.get("WORKSPACE")
    if workspace is None or not workspace.second_factor_required or request.endpoint in OPEN:
        return None
    if current_app.extensions["guards"].get(request.blueprint) is not Guard.MEMBER:
        return None
    if current_user.visiting or service.factors(current_user.account_id).any:
        return None
    flash(_("This workspace asks everybody for a second step. Add one, and everything is open again."), "warning")
    return redirect(url_for("tenants.security"), 303)


def register(app: Flask) -> None:
    app.before_request(want_second_factor)
