"""Settings of the workspace, its members, and a person's own profile."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import refresh
from werkzeug.wrappers import Response

from app.core import clock
from app.core.access import Permission, allowed, current_member, may_give, require
from app.core.errors import DomainError, Invalid, NotFound
from app.core.tenancy import current_tenant_id
from app.tenants import custom_host, queries, service, session
from app.tenants.forms.roles import InvitationForm, RoleForm, role_choices
from app.tenants.forms.settings import AddressForm, PasswordForm, PreferencesForm, ProfileForm, WorkspaceForm
from app.tenants.queries import MemberView
from app.tenants.roles import role_of
from app.tenants.routes.visitor import next_page
from app.tenants.words import role_hints, role_name

tenants = Blueprint("tenants", __name__, template_folder="../templates")


def myself() -> MemberView:
    """Return the member who asks, as they are stored."""
    found = queries.member(current_member().id)
    if found is None:
        raise NotFound
    return found


@tenants.get("/settings")
def settings() -> Response | str:
    if not allowed(current_member().role, Permission.MANAGE_WORKSPACE):
        return redirect(url_for(".profile"))
    return _settings_page(WorkspaceForm(obj=queries.current_workspace()))


def _settings_page(form: WorkspaceForm) -> str:
    offers_host = custom_host.offered() or queries.current_workspace().custom_host
    return render_template("tenants/settings/workspace.html", form=form, offers_host=offers_host)


@tenants.post("/settings")
@require(Permission.MANAGE_WORKSPACE)
def change_workspace() -> Response | tuple[str, int]:
    form = WorkspaceForm(obj=queries.current_workspace())
    if not form.validate_on_submit():
        return _settings_page(form), form.status
    service.change_workspace(
        service.WorkspaceChange(
            name=form.name.data,
            locale=form.locale.data,
            timezone=form.timezone.data,
            brand_color=form.brand_color.data,
            sender_name=form.sender_name.data,
            sender_address=form.sender_address.data,
        )
    )
    flash(_("The settings are saved."), "success")
    return redirect(url_for(".settings"), 303)


@tenants.get("/settings/members")
@require(Permission.MANAGE_MEMBERS)
def members() -> str:
    return _members_page(InvitationForm(current_member().role))


def _members_page(form: InvitationForm) -> str:
    return render_template(
        "tenants/settings/members.html",
        form=form,
        members=queries.members(),
        last_seen=service.last_seen(),
        with_factor=service.accounts_with_factor(),
        resets=service.waiting_resets(clock.now()),
        invitations=queries.open_invitations(),
        choices=role_choices(current_member().role),
        may_give=may_give,
        hints=role_hints(),
        role_name=role_name,
    )


@tenants.post("/settings/members/invitations")
@require(Permission.MANAGE_MEMBERS)
def invite() -> Response | tuple[str, int]:
    form = InvitationForm(current_member().role)
    if form.validate_on_submit():
        try:
            service.invite(form.email.data, role=role_of(form.role.data), by=myself())
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("An invitation is on its way to %(email)s.", email=form.email.data), "success")
            return redirect(url_for(".members"), 303)
    return _members_page(form), form.status


@tenants.post("/settings/members/invitations/<int:invitation_id>/withdrawals")
@require(Permission.MANAGE_MEMBERS)
def withdraw_invitation(invitation_id: int) -> Response:
    service.withdraw_invitation(invitation_id)
    flash(_("The invitation is withdrawn: its link no longer works."), "success")
    return redirect(url_for(".members"), 303)


@tenants.post("/settings/members/<int:member_id>/roles")
@require(Permission.MANAGE_MEMBERS)
def change_role(member_id: int) -> Response:
    form = RoleForm(current_member().role)
    if not form.validate_on_submit():
        raise Invalid
    service.give_role(member_id, role=role_of(form.role.data), by=myself())
    flash(_("The role is changed. It is in force at once."), "success")
    return redirect(url_for(".members") if member_id != current_member().id else url_for(".settings"), 303)


@tenants.post("/settings/members/<int:member_id>/removals")
@require(Permission.MANAGE_MEMBERS)
def remove(member_id: int) -> Response:
    service.remove(member_id, by=myself())
    flash(_("The member is removed and signed out."), "success")
    return redirect(url_for(".members"), 303)


@tenants.post("/settings/members/<int:member_id>/second-factor-resets")
@require(Permission.MANAGE_MEMBERS)
def reset_factor(member_id: int) -> Response:
    service.reset_factor(member_id, by=myself(), now=clock.now())
    flash(_("They are told now. From this time tomorrow they come in without the second step."), "success")
    return redirect(url_for(".members"), 303)


@tenants.get("/settings/profile")
def profile() -> str:
    return _profile_page(ProfileForm(obj=myself().account), PasswordForm())


def _profile_page(form: ProfileForm, password_form: PasswordForm, address_form: AddressForm | None = None) -> str:
    mine = queries.workspaces_of_account(current_member().account_id)
    elsewhere = [] if current_member().visiting else [one for one in mine if one.id != current_tenant_id()]
    return render_template(
        "tenants/settings/profile.html",
        form=form,
        password_form=password_form,
        elsewhere=elsewhere,
        address_form=address_form or AddressForm(formdata=None),
    )


@tenants.post("/settings/profile")
def save_profile() -> Response | tuple[str, int]:
    me = myself()
    form = ProfileForm(obj=me.account)
    if not form.validate_on_submit():
        return _profile_page(form, PasswordForm()), form.status
    service.change_profile(me.account_id, name=form.name.data, locale=form.locale.data, theme=form.theme.data)
    _speak_anew(me)
    flash(_("Your profile is saved."), "success")
    return redirect(url_for(".profile"), 303)


def _speak_anew(before: MemberView) -> None:
    """Answer in the language that was just chosen, not in the one of a moment ago."""
    now = queries.member(before.id)
    if now is not None:
        session.renew(now)
        refresh()


@tenants.post("/settings/profile/passwords")
def change_password() -> Response | tuple[str, int]:
    me = myself()
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            changed = service.change_password(
                me, old=form.old.data, new=form.new.data, session_id=current_member().session_id
            )
        except service.WrongPassword as error:
            form.refuse(error, at="old")
        except DomainError as error:
            form.refuse(error, at="new")
        else:
            session.renew(changed)
            flash(_("Your password is changed. Every other browser is signed out."), "success")
            return redirect(url_for(".profile"), 303)
    return _profile_page(ProfileForm(formdata=None, obj=me.account), form), form.status


@tenants.post("/settings/profile/addresses")
def change_address() -> Response | tuple[str, int]:
    me = myself()
    form = AddressForm()
    if form.validate_on_submit():
        try:
            service.request_address(me, form.email.data, password=form.password.data)
        except DomainError as error:
            form.refuse(error)
        else:
            words = _(
                "Open the link in the mail to %(email)s. No mail? Then that address has an account already.",
                email=form.email.data,
            )
            flash(words, "info")
            return redirect(url_for(".profile"), 303)
    return _profile_page(ProfileForm(formdata=None, obj=me.account), PasswordForm(formdata=None), form), form.status


@tenants.post("/preferences")
def preferences() -> Response:
    form = PreferencesForm()
    if not form.validate_on_submit():
        raise Invalid
    account_id = current_member().account_id
    if form.locale.data:
        service.choose_locale(account_id, form.locale.data)
    if form.theme.data:
        service.choose_theme(account_id, form.theme.data)
    return redirect(next_page(request.form.get("next")), 303)


@tenants.post("/verifications")
def resend_verification() -> Response:
    me = myself()
    service.send_verification_again(me)
    flash(_("The mail is on its way to %(email)s.", email=me.email), "success")
    return redirect(next_page(request.form.get("next")), 303)


@tenants.post("/sign-out")
def sign_out() -> Response:
    session.end()
    flash(_("You are signed out."), "success")
    return redirect(url_for("sign_in.show"), 303)
