"""What is done to many people at once: choosing, following, stopping, taking back; and files of people."""

from __future__ import annotations

from typing import Any

from flask import Response as Answer
from flask import flash, redirect, render_template, request, stream_with_context, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core import clock
from app.core.access import Permission, current_member, require
from app.core.errors import DomainError, NotFound
from app.lists import bulk, exports, fields, queries, selection
from app.lists.bulk import BulkAction, Order
from app.lists.exports import Export
from app.lists.fields import FieldsUnfit
from app.lists.routes.door import lists, the_list
from app.lists.segments import saved
from app.lists.selection import Selection, selection_of
from app.lists.states import BulkKind, BulkState, ExportFormat, ExportState, SubscriptionState
from app.lists.words import said, value_fault

Page = str | tuple[str, int] | Response


def the_action(action_id: int) -> BulkAction:
    found = bulk.action(action_id)
    if found is None:
        raise NotFound
    return found


def the_export(export_id: int) -> Export:
    found = exports.export(export_id)
    if found is None:
        raise NotFound
    return found


@lists.post("/people/choices")
@require(Permission.EDIT_LISTS)
def choose_people() -> Response:
    """From ticked rows to the page that asks what to do: the address of that page says whom it is about."""
    ids = request.form.getlist("ids", type=int)[: 2 * queries.PAGE]
    return redirect(url_for(".many", list=request.form.get("list"), ids=",".join(map(str, ids)) or None), 303)


@lists.get("/people")
def many() -> str:
    return _choosing(_chosen(request.args))


def _chosen(told: Any) -> Selection:
    state = told.get("state", "")
    return Selection(
        list_id=told.get("list", type=int),
        state=SubscriptionState(state) if state in list(SubscriptionState) else None,
        text=told.get("q", "").strip()[:200],
        ids=tuple(int(part) for part in told.get("ids", "").split(",") if part.isdigit())[: 2 * queries.PAGE],
        segment_id=told.get("segment", type=int),
    )


def _choosing(chosen: Selection, errors: dict[str, str] | None = None) -> str:
    here = the_list(chosen.list_id) if chosen.list_id else None
    others = [one for one in queries.lists() if one.id != chosen.list_id]
    return render_template(
        "lists/many.html", chosen=chosen, total=selection.count(chosen), here=here, others=others,
        columns=exports.columns(), fields=fields.fields(), errors=errors or {}, typed=request.form,
        back=_back(chosen), told=_told(chosen), whose=_whose(chosen),
    )  # fmt: skip


def _told(chosen: Selection) -> dict[str, Any]:
    told = {"list": chosen.list_id, "state": chosen.state, "q": chosen.text, "ids": ",".join(map(str, chosen.ids))}
    told["segment"] = chosen.segment_id
    return {name: value for name, value in told.items() if value}


def _whose(chosen: Selection) -> str:
    """What the people belong to, in words: their list, their segment, or nothing in particular."""
    if chosen.segment_id is not None:
        return saved.segment(chosen.segment_id).title
    return the_list(chosen.list_id).title if chosen.list_id else _("All contacts")


def _back(chosen: Selection) -> str:
    if chosen.segment_id is not None:
        return url_for(".edit_segment", segment_id=chosen.segment_id)
    if chosen.list_id is None:
        return url_for(".contacts", q=chosen.text or None)
    return url_for(".show", list_id=chosen.list_id, state=chosen.state, q=chosen.text or None)


@lists.post("/people/actions")
@require(Permission.EDIT_LISTS)
def begin_action() -> Page:
    sent, chosen = request.form, _chosen(request.form)
    kind = BulkKind(sent["kind"]) if sent.get("kind") in list(BulkKind) else BulkKind.COPY
    order = Order(
        kind, chosen, list_id=sent.get("target", type=int), consent=sent.get("consent", ""), key=sent.get("key", ""),
        text=sent.get("value", ""), member_id=current_member().id,
    )  # fmt: skip
    if kind is BulkKind.DELETE and "sure" not in sent:
        return _choosing(chosen, {kind: _("Tick the box: what is forgotten cannot be brought back.")}), 422
    try:
        return redirect(url_for(".show_action", action_id=bulk.begin(order).id), 303)
    except FieldsUnfit as error:
        return _choosing(chosen, {kind: value_fault(next(iter(error.faults.values())))}), error.status
    except DomainError as error:
        return _choosing(chosen, {kind: said(error)}), error.status


@lists.get("/people/actions/<int:action_id>")
def show_action(action_id: int) -> str:
    found = the_action(action_id)
    chosen = selection_of(found.selection)
    target = queries.contact_list(found.params["list_id"]) if found.params.get("list_id") else None
    return render_template(
        "lists/action.html", action=found, back=_back(chosen), target=target, whose=_whose(chosen),
        may_undo=found.kind in bulk.UNDOABLE and found.state in (BulkState.FINISHED, BulkState.CANCELLED),
    )  # fmt: skip


@lists.get("/people/actions/<int:action_id>/progress")
def action_progress(action_id: int) -> Answer:
    found = the_action(action_id)
    answer = Answer(render_template("lists/_action_progress.html", action=found))
    if found.state not in (BulkState.RUNNING, BulkState.UNDOING):
        answer.headers["HX-Redirect"] = url_for(".show_action", action_id=action_id)
    return answer


@lists.post("/people/actions/<int:action_id>/cancellations")
@require(Permission.EDIT_LISTS)
def cancel_action(action_id: int) -> Response:
    bulk.cancel(the_action(action_id).id, now=clock.now())
    return redirect(url_for(".show_action", action_id=action_id), 303)


@lists.post("/people/actions/<int:action_id>/undos")
@require(Permission.EDIT_LISTS)
def undo_action(action_id: int) -> Response:
    bulk.undo(the_action(action_id).id)
    return redirect(url_for(".show_action", action_id=action_id), 303)


@lists.post("/people/exports")
@require(Permission.EDIT_LISTS)
def begin_export() -> Response:
    wanted = request.form.get("format", "")
    file_format = ExportFormat(wanted) if wanted in list(ExportFormat) else ExportFormat.XLSX
    chosen = _chosen(request.form)
    made = exports.begin(chosen, request.form.getlist("columns"), file_format, member_id=current_member().id)
    return redirect(url_for(".show_export", export_id=made.id), 303)


@lists.get("/people/exports/<int:export_id>")
def show_export(export_id: int) -> str:
    found = the_export(export_id)
    return render_template(
        "lists/export.html", export=found, back=_back(selection_of(found.selection)), until=exports.expires_at(found),
        name=exports.file_name(found),
    )  # fmt: skip


@lists.get("/people/exports/<int:export_id>/progress")
def export_progress(export_id: int) -> Answer:
    found = the_export(export_id)
    answer = Answer(render_template("lists/_export_progress.html", export=found))
    if found.state != ExportState.RUNNING:
        answer.headers["HX-Redirect"] = url_for(".show_export", export_id=export_id)
    return answer


@lists.post("/people/exports/<int:export_id>/cancellations")
@require(Permission.EDIT_LISTS)
def cancel_export(export_id: int) -> Response:
    exports.cancel(the_export(export_id), now=clock.now())
    flash(_("The export is cancelled."), "success")
    return redirect(url_for(".show_export", export_id=export_id), 303)


@lists.get("/people/exports/<int:export_id>/file")
@require(Permission.EDIT_LISTS)
def export_file(export_id: int) -> Answer:
    """The file, for members who may change lists: whoever may only look takes nobody's data away."""
    found = the_export(export_id)
    pieces = stream_with_context(exports.file_of(found, now=clock.now()))
    kind = exports.FILES[ExportFormat(found.format)][1]
    headers = {"Content-Disposition": f'attachment; filename="{exports.file_name(found)}"', "Cache-Control": "no-store"}
    return Answer(pieces, content_type=kind, headers=headers)
