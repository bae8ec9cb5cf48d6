"""Settings of tracking: what is counted at all."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.access import Permission, require
from app.tenants import service as tenants
from app.tenants.plans import plan
from app.tenants.queries import current_workspace
from app.tracking.forms import SwitchesForm
from app.tracking.tidying import NETWORKS_FOR

tracking_settings = Blueprint("tracking_settings", __name__, template_folder="templates")


@tracking_settings.get("/settings/tracking")
@require(Permission.MANAGE_WORKSPACE)
def show() -> str:
    place = current_workspace()
    return render_template(
        "tracking/settings.html",
        form=SwitchesForm(formdata=None, obj=place),
        network_days=NETWORKS_FOR.days,
        retention_days=plan(place.plan_code).retention_days,
    )


@tracking_settings.post("/settings/tracking")
@require(Permission.MANAGE_WORKSPACE)
def switch() -> Response | str:
    form = SwitchesForm()
    if not form.validate_on_submit():
        return show()
    tenants.choose_tracking(opens=form.track_opens.data, clicks=form.track_clicks.data)
    flash(_("The settings are saved."), "success")
    return redirect(url_for(".show"), 303)
