"""The operator's desk: workspaces that are braked, with what they say, and letting them go on."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.conduct import queries, service, words
from app.core.clock import now

abuse_desk = Blueprint("abuse_desk", __name__, template_folder="../templates")


@abuse_desk.get("")
def index() -> str:
    return render_template("conduct/desk.html", braked=queries.braked(), words=words)


@abuse_desk.post("/<int:tenant_id>/releases")
def lift(tenant_id: int) -> Response:
    trust = request.form.get("trust") == "1"
    service.lift(tenant_id, now(), by=str(current_user.email), trust=trust)
    flash(_("The workspace can send again and was told by mail."), "success")
    return redirect(url_for(".index"), 303)
