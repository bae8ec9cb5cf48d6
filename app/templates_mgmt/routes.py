"""Pages of templates: the shelf, the editor, previews."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core import clock
from app.core.access import Permission, allowed, current_member, require
from app.core.errors import Conflict
from app.document import locks
from app.document.compile import MailSource, preview
from app.document.frame import framed
from app.document.sanitise import removed
from app.templates_mgmt import history, queries, service, sharing
from app.templates_mgmt.forms import SharingForm, TemplateForm
from app.templates_mgmt.service import TemplateText
from app.templates_mgmt.sharing import Circle, Viewer
from app.templates_mgmt.starters import addressed, starter, starters
from app.tenants.queries import current_workspace, members

templates_mgmt = Blueprint("templates_mgmt", __name__, template_folder="templates")

Answer = Response | str | tuple[str, int]


@templates_mgmt.context_processor
def _permissions() -> dict[str, object]:
    """What is not allowed is not offered."""
    may_write = allowed(current_member().role, Permission.WRITE)
    return {"may_write": may_write, "may_change": lambda template: sharing.may_change(template, _viewer())}


def _viewer() -> Viewer:
    return Viewer(current_member().id, current_member().role)


def _template(template_id: int, *, to_change: bool = False) -> Any:
    """Return a template that the member sees; one `to_change` only if they may."""
    found = queries.template(template_id, _viewer())
    if to_change:
        sharing.see_that_changeable(found, _viewer())
    return found


def _language() -> str:
    locale = get_locale()
    return locale.language if locale else "en"


@templates_mgmt.get("/")
@require(Permission.VIEW)
def index() -> str:
    text, folder = request.args.get("q", "").strip(), request.args.get("folder")
    return render_template(
        "templates_mgmt/index.html",
        templates=queries.templates(_viewer(), text=text, folder=folder),
        text=text,
        folder=folder,
        folders=queries.folders(_viewer()),
        starters=starters(_language()),
    )


@templates_mgmt.get("/new")
@require(Permission.WRITE)
def new() -> str:
    return _editor(TemplateForm())


@templates_mgmt.post("/starters/<code>/copies")
@require(Permission.WRITE)
def adopt(code: str) -> Response:
    """Make one of ours the workspace's own."""
    chosen = starter(code, _language())
    document = addressed(chosen.document, current_workspace().imprint)
    made = service.template_of(document, title=_(chosen.title), subject=chosen.subject, html=chosen.html)
    flash(_("The template is saved."), "success")
    return redirect(url_for(".show", template_id=made.id), 303)


@templates_mgmt.post("/")
@require(Permission.WRITE)
def create() -> Answer:
    form = TemplateForm()
    if not form.validate_on_submit():
        return _editor(form), 422
    made = service.create_template(_written(form))
    _tell_saved(form.html.data, made.html)
    return redirect(url_for(".show", template_id=made.id), 303)


@templates_mgmt.get("/<int:template_id>")
@require(Permission.VIEW)
def show(template_id: int) -> str:
    template = _template(template_id)
    form = TemplateForm(obj=template)
    form.seen.data = template.updated_at.isoformat()
    return _editor(form, template=template)


@templates_mgmt.post("/<int:template_id>")
@require(Permission.WRITE)
def save(template_id: int) -> Answer:
    template = _template(template_id, to_change=True)
    form = TemplateForm()
    if not form.validate_on_submit():
        return _editor(form, template=template), 422
    try:
        author = current_member().id
        changed = service.update_template(
            template_id, _written(form), seen=form.seen_at(), author_id=author, now=clock.now()
        )
    except Conflict:
        form.seen.raw_data = None
        form.seen.data = template.updated_at.isoformat()
        return _editor(form, template=template, theirs=template), 409
    _tell_saved(form.html.data, changed.html)
    return redirect(url_for(".show", template_id=template_id), 303)


def _editor(form: TemplateForm, *, template: Any = None, theirs: object = None) -> str:
    return render_template(
        "templates_mgmt/editor.html",
        form=form,
        template=template,
        template_id=template.id if template else None,
        theirs=theirs,
        of_blocks=template is not None and theirs is None and template.document is not None,
        folders=queries.folders(_viewer()),
        may_change=template is None or sharing.may_change(template, _viewer()),
        shared=SharingForm(None, obj=template) if template else None,
        parts=locks.parts(template.document) if template and template.document else [],
    )


def _written(form: TemplateForm) -> TemplateText:
    return TemplateText(
        title=form.title.data, subject=form.subject.data or "", html=form.html.data, folder=form.folder.data or ""
    )


def _tell_saved(before: str, after: str) -> None:
    gone = removed(before, after)
    if gone:
        names = ", ".join(gone)
        flash(_("Saved. Mail programs do not show these, so they were taken out: %(names)s.", names=names), "warning")
    else:
        flash(_("The template is saved."), "success")


@templates_mgmt.post("/<int:template_id>/sharing")
@require(Permission.WRITE)
def share(template_id: int) -> Answer:
    template, form = _template(template_id, to_change=True), SharingForm()
    if not form.validate_on_submit():
        return _editor(TemplateForm(None, obj=template), template=template), 422
    sharing.share(template, _viewer(), seen_by=Circle(form.seen_by.data), changed_by=Circle(form.changed_by.data))
    flash(_("Saved."), "success")
    return redirect(url_for(".show", template_id=template_id), 303)


@templates_mgmt.get("/<int:template_id>/versions")
@require(Permission.VIEW)
def versions(template_id: int) -> str:
    names = {member.id: member.display_name for member in members()}
    return render_template(
        "templates_mgmt/versions.html",
        template=_template(template_id),
        may_change=sharing.may_change(_template(template_id), _viewer()),
        versions=history.versions(template_id),
        names=names,
    )


@templates_mgmt.get("/<int:template_id>/versions/<int:template_version_id>/preview")
@require(Permission.VIEW)
def show_version(template_id: int, template_version_id: int) -> tuple[str, dict[str, str]]:
    earlier = history.version(_template(template_id).id, template_version_id)
    return framed(preview(MailSource(earlier.subject, earlier.html, locale=_language()), {}).html)


@templates_mgmt.post("/<int:template_id>/versions/<int:template_version_id>/restorations")
@require(Permission.WRITE)
def bring_back(template_id: int, template_version_id: int) -> Response:
    template = _template(template_id, to_change=True)
    earlier = history.version(template_id, template_version_id)
    service.bring_back(template, earlier, author_id=current_member().id, now=clock.now())
    flash(_("The template is again what it was then. What it was until now is a version too."), "success")
    return redirect(url_for(".show", template_id=template_id), 303)


@templates_mgmt.post("/<int:template_id>/copies")
@require(Permission.WRITE)
def duplicate(template_id: int) -> Response:
    copy = service.duplicate_template(_template(template_id))
    flash(_("This is the copy. The original is as it was."), "success")
    return redirect(url_for(".show", template_id=copy.id), 303)


@templates_mgmt.post("/<int:template_id>/deletions")
@require(Permission.WRITE)
def delete(template_id: int) -> Response:
    template = _template(template_id, to_change=True)
    service.delete_template(template)
    flash(_("The template “%(title)s” is deleted.", title=template.title), "success")
    return redirect(url_for(".index"), 303)


@templates_mgmt.get("/<int:template_id>/preview")
@require(Permission.VIEW)
def show_preview(template_id: int) -> tuple[str, dict[str, str]]:
    template = _template(template_id)
    return framed(preview(MailSource(template.subject, template.html, locale=_language()), {}).html)


@templates_mgmt.get("/starters/<code>/preview")
@require(Permission.VIEW)
def show_starter(code: str) -> tuple[str, dict[str, str]]:
    chosen = starter(code, _language())
    return framed(preview(MailSource(chosen.subject, chosen.html, locale=chosen.language), {}).html)
