"""The second step: what the mail says. Blocks in the editor, HTML in a field, or the choice of what to begin with."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.compose import cleaning, presence, queries, saved_blocks, service
from app.compose.content import starting_from
from app.compose.forms import BodyForm, StartForm
from app.compose.routes.blueprint import Answer, Draft, compose, draft_or_elsewhere, language, may, step_page, viewer
from app.core import clock
from app.core.access import Permission, current_member, require
from app.core.errors import Conflict, DomainError, Invalid
from app.core.unit import roll_back
from app.document.compare import compare
from app.document.sanitise import Removal, difference
from app.lists.recipients import Audience
from app.templates_mgmt import queries as templates
from app.templates_mgmt.starters import starters

Json = tuple[dict[str, Any], int]
EARLIER = 6
SHOWN = 12


@compose.get("/mailings/<int:mailing_id>/body")
@require(Permission.VIEW)
def body(mailing_id: int) -> Answer:
    mailing, elsewhere = draft_or_elsewhere(mailing_id)
    if elsewhere:
        return elsewhere
    if mailing.document is not None:
        return _writer(mailing)
    if mailing.html.strip() or request.args.get("as") == "html":
        return _html_page(BodyForm(obj=mailing), mailing)
    return _start_page(StartForm(), mailing)


def _writer(mailing: Draft) -> str:
    """The editor, under a stricter policy than other pages: styles written into HTML are not shown."""
    g.strict_styles = True
    return step_page("writer", "body", mailing, writer=_told(mailing))


def _told(mailing: Draft) -> dict[str, Any]:
    number = {"mailing_id": mailing.id}
    addresses = {"save": url_for(".save_document", **number), "presence": url_for(".be_present", **number)}
    addresses |= {"attach": url_for(".attach", **number)}
    return told(mailing, queries.audience_of(mailing), addresses, may_lock=False)


def told(
    sheet: Draft, who: Audience, addresses: dict[str, str], *, may_lock: bool, readonly: bool = False
) -> dict[str, Any]:
    """What the editor is told about a mail or a template."""
    return {
        "document": sheet.document,
        "version": sheet.version,
        "readonly": readonly or not may("write"),
        "may_lock": may_lock and not readonly,
        "fields": _fields(who),
        "saved": [{"id": each.id, "title": each.title, "block": each.block} for each in saved_blocks.saved_blocks()],
        "urls": addresses | {"upload": url_for("media.upload"), "blocks": url_for(".keep_block")},
    }


def _fields(who: Audience) -> list[dict[str, str]]:
    labels = {"name": _("Name"), "email": _("E-mail address")}
    return [
        {"name": field.name, "label": labels.get(field.name, field.title), "sample": field.sample}
        for field in queries.tag_fields(who)
    ]


@compose.post("/mailings/<int:mailing_id>/document")
@require(Permission.WRITE)
def save_document(mailing_id: int) -> Json:
    """Take the editor's text. Whatever is wrong is answered as JSON; the text stays in the browser."""
    sent = request.get_json(silent=True) or {}
    document, version = sent.get("document"), sent.get("version")
    try:
        if not isinstance(document, dict) or not isinstance(version, int):
            raise Invalid
        saved = service.change_document(mailing_id, document, version=version, author_id=current_member().id)
    except DomainError as error:
        roll_back()
        return _refusal(mailing_id, error), error.status
    presence.remember_saver(f"mailing:{mailing_id}", current_member().name)
    return {"version": saved}, 200


def _refusal(mailing_id: int, error: DomainError) -> dict[str, Any]:
    answer: dict[str, Any] = {"error": _(error.message, **error.params)}
    if type(error) is Conflict:
        theirs = queries.mailing(mailing_id)
        answer |= {
            "document": theirs.document,
            "version": theirs.version,
            "by": presence.saver_of(f"mailing:{mailing_id}"),
        }
    return answer


@compose.post("/mailings/<int:mailing_id>/presence")
@require(Permission.VIEW)
def be_present(mailing_id: int) -> Json:
    mailing, member = queries.mailing(mailing_id), current_member()
    others = presence.others_at(f"mailing:{mailing_id}", member_id=member.id, name=member.name, now=clock.now())
    return {"others": others, "version": mailing.version}, 200


def _start_page(form: StartForm, mailing: Draft) -> str:
    return step_page(
        "start",
        "body",
        mailing,
        form=form,
        starters=starters(language()),
        templates=templates.templates(viewer(), count=12),
        earlier=queries.written_before(mailing.id, count=EARLIER),
    )


@compose.post("/mailings/<int:mailing_id>/starts")
@require(Permission.WRITE)
def begin(mailing_id: int) -> Answer:
    mailing = queries.mailing(mailing_id)
    form = StartForm()
    if not form.validate_on_submit():
        return _start_page(form, mailing), 422
    if form.start.data == "html":
        return redirect(url_for(".body", mailing_id=mailing_id) + "?as=html", 303)
    service.begin_with(mailing, starting_from(form.start.data, language(), viewer()), author_id=current_member().id)
    return redirect(url_for(".body", mailing_id=mailing_id), 303)


@compose.post("/mailings/<int:mailing_id>/body")
@require(Permission.WRITE)
def save_body(mailing_id: int) -> Answer:
    mailing = queries.mailing(mailing_id)
    form = BodyForm()
    if not form.validate_on_submit():
        return _html_page(form, mailing), 422
    html = form.html.data or ""
    try:
        stored = service.change_body(mailing_id, html, version=form.version.data or 0, author_id=current_member().id)
    except Conflict:
        form.see(mailing.version)
        return _html_page(form, mailing, theirs=mailing), 409
    return _after_saving(mailing_id, html, difference(html, stored))


def _after_saving(mailing_id: int, source: str, gone: list[Removal]) -> Response:
    if gone:
        names = ", ".join(_in_words(each) for each in gone[:SHOWN])
        names += " …" if len(gone) > SHOWN else ""
        flash(_("Saved. Mail programs do not show these, so they were taken out: %(names)s.", names=names), "warning")
    stays = request.form.get("stay")
    if stays and not gone:
        flash(_("Saved."), "success")
    if gone and cleaning.remember(mailing_id, source, member_id=current_member().id):
        return redirect(url_for(".cleaned", mailing_id=mailing_id), 303)
    return redirect(url_for(".body" if stays else ".preview", mailing_id=mailing_id), 303)


@compose.get("/mailings/<int:mailing_id>/cleaned")
@require(Permission.VIEW)
def cleaned(mailing_id: int) -> Answer:
    """What was pasted beside what is kept of it."""
    mailing = queries.mailing(mailing_id)
    source = cleaning.pasted(mailing_id, member_id=current_member().id)
    if not source:
        return redirect(url_for(".body", mailing_id=mailing_id), 303)
    return render_template("compose/cleaned.html", mailing=mailing, pieces=compare(source, mailing.html))


def _in_words(gone: Removal) -> str:
    name = f"<{gone.name}>" if gone.kind == "element" else gone.name
    return name if gone.count == 1 else f"{name} ×{gone.count}"


def _html_page(form: BodyForm, mailing: Draft, *, theirs: Draft | None = None) -> str:
    tags = queries.known_tags(queries.audience_of(mailing))
    return step_page("body", "body", mailing, form=form, theirs=theirs, tags=tags)


@compose.post("/mailings/<int:mailing_id>/html")
@require(Permission.WRITE)
def leave_blocks(mailing_id: int) -> Response:
    service.leave_blocks(queries.mailing(mailing_id), author_id=current_member().id)
    flash(_("The mail is HTML now."), "success")
    return redirect(url_for(".body", mailing_id=mailing_id), 303)
