"""How a person signs in: the second step, passkeys, recovery codes, and where they are signed in."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core import clock
from app.core.access import Permission, allowed, current_member, require
from app.core.actor import device_words
from app.core.errors import DomainError
from app.tenants import queries, service
from app.tenants.forms.fields import Form
from app.tenants.forms.settings import AppForm, AppOffForm, ConfirmedForm, NewPasskeyForm, RequirementForm
from app.tenants.queries import MemberView
from app.tenants.routes.settings import myself, tenants
from app.tenants.words import way_name

Page = Response | tuple[str, int] | str


@tenants.get("/settings/security")
def security() -> str:
    return _page(ConfirmedForm(formdata=None))


def _page(form: Form) -> str:
    member = myself()
    return render_template(
        "tenants/settings/security.html",
        form=form,
        factors=service.factors(member.account_id),
        connections=service.connections_of(member.account_id),
        passkeys=service.passkeys_of(member.account_id),
        options=service.creation_options(member),
        device=device_words(request.user_agent.string),
        sessions=[] if current_member().visiting else service.sessions_of(member.account_id),
        way_name=way_name,
        requirement=_requirement() if allowed(member.role, Permission.MANAGE_WORKSPACE) else None,
        required=queries.current_workspace().second_factor_required,
    )


def _requirement() -> RequirementForm:
    return RequirementForm(formdata=None, required=queries.current_workspace().second_factor_required)


@tenants.get("/settings/security/app")
def app_of_codes() -> str:
    return _app_page(AppForm(formdata=None))


def _app_page(form: AppForm) -> str:
    name = f"messagepark {queries.current_workspace().name}"
    offered = service.offer_app(myself(), issuer=name.replace(":", " "), sealed=form.sealed.data or "")
    form.sealed.data = offered.sealed
    has_app = service.factors(current_member().account_id).app
    return render_template("tenants/settings/app.html", form=form, offered=offered, has_app=has_app)


@tenants.post("/settings/security/app")
def add_app() -> Page:
    member, form = myself(), AppForm()
    if form.validate_on_submit():
        try:
            service.confirm_password(member, form.password.data)
            service.add_app(
                member, sealed=form.sealed.data, code=form.code.data, old=form.old.data or "", now=clock.now()
            )
        except DomainError as error:
            form.refuse(error)
        else:
            return _codes_page(member)
    return _app_page(form), form.status


def _codes_page(member: MemberView) -> str:
    """The answer to the POST itself: these codes are nowhere to be read again."""
    return render_template("tenants/settings/recovery_codes.html", codes=service.renew_recovery_codes(member))


@tenants.post("/settings/security/recovery-codes")
def renew_recovery_codes() -> Page:
    member, form = myself(), ConfirmedForm()
    refused = _refused(member, form)
    return refused or _codes_page(member)


def _refused(member: MemberView, form: ConfirmedForm) -> tuple[str, int] | None:
    """Return the page with what is wrong, or nothing when the password was right."""
    if form.validate_on_submit():
        try:
            service.confirm_password(member, form.password.data)
        except DomainError as error:
            form.refuse(error)
        else:
            return None
    return _page(form), form.status


@tenants.post("/settings/security/app/removals")
def remove_app() -> Page:
    member, form = myself(), AppOffForm()
    refused = _refused(member, form)
    if refused:
        return refused
    try:
        service.remove_app(member, old=form.old.data or "", now=clock.now())
    except service.WrongCode as error:
        form.refuse(error)
        return _page(form), form.status
    flash(_("The app's codes are no longer asked for."), "success")
    return redirect(url_for(".security"), 303)


@tenants.post("/settings/security/passkeys")
def add_passkey() -> Page:
    member, form = myself(), NewPasskeyForm()
    refused = _refused(member, form)
    if refused:
        return refused
    first = not service.factors(member.account_id).any
    name = form.name.data or device_words(request.user_agent.string) or _("Passkey")
    service.add_passkey(member, name=name, answer=form.answer.data or "")
    if first:
        return _codes_page(member)
    flash(_("The passkey is added. You can sign in with it from now on."), "success")
    return redirect(url_for(".security"), 303)


@tenants.post("/settings/security/passkeys/<int:passkey_id>/removals")
def remove_passkey(passkey_id: int) -> Page:
    member, form = myself(), ConfirmedForm()
    refused = _refused(member, form)
    if refused:
        return refused
    service.remove_passkey(passkey_id, member)
    flash(_("The passkey is removed: nobody comes in with it any more."), "success")
    return redirect(url_for(".security"), 303)


@tenants.post("/settings/security/sessions/<int:session_id>/endings")
def end_session(session_id: int) -> Response:
    service.end_session(session_id, current_member().account_id)
    flash(_("That browser is signed out."), "success")
    return redirect(url_for(".security"), 303)


@tenants.post("/settings/security/sessions/endings")
def end_other_sessions() -> Response:
    service.end_sessions(current_member().account_id, but=current_member().session_id)
    flash(_("Every other browser is signed out, in all your workspaces."), "success")
    return redirect(url_for(".security"), 303)


@tenants.post("/settings/security/requirement")
@require(Permission.MANAGE_WORKSPACE)
def require_second_factor() -> Response:
    service.require_second_factor(bool(RequirementForm().required.data))
    flash(_("The settings are saved."), "success")
    return redirect(url_for(".security"), 303)
