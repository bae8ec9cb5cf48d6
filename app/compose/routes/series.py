"""Mailings that come again: when, and what has become of it."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.compose import approvals, queries, series, starting
from app.compose.acts import Repeating
from app.compose.routes.approvals import approval_of, asker
from app.compose.routes.blueprint import Answer, Draft, compose, draft_or_elsewhere, step_page
from app.compose.series_form import SeriesForm
from app.compose.starting import NotTyped
from app.compose.times import local_time
from app.core import clock
from app.core.access import Permission, current_member, require
from app.core.errors import DomainError
from app.lists import queries as lists
from app.lists.fields import fields
from app.lists.states import FieldKind
from app.tenants.queries import current_workspace

DATES = (FieldKind.DATE, FieldKind.BIRTHDAY)


@compose.get("/mailings/series")
@require(Permission.VIEW)
def all_series() -> str:
    return render_template("compose/series_index.html", rows=series.all_series())


@compose.get("/mailings/<int:mailing_id>/series")
@require(Permission.VIEW)
def repeat(mailing_id: int) -> Answer:
    mailing, elsewhere = draft_or_elsewhere(mailing_id)
    if elsewhere:
        return elsewhere
    form, kept = _form(), series.of_mailing(mailing_id)
    if kept is not None:
        form.see(kept)
    else:
        form.starts_on.data = local_time(clock.now(), current_workspace().timezone).date()
    return _page(mailing, form)


def _form() -> SeriesForm:
    form = SeriesForm()
    locale = get_locale()
    names = locale.days["format"]["wide"] if locale else {}
    form.offer([names.get(n, str(n)) for n in range(7)], [each for each in fields() if each.kind in DATES])
    return form


def _page(mailing: Draft, form: SeriesForm) -> str:
    kept = series.of_mailing(mailing.id)
    coming = series.next_moments(series.rhythm_of(kept), clock.now()) if kept is not None and kept.active else []
    people = _people(mailing)
    typing = starting.must_be_typed(mailing, people)
    return step_page(
        "series", "send", mailing, form=form, kept=kept, coming=coming, people=people, must_be_typed=typing,
        must_ask=approvals.must_ask(current_member().role), asked=approval_of(mailing),
    )  # fmt: skip


def _people(mailing: Draft) -> int:
    return lists.audience_count(queries.audience_of(mailing)).total


@compose.post("/mailings/<int:mailing_id>/series")
@require(Permission.SEND)
def keep_series(mailing_id: int) -> Answer:
    mailing, elsewhere = draft_or_elsewhere(mailing_id)
    if elsewhere:
        return elsewhere
    form = _form()
    if not form.validate_on_submit():
        return _page(mailing, form), 422
    report_to = current_member().email if form.report.data else ""
    act = Repeating(form.rhythm, form.on_date, report_to, form.typed.data or "")
    try:
        went = approvals.go(mailing, act, asker((form.note.data or "").strip()), now=clock.now())
    except NotTyped as error:
        form.typed.errors = [_(error.message, **error.params)]
        return _page(mailing, form), 422
    except DomainError as error:
        form.often.errors = [_(error.message, **error.params)]
        return _page(mailing, form), 422
    if went is None:
        flash(_("Approval is asked for. It comes by itself once somebody has approved it."), "success")
    else:
        flash(_("It comes by itself from now on. What you change in the mail counts from the next time."), "success")
    return redirect(url_for(".repeat", mailing_id=mailing_id), 303)


@compose.post("/mailings/<int:mailing_id>/series/rests")
@require(Permission.SEND)
def rest_series(mailing_id: int) -> Response:
    series.rest(queries.mailing(mailing_id).id)
    flash(_("It rests. It comes no more until you let it go on."), "success")
    return redirect(url_for(".all_series"), 303)
