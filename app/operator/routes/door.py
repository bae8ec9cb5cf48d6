"""The door of the console: a password, then a second factor. Nobody comes in without both."""

from __future__ import annotations

import time

from flask import Blueprint, redirect, render_template, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core.clock import now
from app.core.errors import DomainError
from app.core.limits import forgive, limit
from app.core.second_factor import new_secret, provisioning_uri, qr_svg
from app.operator import factors
from app.operator.forms import CodeForm
from app.operator.session import signed_in
from app.tenants import queries, service
from app.tenants import session as sessions
from app.tenants.forms.sign_in import SignInForm
from app.tenants.queries import AccountView
from app.tenants.routes.visitor import visitor

door = Blueprint("door", __name__, template_folder="../templates")

QUARTER = 900
HALF_WAY_SECONDS = 600
HALF_WAY = "half_way"


@door.get("/sign-in")
def sign_in() -> Response | str:
    if current_user.is_authenticated:
        return redirect(url_for("workspaces.index"))
    return render_template("operator/sign_in.html", form=SignInForm())


@door.post("/sign-in")
def enter() -> Response | tuple[str, int]:
    form = SignInForm()
    if form.validate_on_submit():
        try:
            limit("operator-password-place", visitor(), count=30, seconds=QUARTER)
            limit("operator-password", form.email.data, count=10, seconds=QUARTER)
            account = service.authenticate_operator(form.email.data, form.password.data)
        except DomainError as error:
            form.refuse(error)
        else:
            forgive("operator-password", account.email)
            _half_way(account)
            return redirect(url_for(".second_factor"), 303)
    return render_template("operator/sign_in.html", form=form), form.status


def _half_way(account: AccountView) -> None:
    """Remember in the signed cookie that the password was right; who has no second factor yet gets a secret there."""
    session.clear()
    session[HALF_WAY] = {"account": account.id, "epoch": account.auth_epoch, "at": int(time.time())}
    if not factors.is_set_up(account.id):
        session[HALF_WAY]["secret"] = new_secret()


def _who() -> tuple[AccountView, str] | None:
    """Return whose password was right a moment ago, and the secret that they are to set up, if any."""
    known = session.get(HALF_WAY) or {}
    if time.time() - known.get("at", 0) > HALF_WAY_SECONDS:
        return None
    account = queries.operator(known["account"])
    if account is None or account.auth_epoch != known["epoch"]:
        return None
    return account, known.get("secret", "")


@door.get("/second-factor")
def second_factor() -> Response | str:
    who = _who()
    return _code_page(CodeForm(), *who) if who else redirect(url_for(".sign_in"))


def _code_page(form: CodeForm, account: AccountView, secret: str) -> str:
    if not secret:
        return render_template("operator/code.html", form=form)
    uri = provisioning_uri(secret, account=account.email, issuer="messagepark operator")
    return render_template("operator/set_up.html", form=form, secret=secret, qr=qr_svg(uri), uri=uri)


@door.post("/second-factor")
def check_second_factor() -> Response | str | tuple[str, int]:
    who = _who()
    if who is None:
        return redirect(url_for(".sign_in"), 303)
    form = CodeForm()
    if form.validate_on_submit():
        try:
            return _passed(form.code.data, *who)
        except DomainError as error:
            form.refuse(error)
    return _code_page(form, *who), form.status


def _passed(code: str, account: AccountView, secret: str) -> Response | str:
    """Sign in whoever has the code; who has just set it up sees the recovery codes first."""
    limit("operator-code", str(account.id), count=10, seconds=QUARTER)
    codes = factors.set_up(account.id, secret, code, now=now()) if secret else []
    if not secret:
        factors.check(account.id, code, now=now())
    forgive("operator-code", str(account.id))
    sessions.begin(signed_in(account))
    if codes:
        return render_template("operator/recovery.html", codes=codes)
    return redirect(url_for("workspaces.index"), 303)


@door.post("/sign-out")
def sign_out() -> Response:
    sessions.end()
    return redirect(url_for(".sign_in"), 303)
