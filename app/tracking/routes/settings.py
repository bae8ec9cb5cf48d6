"""Settings of tracking: what is counted at all, and orders in shops."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.access import Permission, require
from app.tenants import conversions
from app.tenants import service as tenants
from app.tenants.plans import plan
from app.tenants.queries import current_workspace
from app.tracking.conversions import MARK
from app.tracking.forms import OrdersForm, SwitchesForm
from app.tracking.tidying import NETWORKS_FOR

tracking_settings = Blueprint("tracking_settings", __name__, template_folder="../templates")


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
    tenants.choose_tracking(opens=form.track_opens.data, clicks=form.track_clicks.data, reading=form.track_reading.data)
    flash(_("The settings are saved."), "success")
    return redirect(url_for(".show"), 303)


@tracking_settings.get("/settings/orders")
@require(Permission.MANAGE_WORKSPACE)
def orders() -> str:
    place = current_workspace()
    form = OrdersForm(formdata=None, obj=place)
    form.shop_hosts.data = "\n".join(place.shop_hosts.split())
    return _orders_page(form)


def _orders_page(form: OrdersForm) -> str:
    place = current_workspace()
    return render_template("tracking/orders.html", form=form, place=place, key=conversions.key_of(place), mark=MARK)


@tracking_settings.post("/settings/orders")
@require(Permission.MANAGE_WORKSPACE)
def follow_orders() -> Response | tuple[str, int]:
    form = OrdersForm()
    if not form.validate_on_submit():
        return _orders_page(form), 422
    conversions.choose(form.hosts, days=form.conversion_days.data)
    flash(_("The settings are saved."), "success")
    return redirect(url_for(".orders"), 303)


@tracking_settings.post("/settings/orders/keys")
@require(Permission.MANAGE_WORKSPACE)
def renew_key() -> Response:
    conversions.renew_key()
    flash(
        _("There is a new key. Put it into your shop: orders signed with the old one are no longer counted."), "success"
    )
    return redirect(url_for(".orders"), 303)
