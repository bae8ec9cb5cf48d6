"""The shelf of drafts, and the first step: what the mail is, who it is from and for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.compose import queries, service
from app.compose.content import starting_from
from app.compose.forms import EnvelopeForm
from app.compose.routes.blueprint import Answer, Draft, compose, draft_or_elsewhere, language, step_page
from app.compose.service import Envelope
from app.core.access import Permission, current_member, require
from app.core.errors import Conflict, DomainError
from app.lists import queries as lists
from app.lists.recipients import Audience
from app.lists.segments import saved
from app.lists.segments.limits import within_limits
from app.tenants.queries import current_workspace

SAMPLE = 20


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
    form.subject.data = starting_from(start, language()).subject
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
    content = starting_from(form.start.data or "", language())
    made = service.create_mailing(_envelope(form), content=content, author_id=current_member().id)
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
        service.change_envelope(mailing_id, _envelope(form), version=form.version.data or 0, author_id=author)
    except Conflict:
        form.see(mailing.version)
        return _mail_page(form, mailing, theirs=mailing), 409
    return redirect(url_for(".body", mailing_id=mailing_id), 303)


def _envelope_form(**given: Any) -> EnvelopeForm:
    form = EnvelopeForm(**given)
    form.offer(lists.lists(), saved.segments())
    return form


def _envelope(form: EnvelopeForm) -> Envelope:
    return Envelope(
        subject=(form.subject.data or "").strip(),
        kind=form.kind.data,
        sender_name=(form.sender_name.data or "").strip(),
        sender_address=form.sender_address.data or "",
        reply_to=form.reply_to.data or "",
        list_ids=form.list_ids.data or [],
        segment_ids=form.segment_ids.data or [],
        excluded_list_ids=form.excluded_list_ids.data or [],
        excluded_segment_ids=form.excluded_segment_ids.data or [],
    )


def _mail_page(form: EnvelopeForm, mailing: Draft | None, *, theirs: Draft | None = None) -> str:
    offered = lists.lists()
    return step_page(
        "mail",
        "mail",
        mailing,
        form=form,
        theirs=theirs,
        lists=offered,
        segments=saved.segments(),
        their_names=lists.audience_names(queries.audience_of(theirs)) if theirs else None,
        **_people(_who(lambda name: form[name].data or [])),
    )


@compose.get("/mailings/audience")
@require(Permission.VIEW)
def audience() -> str:
    """How many people it goes to, each once, and some of them: a fragment that follows the boxes as they are ticked."""
    who = _who(lambda name: [int(each) for each in request.args.getlist(name) if each.isdecimal() and len(each) < 19])
    return render_template("compose/_audience.html", **_people(who))


def _who(ids: Callable[[str], Sequence[int]]) -> Audience:
    return Audience(
        lists=tuple(ids("list_ids")),
        segments=tuple(ids("segment_ids")),
        excluded_lists=tuple(ids("excluded_list_ids")),
        excluded_segments=tuple(ids("excluded_segment_ids")),
    )


def _people(who: Audience) -> dict[str, Any]:
    """What the fragment shows: nothing is chosen, or how many and who, or why that cannot be told."""
    if not who:
        return {"audience": None}
    try:
        with within_limits():
            return {"audience": lists.audience_count(who), "sample": lists.sample_contacts(who, SAMPLE)}
    except DomainError as error:
        return {"audience": None, "trouble": _(error.message, **error.params)}


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
