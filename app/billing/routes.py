"""The usage page among the settings."""

from __future__ import annotations

from flask import Blueprint, render_template

from app.billing import queries
from app.core.access import Permission, require
from app.core.clock import now

billing = Blueprint("billing", __name__, template_folder="templates")


@billing.get("/settings/usage")
@require(Permission.VIEW)
def index() -> str:
    moment = now()
    return render_template(
        "billing/usage.html", usage=queries.usage(moment), months=queries.past_months(moment), now=moment
    )
