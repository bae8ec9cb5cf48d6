"""Which reports come by mail."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.access import Permission, allowed, current_member, require
from app.reports import later
from app.reports.forms import ChoicesForm
from app.reports.later import Choices
from app.reports.routes.door import reports


@reports.get("/reports/by-mail")
def by_mail() -> str:
    form = ChoicesForm(obj=later.choices())
    may_change = allowed(current_member().role, Permission.MANAGE_WORKSPACE)
    return render_template("reports/by_mail.html", form=form, may_change=may_change)


@reports.post("/reports/by-mail")
@require(Permission.MANAGE_WORKSPACE)
def choose_by_mail() -> Response | tuple[str, int]:
    form = ChoicesForm()
    if not form.validate_on_submit():
        return render_template("reports/by_mail.html", form=form, may_change=True), 422
    later.choose(Choices(bool(form.after_day.data), bool(form.after_week.data)))
    flash(_("Saved."), "success")
    return redirect(url_for(".by_mail"), 303)
