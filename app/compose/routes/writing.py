"""The shelf of drafts, and the first step: what the mail is and who it is from."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.compose import campaigns, queries, service
from app.compose.content import starting_from
from app.compose.forms import EnvelopeForm, TimeForm
from app.compose.routes.blueprint import Answer, Draft, compose, draft_or_elsewhere, language, step_page, viewer
from app.core.access import Permission, current_member, require
from app.core.errors import Conflict, DomainError
from app.lists import queries as lists
from app.lists.recipients import Audience
from app.tenants.queries import current_workspace


@compose.get("/mailings")
@require(Permission.VIEW)
def index() -> str:
    text = request.args.get("q", "").strip()
    rows = queries.drafts(text=text, before=queries.read_cursor(request.args.get("before", "")), count=queries.PAGE + 1)
    page, more = rows[: queries.PAGE], len(rows) > queries.PAGE
    return render_template(
        "compose/index.html",
        drafts=page,
        text=text,
        titles=lambda draft: lists.audience_names(queries.audience_of(draft)).chosen,
        more=url_for(".index", q=text or None, before=queries.cursor_of(page[-1])) if more else None,
    )


@compose.get("/mailings/new")
@require(Permission.WRITE)
def new() -> str:
    workspace = current_workspace()
    start = _start_from(request.args)
    form = _envelope_form(sender_name=workspace.sender_name or workspace.name, sender_address=workspace.sender_address)
    form.start.data = start
    form.campaign.data = request.args.get("campaign", type=int)
    form.subject.data = starting_from(start, language(), viewer()).subject
    return _mail_page(form, None)


def _start_from(given: Any) -> str:
    for kind in ("template", "starter", "mailing"):
        if given.get(kind):
            return f"{kind}:{given[kind]}"
    return ""


@compose.post("/mailings")
@require(Permission.WRITE)
def create() -> Answer:
    form = _envelope_form()
    if not form.validate_on_submit():
        return _mail_page(form, None), 422
    content = starting_from(form.start.data or "", language(), viewer())
    made = service.create_mailing(form.envelope, Audience(), content=content, author_id=current_member().id)
    campaigns.put(made, form.campaign.data)
    return redirect(url_for(".body", mailing_id=made.id), 303)


@compose.get("/mailings/<int:mailing_id>/mail")
@require(Permission.VIEW)
def mail(mailing_id: int) -> Answer:
    mailing, elsewhere = draft_or_elsewhere(mailing_id)
    return elsewhere or _mail_page(_envelope_form(obj=mailing), mailing)


@compose.post("/mailings/<int:mailing_id>/mail")
@require(Permission.WRITE)
def save_mail(mailing_id: int) -> Answer:
    mailing = queries.mailing(mailing_id)
    form = _envelope_form()
    if not form.validate_on_submit():
        return _mail_page(form, mailing), 422
    try:
        author = current_member().id
        service.change_envelope(mailing_id, form.envelope, version=form.version.data or 0, author_id=author)
    except Conflict:
        form.see(mailing.version)
        return _mail_page(form, mailing, theirs=mailing), 409
    return redirect(url_for(".body", mailing_id=mailing_id), 303)


def _envelope_form(**given: Any) -> EnvelopeForm:
    form = EnvelopeForm(**given)
    form.offer_days()
    return form


def _mail_page(form: EnvelopeForm, mailing: Draft | None, *, theirs: Draft | None = None) -> str:
    return step_page("mail", "mail", mailing, form=form, theirs=theirs)


@compose.post("/mailings/<int:mailing_id>/copies")
@require(Permission.WRITE)
def duplicate(mailing_id: int) -> Response:
    copy = service.duplicate_mailing(queries.mailing(mailing_id), author_id=current_member().id)
    flash(_("This is the copy. The original is as it was."), "success")
    return redirect(url_for(".mail", mailing_id=copy.id), 303)


@compose.post("/mailings/<int:mailing_id>/deletions")
@require(Permission.WRITE)
def delete(mailing_id: int) -> Response:
    mailing = queries.mailing(mailing_id)
    try:
        service.delete_mailing(mailing)
    except DomainError as error:
        flash(_(error.message, **error.params), "error")
        return redirect(url_for(".show", mailing_id=mailing_id), 303)
    flash(_("The draft is deleted."), "success")
    return redirect(url_for(".index"), 303)


@compose.post("/mailings/<int:mailing_id>/wishes")
@require(Permission.WRITE)
def wish(mailing_id: int) -> Response:
    """Note when a draft is meant to go, for the calendar; without a time, forget it."""
    mailing, form = queries.mailing(mailing_id), TimeForm()
    wanted = bool(request.form.get("at"))
    answer = redirect(url_for(".send", mailing_id=mailing_id, when="later"), 303)
    if wanted and not form.validate_on_submit():
        flash(_("Choose a day and a time."), "error")
        return answer
    try:
        service.note_wish(mailing, form.at.data if wanted else None)
    except DomainError as error:
        flash(_(error.message, **error.params), "error")
        return answer
    flash(_("It stands in the calendar. Nothing goes by itself.") if wanted else _("The day is forgotten."), "success")
    return answer
