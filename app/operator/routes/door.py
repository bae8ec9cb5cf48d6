"""The door of the console: sign-in of those who run the service."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core.errors import DomainError
from app.core.limits import forgive, limit
from app.operator.session import signed_in
from app.tenants import service, session
from app.tenants.forms.sign_in import SignInForm
from app.tenants.routes.visitor import visitor

door = Blueprint("door", __name__, template_folder="../templates")

QUARTER = 900


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
            session.begin(signed_in(account))
            return redirect(url_for("workspaces.index"), 303)
    return render_template("operator/sign_in.html", form=form), form.status


@door.post("/sign-out")
def sign_out() -> Response:
    session.end()
    return redirect(url_for(".sign_in"), 303)
