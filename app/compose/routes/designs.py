"""Pages of designs: a mail as a template, templates of blocks, import and export."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Plain

from app.compose import designs, presence, queries
from app.compose.designs import Format
from app.compose.forms.designs import DesignForm, ImportForm
from app.compose.routes.blueprint import Answer, Draft, compose, plain, viewer
from app.compose.routes.body import Json, told
from app.core import clock
from app.core.access import Permission, current_member, require
from app.core.errors import Conflict, DomainError, Invalid, NotFound
from app.core.unit import roll_back
from app.lists.recipients import Audience
from app.templates_mgmt import queries as templates
from app.templates_mgmt import sharing

TYPES = {Format.HTML: "text/html", Format.MJML: "text/plain", Format.JSON: "application/json"}


@compose.get("/mailings/<int:mailing_id>/template")
@require(Permission.WRITE)
def new_template(mailing_id: int) -> str:
    mailing = queries.mailing(mailing_id)
    form = DesignForm()
    form.title.data = plain(mailing.subject)[:120]
    return _template_page(form, mailing)


def _template_page(form: DesignForm, mailing: Draft) -> str:
    return render_template("compose/new_template.html", form=form, mailing=mailing, folders=templates.folders(viewer()))


@compose.post("/mailings/<int:mailing_id>/templates")
@require(Permission.WRITE)
def save_as_template(mailing_id: int) -> Answer:
    mailing, form = queries.mailing(mailing_id), DesignForm()
    if not form.validate_on_submit():
        return _template_page(form, mailing), 422
    made = designs.keep_as_template(mailing, title=form.title.data, folder=form.folder.data or "")
    flash(_("The template is saved."), "success")
    return redirect(url_for("templates_mgmt.show", template_id=made), 303)


@compose.post("/templates/blocks")
@require(Permission.WRITE)
def begin_template() -> Plain:
    made = designs.begin_template(title=_("New template"))
    return redirect(url_for(".template_blocks", template_id=made), 303)


@compose.get("/templates/<int:template_id>/blocks")
@require(Permission.VIEW)
def template_blocks(template_id: int) -> Answer:
    template = templates.template(template_id, viewer())
    if template.document is None:
        return redirect(url_for("templates_mgmt.show", template_id=template_id))
    g.strict_styles = True
    addresses = {
        "save": url_for(".save_template_blocks", template_id=template_id),
        "presence": url_for(".be_present_at_template", template_id=template_id),
    }
    writer = told(template, Audience(), addresses, may_lock=True, readonly=not sharing.may_change(template, viewer()))
    return render_template("compose/template_writer.html", template=template, writer=writer)


@compose.post("/templates/<int:template_id>/document")
@require(Permission.WRITE)
def save_template_blocks(template_id: int) -> Json:
    """Take the editor's text. Whatever is wrong is answered as JSON; the text stays in the browser."""
    sent = request.get_json(silent=True) or {}
    document, version = sent.get("document"), sent.get("version")
    member = current_member()
    sharing.see_that_changeable(templates.template(template_id, viewer()), viewer())
    try:
        if not isinstance(document, dict) or not isinstance(version, int):
            raise Invalid
        saved = designs.change_template(template_id, document, version=version, author_id=member.id, now=clock.now())
    except DomainError as error:
        roll_back()
        return _refusal(template_id, error), error.status
    presence.remember_saver(f"template:{template_id}", member.name)
    return {"version": saved}, 200


@compose.post("/templates/<int:template_id>/locks")
@require(Permission.WRITE)
def lock_template(template_id: int) -> Plain:
    """Only what is ticked may be changed in mails from this template."""
    template = templates.template(template_id, viewer())
    sharing.see_that_changeable(template, viewer())
    free = [int(each) for each in request.form.getlist("free") if each.isdecimal()]
    version, author = request.form.get("version", 0, int), current_member().id
    designs.lock_all_but(template_id, free, version=version, author_id=author, now=clock.now())
    flash(_("Saved."), "success")
    return redirect(url_for("templates_mgmt.show", template_id=template_id, _anchor="locks"), 303)


def _refusal(template_id: int, error: DomainError) -> dict[str, Any]:
    answer: dict[str, Any] = {"error": _(error.message, **error.params)}
    if type(error) is Conflict:
        theirs = templates.template(template_id, viewer())
        by = presence.saver_of(f"template:{template_id}")
        answer |= {"document": theirs.document, "version": theirs.version, "by": by}
    return answer


@compose.post("/templates/<int:template_id>/presence")
@require(Permission.VIEW)
def be_present_at_template(template_id: int) -> Json:
    template, member = templates.template(template_id, viewer()), current_member()
    others = presence.others_at(f"template:{template_id}", member_id=member.id, name=member.name, now=clock.now())
    return {"others": others, "version": template.version}, 200


@compose.get("/templates/import")
@require(Permission.WRITE)
def import_template() -> str:
    return _import_page(ImportForm())


def _import_page(form: ImportForm) -> str:
    return render_template("compose/import_template.html", form=form, folders=templates.folders(viewer()))


@compose.post("/templates/import")
@require(Permission.WRITE)
def take_in_template() -> Answer:
    form = ImportForm()
    if not form.validate_on_submit():
        return _import_page(form), 422
    try:
        made = designs.take_in(form.text, title=form.title.data, folder=form.folder.data or "")
    except DomainError as error:
        roll_back()
        form.source.errors = [_(error.message, **error.params)]
        return _import_page(form), 422
    flash(_("The template is saved."), "success")
    return redirect(url_for("templates_mgmt.show", template_id=made), 303)


@compose.get("/templates/<int:template_id>/export/<format>")
@require(Permission.VIEW)
def export_template(template_id: int, format: str) -> Response:
    template = templates.template(template_id, viewer())
    return _file(template, template.title, format)


@compose.get("/mailings/<int:mailing_id>/export/<format>")
@require(Permission.VIEW)
def export_mail(mailing_id: int, format: str) -> Response:
    mailing = queries.mailing(mailing_id)
    return _file(mailing, plain(mailing.subject), format)


def _file(design: Draft, name: str, wanted: str) -> Response:
    if wanted not in list(Format):
        raise NotFound
    answer = Response(designs.given_out(design, Format(wanted)), content_type=f"{TYPES[Format(wanted)]}; charset=utf-8")
    file_name = quote(f"{name[:80] or 'mail'}.{wanted}", safe="")
    answer.headers["Content-Disposition"] = f"attachment; filename=\"mail.{wanted}\"; filename*=UTF-8''{file_name}"
    return answer
