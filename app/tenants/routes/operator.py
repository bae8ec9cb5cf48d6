"""The operator's pages on the site's host: work that failed, and trying it again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core.errors import DomainError
from app.core.limits import forgive, limit
from app.tenants import failed_jobs, service, session
from app.tenants.forms.sign_in import SignInForm
from app.tenants.routes.visitor import visitor

operator_door = Blueprint("operator_door", __name__, template_folder="../templates")
operator = Blueprint("operator", __name__, template_folder="../templates")

QUARTER = 900


@operator_door.get("/sign-in")
def sign_in() -> Response | str:
    if current_user.is_authenticated:
        return redirect(url_for("operator.index"))
    return render_template("tenants/operator/sign_in.html", form=SignInForm())


@operator_door.post("/sign-in")
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
            session.begin(session.signed_in_operator(account))
            return redirect(url_for("operator.index"), 303)
    return render_template("tenants/operator/sign_in.html", form=form), form.status


@operator.get("/")
def index() -> str:
    return render_template(
        "tenants/operator/index.html", jobs=failed_jobs.failed_jobs(), count=failed_jobs.count_failed_jobs()
    )


@operator.post("/failed-jobs/<job_id>/retries")
def retry(job_id: str) -> Response:
    failed_jobs.retry(job_id)
    flash(_("The job is queued again."), "success")
    return redirect(url_for(".index"), 303)


@operator.post("/failed-jobs/retries")
def retry_all() -> Response:
    count = failed_jobs.retry_all()
    flash(ngettext("%(num)d job is queued again.", "%(num)d jobs are queued again.", count), "success")
    return redirect(url_for(".index"), 303)


@operator.post("/sign-out")
def sign_out() -> Response:
    session.end()
    return redirect(url_for("operator_door.sign_in"), 303)
