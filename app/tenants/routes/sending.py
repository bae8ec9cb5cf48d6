"""Settings of sending: what is asked before a mail goes."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.access import Permission, require
from app.tenants import queries, service
from app.tenants.forms.sending import SendingForm
from app.tenants.routes.settings import tenants


@tenants.get("/settings/sending")
@require(Permission.MANAGE_WORKSPACE)
def sending() -> str:
    return _page(SendingForm(obj=queries.current_workspace()))


def _page(form: SendingForm) -> str:
    return render_template("tenants/settings/sending.html", form=form)


@tenants.post("/settings/sending")
@require(Permission.MANAGE_WORKSPACE)
def change_sending() -> Response | tuple[str, int]:
    form = SendingForm()
    if not form.validate_on_submit():
        return _page(form), form.status
    service.ask_to_type_over(form.typed_over.data)
    flash(_("The settings are saved."), "success")
    return redirect(url_for(".sending"), 303)
