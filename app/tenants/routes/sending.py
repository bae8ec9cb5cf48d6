"""Settings of sending: what is asked before a mail goes."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.access import Permission, require
from app.tenants import queries, service
from app.tenants.approvers import Approvers
from app.tenants.forms.sending import ApprovalForm, LegalForm, SendingForm
from app.tenants.roles import role_of
from app.tenants.routes.settings import tenants


@tenants.get("/settings/sending")
@require(Permission.MANAGE_WORKSPACE)
def sending() -> str:
    return _page()


def _sending_form() -> SendingForm:
    return SendingForm(formdata=None, obj=queries.current_workspace())


def _legal_form() -> LegalForm:
    form = LegalForm(formdata=None)
    form.see(queries.current_workspace())
    return form


def _approval_form() -> ApprovalForm:
    form = ApprovalForm(formdata=None)
    form.see(queries.current_workspace())
    return form


def _page(
    form: SendingForm | None = None, *, legal: LegalForm | None = None, approval: ApprovalForm | None = None
) -> str:
    """The page, with the form that was sent back in the place of what is stored."""
    return render_template(
        "tenants/settings/sending.html",
        form=form or _sending_form(),
        legal=legal or _legal_form(),
        approval=approval or _approval_form(),
        sender=queries.current_workspace().legal,
    )


@tenants.post("/settings/sending")
@require(Permission.MANAGE_WORKSPACE)
def change_sending() -> Response | tuple[str, int]:
    form = SendingForm()
    if not form.validate_on_submit():
        return _page(form), form.status
    service.ask_to_type_over(form.typed_over.data)
    flash(_("The settings are saved."), "success")
    return redirect(url_for(".sending"), 303)


@tenants.post("/settings/approval")
@require(Permission.MANAGE_WORKSPACE)
def change_approval() -> Response | tuple[str, int]:
    form = ApprovalForm()
    if not form.validate_on_submit():
        return _page(approval=form), form.status
    service.ask_for_approval([role_of(each) for each in form.roles.data or ()], Approvers(form.approved_by.data))
    flash(_("The settings are saved."), "success")
    return redirect(url_for(".sending"), 303)


@tenants.post("/settings/sender")
@require(Permission.MANAGE_WORKSPACE)
def change_legal_sender() -> Response | tuple[str, int]:
    form = LegalForm()
    if not form.validate_on_submit():
        return _page(legal=form), form.status
    service.name_sender(form.sender)
    flash(_("The settings are saved."), "success")
    return redirect(url_for(".sending"), 303)
