"""Letting those who run the service look around, and what they did here. The door through which they come."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core import tokens
from app.core.access import Permission, Role, current_member, require
from app.core.clock import now
from app.core.errors import Forbidden, Invalid
from app.core.limits import limit
from app.core.tenancy import current_tenant_id
from app.tenants import session, support
from app.tenants.forms.settings import SupportForm
from app.tenants.words import act_name

support_pages = Blueprint("support", __name__, template_folder="../templates")
support_door = Blueprint("support_door", __name__, template_folder="../templates")


@support_pages.get("/settings/support")
@require(Permission.MANAGE_WORKSPACE)
def index() -> str:
    return render_template(
        "tenants/settings/support.html",
        form=SupportForm(formdata=None),
        consent=support.consent(now()),
        acts=support.acts(),
        act_name=act_name,
    )


@support_pages.post("/settings/support")
@require(Permission.MANAGE_WORKSPACE)
def allow() -> Response:
    form = SupportForm()
    if not form.validate_on_submit():
        raise Invalid
    support.allow(_owner(), hours=form.hours.data, now=now())
    flash(_("Operators may look around now."), "success")
    return redirect(url_for(".index"), 303)


@support_pages.post("/settings/support/removals")
@require(Permission.MANAGE_WORKSPACE)
def withdraw() -> Response:
    support.withdraw()
    flash(_("Nobody may look around any more."), "success")
    return redirect(url_for(".index"), 303)


def _owner() -> int:
    """Return the member's number. What an owner sees, only an owner lets others see."""
    if current_member().role is not Role.OWNER:
        raise Forbidden
    return int(current_member().id)


@support_door.get("/support-visits/<token>")
def arrive(token: str) -> str:
    _read(token)
    return render_template("tenants/door/visit.html", token=token)


@support_door.post("/support-visits/<token>")
def look_around(token: str) -> Response:
    email = _read(token)
    limit("support-visit", token, count=1, seconds=support.VISIT_SECONDS)
    visit = session.load_visit(email)
    if visit is None:
        raise tokens.BadToken
    session.begin(visit)
    return redirect("/", 303)


def _read(token: str) -> str:
    """Return the operator whom the console has sent here."""
    payload = tokens.read(support.VISIT, token, max_age=support.VISIT_SECONDS)
    if payload["tenant"] != current_tenant_id():
        raise tokens.BadToken
    return str(payload["operator"])
