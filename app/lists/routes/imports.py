"""Imports: paste, look, say yes, follow, read the receipt, take back."""

from __future__ import annotations

from typing import Any

from flask import Response as Answer
from flask import flash, redirect, render_template, request, stream_with_context, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core import clock
from app.core.access import Permission, current_member, require
from app.core.errors import Invalid, NotFound
from app.lists import fields, queries
from app.lists.forms import PasteForm, RunForm
from app.lists.importer import imports, mailhosts, rejected, undoing
from app.lists.importer import queries as staged
from app.lists.importer.chunks import PIECE
from app.lists.importer.imports import Handed, Reading, Wish
from app.lists.importer.queries import Import
from app.lists.importer.table import Layout, layout_of
from app.lists.routes.door import lists, number_from, the_list
from app.lists.states import Gone, ImportPolicy, ImportSource, ImportState
from app.lists.words import time_left

Page = str | tuple[str, int] | Response
_TEMPLATES = {
    ImportState.READING: "lists/import_moving.html",
    ImportState.RUNNING: "lists/import_moving.html",
    ImportState.UNDOING: "lists/import_moving.html",
    ImportState.PREVIEWED: "lists/import_check.html",
    ImportState.FAILED: "lists/import_failed.html",
}


def the_import(import_id: int) -> Import:
    found = staged.entry(import_id)
    if found is None:
        raise NotFound
    return found


@lists.get("/lists/<int:list_id>/imports/new")
def new_import(list_id: int) -> str:
    return render_template("lists/import_new.html", form=PasteForm(), contact_list=the_list(list_id))


@lists.post("/lists/<int:list_id>/imports")
@require(Permission.EDIT_LISTS)
def start_import(list_id: int) -> Page:
    contact_list = the_list(list_id)
    form = PasteForm()
    if form.validate_on_submit():
        try:
            entry = _begun(contact_list.id, form)
            return redirect(url_for(".show_import", import_id=entry.id), 303)
        except Invalid as error:
            form.refuse(error, at="file" if form.file.data else "text")
    return render_template("lists/import_new.html", form=form, contact_list=contact_list), form.status


def _begun(list_id: int, form: PasteForm) -> Import:
    """Begin with the file, if one was chosen; else with what was pasted."""
    member_id, file = current_member().id, form.file.data
    if not file:
        return imports.paste(list_id, form.text.data, member_id=member_id)
    pieces = iter(lambda: file.stream.read(PIECE), b"")
    return imports.begin(Handed(list_id, ImportSource.FILE, pieces, member_id, file.filename or ""))


@lists.get("/imports/<int:import_id>")
def show_import(import_id: int) -> str:
    entry = the_import(import_id)
    return _page(entry, _run_form(entry))


def _run_form(entry: Import, **options: Any) -> RunForm:
    return RunForm(other_lists=[each for each in queries.lists() if each.id != entry.list_id], **options)


def _page(entry: Import, form: RunForm) -> str:
    after = number_from("after") or 0
    left_out = staged.rejected(entry.id, after=after)
    return render_template(
        _TEMPLATES.get(ImportState(entry.state), "lists/import_receipt.html"),
        entry=entry,
        entry_left=_left(entry),
        contact_list=the_list(entry.list_id),
        form=form,
        found=staged.findings(entry),
        layout=layout_of(entry.layout),
        choices=entry.choices,
        fields=fields.fields(),
        people=staged.people(entry.id) if entry.state == ImportState.PREVIEWED else [],
        rejected=left_out,
        warned=staged.warned(entry.id, count=50) if entry.state == ImportState.PREVIEWED else [],
        more=_more(entry.id, left_out),
    )


def _left(entry: Import) -> str:
    if entry.state != ImportState.RUNNING or entry.started_at is None:
        return ""
    done = entry.added + entry.updated + entry.unchanged + entry.kept_out
    return time_left(done, entry.rows - entry.rejected, (clock.now() - entry.started_at).total_seconds())


def _more(import_id: int, page: list[staged.ToldRow]) -> str | None:
    return url_for(".show_import", import_id=import_id, after=page[-1].line) if len(page) == staged.PAGE else None


@lists.get("/imports/<int:import_id>/progress")
def import_progress(import_id: int) -> Page:
    """The bar, asked for again and again; when the work is over, the page of the result."""
    entry = the_import(import_id)
    answer = Answer(render_template("lists/_import_progress.html", entry=entry, entry_left=_left(entry)))
    if entry.state not in (ImportState.READING, ImportState.RUNNING, ImportState.UNDOING):
        answer.headers["HX-Redirect"] = url_for(".show_import", import_id=import_id)
    return answer


@lists.post("/imports/<int:import_id>/readings")
@require(Permission.EDIT_LISTS)
def read_again(import_id: int) -> Page:
    entry = the_import(import_id)
    try:
        imports.read_again(entry, Reading(_wanted_layout(layout_of(entry.layout)), request.form.getlist("mapping")))
    except Invalid as error:
        entry = the_import(import_id)
        form = _run_form(entry, formdata=None)
        form.refuse(error)
        return _page(entry, form), error.status
    return redirect(url_for(".show_import", import_id=import_id), 303)


def _wanted_layout(present: Layout) -> Layout:
    """The present layout with what the person chose; what the page did not offer stays."""
    sent = request.form
    changed = {key: sent[key] for key in ("encoding", "delimiter", "sheet", "member") if sent.get(key)}
    return layout_of({**present.to_json(), **changed, "header": "header" in sent, "quoted": "unquoted" not in sent})


@lists.post("/imports/<int:import_id>/look-ups")
@require(Permission.EDIT_LISTS)
def look_up_domains(import_id: int) -> Response:
    mailhosts.begin(the_import(import_id))
    return redirect(url_for(".show_import", import_id=import_id), 303)


@lists.post("/imports/<int:import_id>/runs")
@require(Permission.EDIT_LISTS)
def run_import(import_id: int) -> Page:
    entry = the_import(import_id)
    form = _run_form(entry)
    if form.validate_on_submit():
        try:
            policy = ImportPolicy(form.policy.data)
            imports.run(entry, consent=form.consent.data, policy=policy, now=clock.now(), wish=_wish(form))
            return redirect(url_for(".show_import", import_id=import_id), 303)
        except Invalid as error:
            form.refuse(error)
    return _page(entry, form), form.status


def _wish(form: RunForm) -> Wish:
    return Wish(
        also_lists=form.also_lists.data or [],
        double_opt_in=form.double_opt_in.data,
        every_hours=form.every_hours.data or 0,
        gone=Gone(form.gone.data or Gone.LEAVE),
    )


@lists.post("/imports/<int:import_id>/cancellations")
@require(Permission.EDIT_LISTS)
def cancel_import(import_id: int) -> Response:
    entry = the_import(import_id)
    imports.cancel(entry.id, now=clock.now())
    flash(_("The import is cancelled."), "success")
    return redirect(url_for(".show", list_id=entry.list_id), 303)


@lists.post("/imports/<int:import_id>/undos")
@require(Permission.EDIT_LISTS)
def undo_import(import_id: int) -> Response:
    entry = the_import(import_id)
    undoing.undo(entry.id)
    return redirect(url_for(".show_import", import_id=import_id), 303)


@lists.get("/imports/<int:import_id>/rejects")
def rejects(import_id: int) -> Answer:
    """Rows that were not taken, each with its line and reason, in the format in which they came."""
    file = rejected.reject_file(the_import(import_id))
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return Answer(stream_with_context(file.content), mimetype=file.content_type, headers=headers)
