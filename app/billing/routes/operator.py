"""The operator's desk: plans that workspaces ask for, to be confirmed or declined."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.billing import gateway, payment, wishes, words

desk = Blueprint("billing_desk", __name__, template_folder="../templates")


@desk.get("")
def index() -> str:
    return render_template("billing/desk.html", wishes=wishes.open_wishes(), words=words)


@desk.post("/<int:tenant_id>/wishes/<int:wish_id>/confirmation")
def confirm(tenant_id: int, wish_id: int) -> Response:
    wishes.decide(tenant_id, wish_id, yes=True, by=str(current_user.email))
    return _back(_("The workspace has the plan now and was told by mail."))


@desk.post("/<int:tenant_id>/wishes/<int:wish_id>/refusal")
def decline(tenant_id: int, wish_id: int) -> Response:
    wishes.decide(tenant_id, wish_id, yes=False, by=str(current_user.email))
    return _back(_("The wish is declined. The workspace was told by mail."))


def _back(said: str) -> Response:
    flash(said, "success")
    return redirect(url_for(".index"), 303)


@desk.get("/events")
def events() -> str:
    return render_template("billing/events.html", events=payment.events(), configured=gateway.configured())


@desk.post("/events/<event_id>/replays")
def replay(event_id: str) -> Response:
    payment.replay(event_id)
    flash(_("The payment service is asked again how this customer stands."), "success")
    return redirect(url_for(".events"), 303)
