"""Variants: trying other subjects or bodies first, and giving the rest of a running mail another text."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.compose import approvals, corrections, queries, trials
from app.compose.acts import Correcting
from app.compose.forms import NOTE_LIMIT, TrialForm
from app.compose.routes.approvals import asker
from app.compose.routes.blueprint import Answer, compose, draft_or_elsewhere, step_page
from app.compose.service import NotReady
from app.compose.starting import NotTyped
from app.core import clock
from app.core.access import Permission, current_member, require
from app.core.errors import DomainError
from app.sending import service as sending_service


@compose.get("/mailings/<int:mailing_id>/trial")
@require(Permission.VIEW)
def trial(mailing_id: int) -> Answer:
    mailing, elsewhere = draft_or_elsewhere(mailing_id)
    if elsewhere:
        return elsewhere
    form = _form(mailing_id)
    planned = trials.plan_of(mailing)
    if planned is not None:
        form.see(planned)
    return step_page("trial", "send", mailing, form=form)


def _form(mailing_id: int) -> TrialForm:
    form = TrialForm()
    form.offer([each for each in queries.drafts() if each.id != mailing_id])
    return form


@compose.post("/mailings/<int:mailing_id>/trial")
@require(Permission.WRITE)
def keep_trial(mailing_id: int) -> Answer:
    mailing, elsewhere = draft_or_elsewhere(mailing_id)
    if elsewhere:
        return elsewhere
    form = _form(mailing_id)
    if "drop" in request.form:
        trials.keep(mailing, None)
        return redirect(url_for(".send", mailing_id=mailing_id), 303)
    if not form.validate_on_submit():
        return step_page("trial", "send", mailing, form=form), 422
    try:
        trials.keep(mailing, form.plan)
    except DomainError as error:
        form.subject_1.errors = [_(error.message, **error.params)]
        return step_page("trial", "send", mailing, form=form), 422
    return redirect(url_for(".send", mailing_id=mailing_id), 303)


@compose.post("/mailings/<int:mailing_id>/winner/<int:number>")
@require(Permission.SEND)
def choose_winner(mailing_id: int, number: int) -> Response:
    sending_service.choose_content(queries.mailing(mailing_id).id, number)
    flash(_("Decided: the rest gets it now."), "success")
    return redirect(url_for(".show", mailing_id=mailing_id), 303)


@compose.post("/mailings/<int:mailing_id>/corrections")
@require(Permission.SEND)
def correct(mailing_id: int) -> Response:
    """Stop where it is, and open a copy to be changed for those who have not got it yet."""
    copy_id = corrections.begin(mailing_id, author_id=current_member().id)
    flash(_("The mail rests meanwhile. Change this copy, then send it to the rest."), "success")
    return redirect(url_for(".body", mailing_id=copy_id), 303)


@compose.post("/mailings/<int:mailing_id>/replacements")
@require(Permission.SEND)
def replace_the_rest(mailing_id: int) -> Response:
    """Give whoever has not got the mail that this draft corrects this draft's words instead, and go on."""
    draft, act = queries.mailing(mailing_id), Correcting(request.form.get("typed", ""))
    try:
        went = approvals.go(draft, act, asker(request.form.get("note", "").strip()[:NOTE_LIMIT]), now=clock.now())
    except (NotTyped, NotReady) as error:
        flash(_(error.message, **error.params), "error")
        return redirect(url_for(".send", mailing_id=mailing_id), 303)
    if went is None:
        return redirect(url_for(".send", mailing_id=mailing_id), 303)
    words = ngettext(
        "One person gets the new text.", "%(people)s people get the new text.", went.people, people=f"{went.people:,}"
    )
    flash(words, "success")
    return redirect(url_for(".show", mailing_id=went.mailing_id), 303)
