"""The operator's page of what the MTA does, with its brakes."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import format_timedelta
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core.errors import NotFound
from app.tenants import mail_orders, mail_traffic

mail_traffic_pages = Blueprint("mail_traffic", __name__, template_folder="../templates")


@mail_traffic_pages.get("")
def index() -> str:
    traffic = mail_traffic.traffic()
    names = mail_traffic.names(one.tenant for one in traffic.tenants) if traffic else {}
    return render_template(
        "tenants/operator/traffic.html", traffic=traffic, names=names, standing=mail_orders.standing(), span=_span
    )


def _span(seconds: float) -> str:
    return str(format_timedelta(timedelta(seconds=round(seconds)), threshold=1))


@mail_traffic_pages.post("/suspensions")
def suspend() -> Response:
    mail_orders.suspend_destination(request.form.get("destination", ""), reason=_by())
    return _back(_("Nothing is sent there from now on. What is for it waits."))


@mail_traffic_pages.post("/suspensions/removals")
def resume() -> Response:
    mail_orders.resume_destination(request.form.get("destination", ""))
    return _back(_("Mail goes there again, first what waited."))


@mail_traffic_pages.post("/stops")
def stop() -> Response:
    mail_orders.stop_tenant(_tenant(), reason=_by())
    return _back(_("No mail of this workspace leaves from now on. What is queued is kept."))


@mail_traffic_pages.post("/stops/removals")
def release() -> Response:
    mail_orders.release_tenant(_tenant())
    return _back(_("Mail of this workspace leaves again."))


@mail_traffic_pages.post("/flushes")
def flush() -> Response:
    if "tenant" in request.form:
        mail_orders.flush_tenant(_tenant())
    else:
        mail_orders.flush_destination(request.form.get("destination", ""))
    return _back(_("What was to wait is tried now."))


def _tenant() -> int:
    number = request.form.get("tenant", type=int)
    if number is None or not 0 < number < 2**63:
        raise NotFound
    return number


def _by() -> str:
    """Return who did it, as the reason that other operators read."""
    return str(current_user.email)


def _back(said: str) -> Response:
    flash(said, "success")
    return redirect(url_for(".index"), 303)
