"""The door of a workspace: sign-in, forgotten passwords, verification and invitation links."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core import clock
from app.core.errors import DomainError
from app.core.limits import forgive, limit
from app.tenants import service, session
from app.tenants.forms.sign_in import (
    CodeForm,
    ConfirmationForm,
    JoinForm,
    NewMemberForm,
    NewPasswordForm,
    PasskeyForm,
    ResetRequestForm,
    SignInForm,
    VerificationForm,
)
from app.tenants.providers import ProviderRefused, provider, providers
from app.tenants.queries import MemberView, current_workspace
from app.tenants.routes.visitor import know_device, known_device, next_page, visitor

sign_in = Blueprint("sign_in", __name__, template_folder="../templates")

QUARTER = 900
HOUR = 3600


@sign_in.get("/sign-in")
def show() -> Response | str:
    if current_user.is_authenticated:
        return redirect(next_page(request.args.get("next")))
    form = SignInForm(formdata=None)
    if refused := request.args.get("refused"):
        form.refuse(ProviderRefused(provider=provider(refused).name))
    return sign_in_page(form)


@sign_in.post("/sign-in")
def enter() -> Response | tuple[str, int]:
    form = SignInForm()
    if form.validate_on_submit():
        try:
            _count_try(form.email.data)
            member = service.authenticate(form.email.data, form.password.data)
        except DomainError as error:
            form.refuse(error)
        else:
            return redirect(_come_in(member, next_page(request.args.get("next"))), 303)
    return sign_in_page(form), form.status


def sign_in_page(form: SignInForm) -> str:
    return render_template(
        "tenants/door/sign_in.html", form=form, passkey=service.request_options(), providers=providers()
    )


def _count_try(who: str) -> None:
    """Count a password tried here, by the place it comes from and by whom it is tried for.

    A browser that its owner has come in with before is counted by itself: strangers who try passwords until nobody may
    try any more do not keep the owner out.
    """
    device = known_device(who)
    if device:
        limit("password-device", device, count=10, seconds=QUARTER)
        return
    limit("password-place", visitor(), count=100, seconds=QUARTER)
    limit("password", _tried_for(who), count=10, seconds=QUARTER)


def _come_in(member: MemberView, wanted: str = "/") -> str:
    """Sign in somebody whose password was right, or send them on to the second step; returns where to go."""
    forgive("password-device" if known_device(member.email) else "password", _tried_for(member.email))
    if must_step_twice(member):
        session.stay_at_door(member, wanted)
        return url_for("sign_in.second_step")
    session.come_in(member, service.Way.PASSWORD)
    know_device(member.email)
    return wanted


def must_step_twice(member: MemberView) -> bool:
    """Whether somebody whose first step was right has a second one, once a reset that is due has been used."""
    service.use_reset(member, now=clock.now())
    return service.factors(member.account_id).any


def _tried_for(who: str) -> str:
    return known_device(who) or f"{current_workspace().id}:{who}"


@sign_in.post("/sign-in/passkeys")
def enter_by_passkey() -> Response | tuple[str, int]:
    form = PasskeyForm()
    try:
        limit("passkey-place", visitor(), count=100, seconds=QUARTER)
        member = service.member_by_passkey(form.answer.data or "")
    except DomainError as error:
        refused = SignInForm(formdata=None)
        refused.refuse(error)
        return sign_in_page(refused), refused.status
    session.come_in(member, service.Way.PASSKEY)
    know_device(member.email)
    return redirect(next_page(request.args.get("next")), 303)


@sign_in.get("/sign-in/second-step")
def second_step() -> Response | str:
    found = session.at_door()
    return _second_step_page(found[0], CodeForm()) if found else redirect(url_for(".show"))


def _second_step_page(member: MemberView, form: CodeForm) -> str:
    present = service.factors(member.account_id)
    options = service.request_options(member) if present.passkeys else None
    return render_template("tenants/door/second_step.html", form=form, factors=present, passkey=options)


@sign_in.post("/sign-in/second-step")
def take_second_step() -> Response | tuple[str, int]:
    """The first step was right, so nobody but the account's owner can use up these tries."""
    found = session.at_door()
    if found is None:
        return redirect(url_for(".show"), 303)
    member, wanted = found
    form, answer = CodeForm(), PasskeyForm().answer.data
    if answer or form.validate_on_submit():
        try:
            limit("second-step", str(member.account_id), count=10, seconds=QUARTER)
            if answer:
                service.member_by_passkey(answer, of=member)
            else:
                service.check_code(member, form.code.data, now=clock.now())
        except DomainError as error:
            form.refuse(error)
        else:
            forgive("second-step", str(member.account_id))
            service.end_resets(member.account_id)
            if shown := session.shown_at_door():
                service.join_identity(member, shown)
            session.come_in(member, service.Way.TWO_STEPS)
            know_device(member.email)
            return redirect(wanted, 303)
    return _second_step_page(member, form), form.status


@sign_in.get("/second-factor-resets/<token>")
def factor_reset(token: str) -> str:
    reset = service.read_reset(token, now=clock.now())
    return render_template("tenants/door/factor_reset.html", reset=reset, token=token)


@sign_in.post("/second-factor-resets/<token>")
def stop_factor_reset(token: str) -> Response:
    service.end_resets(service.read_reset(token, now=clock.now()).account_id)
    flash(_("Your second step stays as it is."), "success")
    return redirect(url_for(".show"), 303)


@sign_in.get("/password-resets")
def forgotten() -> str:
    return render_template("tenants/door/forgotten.html", form=ResetRequestForm())


@sign_in.post("/password-resets")
def mail_reset() -> Response | tuple[str, int]:
    form = ResetRequestForm()
    if form.validate_on_submit():
        try:
            limit("password-reset", visitor(), count=20, seconds=HOUR)
            limit("password-reset-mail", form.email.data, count=5, seconds=HOUR)
            service.request_password_reset(form.email.data)
        except DomainError as error:
            form.refuse(error)
        else:
            return redirect(url_for(".reset_mailed"), 303)
    return render_template("tenants/door/forgotten.html", form=form), form.status


@sign_in.get("/password-resets/mail")
def reset_mailed() -> str:
    return render_template("tenants/door/reset_mailed.html")


@sign_in.get("/password-resets/<token>")
def new_password(token: str) -> str:
    member = service.read_password_reset(token)
    return render_template("tenants/door/new_password.html", form=NewPasswordForm(), member=member)


@sign_in.post("/password-resets/<token>")
def store_new_password(token: str) -> Response | tuple[str, int]:
    member = service.read_password_reset(token)
    form = NewPasswordForm()
    if form.validate_on_submit():
        try:
            service.reset_password(member, new=form.password.data)
        except DomainError as error:
            form.refuse(error)
        else:
            session.end()
            flash(_("Your password is changed. Sign in with the new one."), "success")
            return redirect(url_for(".show"), 303)
    return render_template("tenants/door/new_password.html", form=form, member=member), form.status


@sign_in.get("/addresses/<token>")
def new_address(token: str) -> str:
    change = service.read_address_change(token)
    return render_template("tenants/door/address.html", form=ConfirmationForm(), change=change)


@sign_in.post("/addresses/<token>")
def store_new_address(token: str) -> Response | tuple[str, int]:
    change, form = service.read_address_change(token), ConfirmationForm()
    if not form.validate_on_submit():
        return render_template("tenants/door/address.html", form=form, change=change), form.status
    service.change_address(change)
    session.end()
    flash(_("Your e-mail address is changed. Sign in with the new one."), "success")
    return redirect(url_for(".show"), 303)


@sign_in.get("/verifications/<token>")
def verification(token: str) -> str:
    claim = service.read_verification(token)
    return _verification_page(claim, _verification_form(claim))


@sign_in.post("/verifications/<token>")
def verify(token: str) -> Response | tuple[str, int]:
    claim = service.read_verification(token)
    form = _verification_form(claim)
    if form.validate_on_submit():
        try:
            return _verified(claim, form)
        except DomainError as error:
            form.refuse(error)
    return _verification_page(claim, form), form.status


def _verification_form(claim: service.Claim) -> ConfirmationForm | VerificationForm:
    return ConfirmationForm() if _is_here(claim.member) else VerificationForm()


def _is_here(member: MemberView) -> bool:
    return bool(current_user.is_authenticated and current_user.account_id == member.account_id)


def _verification_page(claim: service.Claim, form: ConfirmationForm | VerificationForm) -> str:
    return render_template("tenants/door/verification.html", claim=claim, form=form, here=_is_here(claim.member))


def _verified(claim: service.Claim, form: ConfirmationForm | VerificationForm) -> Response:
    if isinstance(form, VerificationForm):
        _count_try(claim.member.email)
        flash(_("Your address is confirmed. You can send mail now."), "success")
        return redirect(_come_in(service.verify(claim, password=form.password.data)), 303)
    if service.claim_address(claim.member).account_id != claim.member.account_id:
        session.end()
        flash(_("The workspace is added to your account. Sign in with the password of that account."), "success")
        return redirect(url_for(".show"), 303)
    flash(_("Your address is confirmed. You can send mail now."), "success")
    return redirect("/", 303)


@sign_in.get("/invitations/<token>")
def invitation(token: str) -> str:
    offer = service.read_invitation(token)
    return render_template("tenants/door/invitation.html", offer=offer, form=_invitation_form(offer))


@sign_in.post("/invitations/<token>")
def accept(token: str) -> Response | tuple[str, int]:
    offer = service.read_invitation(token)
    form = _invitation_form(offer)
    if form.validate_on_submit():
        try:
            _count_try(offer.invitation.email)
            member = _accepted(offer, form)
        except DomainError as error:
            form.refuse(error)
        else:
            target = _come_in(member)
            flash(_("Welcome. You are a member of this workspace now."), "success")
            return redirect(target, 303)
    return render_template("tenants/door/invitation.html", offer=offer, form=form), form.status


def _invitation_form(offer: service.Offer) -> JoinForm | NewMemberForm:
    return JoinForm() if offer.existing else NewMemberForm()


def _accepted(offer: service.Offer, form: JoinForm | NewMemberForm) -> MemberView:
    name = form.name.data if isinstance(form, NewMemberForm) else ""
    return service.accept(offer, name=name, password=form.password.data, locale=str(get_locale()))
