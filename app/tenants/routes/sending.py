"""Settings of sending: what is asked before a mail goes."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.access import Permission, require
from app.tenants import queries, service
from app.tenants.forms.sending import LegalForm, SendingForm
from app.tenants.routes.settings import tenants


@tenants.get("/settings/sending")
@require(Permission.MANAGE_WORKSPACE)
def sending() -> str:
    return _page(_sending_form(), _legal_form())


def _sending_form() -> SendingForm:
    return SendingForm(formdata=None, obj=queries.current_workspace())


def _legal_form() -> LegalForm:
    form = LegalForm(formdata=None)
    form.see(queries.current_workspace())
    return form


def _page(form: SendingForm, legal: LegalForm) -> str:
    sender = queries.current_workspace().legal
    return render_template("tenants/settings/sending.html", form=form, legal=legal, sender=sender)


@tenants.post("/settings/sending")
@require(Permission.MANAGE_WORKSPACE)
def change_sending() -> Response | tuple[str, int]:
    form = SendingForm()
    if not form.validate_on_submit():
        return _page(form, _legal_form()), form.status
    service.ask_to_type_over(form.typed_over.data)
    flash(_("The settings are saved."), "success")
    return redirect(url_for(".sending"), 303)


@tenants.post("/settings/sender")
@require(Permission.MANAGE_WORKSPACE)
def change_legal_sender() -> Response | tuple[str, int]:
    form = LegalForm()
    if not form.validate_on_submit():
        return _page(_sending_form(), form), form.status
    service.name_sender(form.sender)
    flash(_("The settings are saved."), "success")
    return redirect(url_for(".sending"), 303)
