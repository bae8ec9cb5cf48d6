"""Where the workspace stands, and its appeal when it is braked."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.conduct import queries, service, words
from app.conduct.rules import Reason, rules
from app.core.access import Permission, allowed, current_member, require
from app.core.clock import now

conduct = Blueprint("conduct", __name__, template_folder="../templates")


@conduct.get("/settings/conduct")
@require(Permission.VIEW)
def index() -> str:
    moment = now()
    return render_template(
        "conduct/index.html",
        standing=queries.standing(),
        lately=queries.lately(moment),
        rules=rules(),
        reasons=Reason,
        most_today=queries.allowed_today(moment, from_our_domain=False),
        room=queries.room(moment),
        words=words,
        may_manage=allowed(current_member().role, Permission.MANAGE_WORKSPACE),
    )


@conduct.post("/settings/conduct/appeals")
@require(Permission.MANAGE_WORKSPACE)
def appeal() -> Response:
    service.appeal(request.form.get("words", ""), now())
    flash(_("We have got it and will look at it. You hear from us by mail."), "success")
    return redirect(url_for(".index"), 303)
