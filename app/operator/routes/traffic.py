"""The operator's page of what the MTA does, with its brakes."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import format_timedelta
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core import clock
from app.core.errors import NotFound
from app.operator import mail_traffic, queries
from app.tenants import mail_orders, support
from app.tenants.support import Act

traffic = Blueprint("traffic", __name__, template_folder="../templates")


@traffic.get("")
def index() -> str:
    seen = mail_traffic.traffic()
    names = queries.names(one.tenant for one in seen.tenants) if seen else {}
    return render_template(
        "operator/traffic.html", traffic=seen, names=names, standing=mail_orders.standing(), span=_span
    )


def _span(seconds: float) -> str:
    return str(format_timedelta(timedelta(seconds=round(seconds)), threshold=1))


@traffic.post("/suspensions")
def suspend() -> Response:
    destination = request.form.get("destination", "")
    mail_orders.suspend_destination(destination, reason=_by())
    support.note(Act.DESTINATION_SUSPENDED, by=_by(), detail=destination)
    return _back(_("Nothing is sent there from now on. What is for it waits."))


@traffic.post("/suspensions/removals")
def resume() -> Response:
    destination = request.form.get("destination", "")
    mail_orders.resume_destination(destination)
    support.note(Act.DESTINATION_RESUMED, by=_by(), detail=destination)
    return _back(_("Mail goes there again, first what waited."))


@traffic.post("/stops")
def stop() -> Response:
    mail_orders.stop_tenant(_tenant(), reason=_by())
    support.note(Act.MAIL_STOPPED, by=_by(), tenant_id=_tenant())
    return _back(_("No mail of this workspace leaves from now on. What is queued is kept."))


@traffic.post("/stops/removals")
def release() -> Response:
    mail_orders.release_tenant(_tenant())
    support.note(Act.MAIL_RELEASED, by=_by(), tenant_id=_tenant())
    return _back(_("Mail of this workspace leaves again."))


@traffic.post("/logs")
def log() -> Response:
    tenant_id = _tenant() if "tenant" in request.form else None
    mail_orders.log_attempts(tenant_id, reason=_by(), now=clock.now())
    support.note(Act.ATTEMPTS_LOGGED, by=_by(), tenant_id=tenant_id)
    return _back(_("Each attempt is logged for an hour from now."))


@traffic.post("/logs/removals")
def stop_logging() -> Response:
    tenant_id = _tenant() if "tenant" in request.form else None
    mail_orders.stop_logging(tenant_id)
    support.note(Act.LOGGING_ENDED, by=_by(), tenant_id=tenant_id)
    return _back(_("Attempts are logged no longer."))


@traffic.post("/flushes")
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
