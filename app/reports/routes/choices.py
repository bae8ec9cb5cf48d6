"""Which reports come by mail: to the workspace's addresses, and to each member as they wish."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.access import Permission, allowed, current_member, require
from app.reports import later, wishes
from app.reports.forms import ChoicesForm, WishesForm
from app.reports.later import Choices
from app.reports.routes.door import reports
from app.reports.wishes import Wishes


@reports.get("/reports/by-mail")
def by_mail() -> str:
    return _page(ChoicesForm(obj=later.choices()), WishesForm(obj=wishes.wishes_of(current_member())))


def _page(choices: ChoicesForm, own: WishesForm) -> str:
    may_change = allowed(current_member().role, Permission.MANAGE_WORKSPACE)
    return render_template("reports/by_mail.html", form=choices, own=own, may_change=may_change)


@reports.post("/reports/by-mail")
@require(Permission.MANAGE_WORKSPACE)
def choose_by_mail() -> Response | tuple[str, int]:
    form = ChoicesForm()
    if not form.validate_on_submit():
        return _page(form, WishesForm(None, obj=wishes.wishes_of(current_member()))), 422
    later.choose(Choices(**{name: form[name].data for name in Choices.__dataclass_fields__}))
    flash(_("Saved."), "success")
    return redirect(url_for(".by_mail"), 303)


@reports.post("/reports/by-mail/wishes")
@require(Permission.VIEW)
def wish_by_mail() -> Response | tuple[str, int]:
    """Each member decides about their own mail, whatever their role."""
    form = WishesForm()
    if not form.validate_on_submit():
        return _page(ChoicesForm(None, obj=later.choices()), form), 422
    wishes.wish(current_member().id, Wishes(form.weekly.data, form.monthly.data, form.alerts.data))
    flash(_("Saved."), "success")
    return redirect(url_for(".by_mail"), 303)
