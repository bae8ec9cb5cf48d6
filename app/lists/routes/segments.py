"""Segments: all of them, building one by clicks or in SQL, what it comes to, and what the builder offers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core import clock
from app.core.access import Permission, require
from app.core.errors import DomainError
from app.lists.forms import SegmentForm
from app.lists.routes.door import lists
from app.lists.segments import builder, conditions, saved, targets
from app.lists.segments.builder import Draft
from app.lists.segments.conditions import Unfit
from app.lists.segments.expert import FUNCTIONS, NotAllowed
from app.lists.segments.preview import Preview, preview, sql_of
from app.lists.segments.rules import Rule
from app.lists.segments.views import COLUMNS
from app.lists.segments.words import fault_text
from app.lists.states import SegmentKind
from app.lists.words import said

Page = str | tuple[str, int] | Response


@dataclass(slots=True)
class Bench:
    """What lies on the builder's page: a draft or a text, and what it comes to."""

    expert: bool
    draft: Draft = field(default_factory=Draft)
    sql: str = ""
    result: Preview | None = None
    made_sql: str = ""
    trouble: str = ""
    blamed: tuple[str, str, str] | None = None

    def rule(self, title: str = "") -> Rule:
        return Rule(title, {} if self.expert else self.draft.stored(), self.sql.strip() if self.expert else "")


@lists.get("/segments")
@require(Permission.VIEW)
def segments() -> str:
    archived = "archived" in request.args
    return render_template(
        "lists/segments.html",
        archived=archived,
        segments=saved.segments(archived=archived),
        favourites=saved.segments(SegmentKind.FAVOURITE, archived=archived),
        put_away=bool(saved.segments(archived=True) or saved.segments(SegmentKind.FAVOURITE, archived=True)),
    )


@lists.get("/segments/new")
@require(Permission.VIEW)
def new_segment() -> str:
    bench = Bench("sql" in request.args, sql=request.args.get("sql", ""))
    return _page(SegmentForm(), _tried(bench), None)


@lists.get("/segments/<int:segment_id>")
@require(Permission.VIEW)
def edit_segment(segment_id: int) -> str:
    present = saved.segment(segment_id)
    bench = Bench(bool(present.sql), Draft.of_stored(present.condition), present.sql)
    return _page(SegmentForm(obj=present), _tried(bench), present)


@lists.post("/segments/preview")
@require(Permission.VIEW)
def preview_segment() -> str:
    """The builder after a change, with what it comes to: a fragment, or the whole page where there is no script."""
    bench, form = _bench(), SegmentForm()
    if request.headers.get("HX-Request"):
        return render_template("lists/_segment_bench.html", form=form, **_values(_tried(bench)))
    number = request.form.get("segment_id", type=int)
    return _page(form, _tried(bench), saved.segment(number) if number else None)


@lists.post("/segments")
@require(Permission.EDIT_LISTS)
def create_segment() -> Page:
    form, bench = SegmentForm(), _tried(_bench())
    if not form.validate_on_submit() or bench.trouble:
        return _page(form, bench, None), 422
    favourite = form.kind.data == SegmentKind.FAVOURITE and not bench.expert
    kind = SegmentKind.FAVOURITE if favourite else SegmentKind.SEGMENT
    saved.create(bench.rule(form.title.data), folder=form.folder.data, kind=kind)
    flash(_("“%(title)s” is saved.", title=form.title.data), "success")
    return redirect(url_for(".segments"), 303)


@lists.post("/segments/<int:segment_id>")
@require(Permission.EDIT_LISTS)
def update_segment(segment_id: int) -> Page:
    present, form, bench = saved.segment(segment_id), SegmentForm(), _tried(_bench())
    form.kind.data = present.kind
    if not form.validate_on_submit() or bench.trouble:
        return _page(form, bench, present), 422
    saved.update(present, bench.rule(form.title.data), folder=form.folder.data)
    flash(_("“%(title)s” is saved.", title=form.title.data), "success")
    return redirect(url_for(".segments"), 303)


@lists.post("/segments/<int:segment_id>/archivings")
@require(Permission.EDIT_LISTS)
def archive_segment(segment_id: int) -> Response:
    present = saved.segment(segment_id)
    saved.archive(present, now=clock.now())
    undo = url_for(".restore_segment", segment_id=segment_id)
    flash(_("“%(title)s” is put away.", title=present.title), f"undo:{undo}")
    return redirect(url_for(".segments"), 303)


@lists.post("/segments/<int:segment_id>/restorations")
@require(Permission.EDIT_LISTS)
def restore_segment(segment_id: int) -> Response:
    present = saved.segment(segment_id)
    saved.restore(present)
    flash(_("“%(title)s” is back.", title=present.title), "success")
    return redirect(url_for(".segments"), 303)


@lists.get("/segments/sql")
@require(Permission.VIEW)
def segment_sql() -> str:
    """What SQL conditions may speak of."""
    return render_template("lists/segment_sql.html", views=COLUMNS, functions=FUNCTIONS)


@lists.get("/segments/targets")
@require(Permission.VIEW)
def segment_targets() -> str:
    return render_template("lists/segment_targets.html", targets=targets.targets(), hidden=targets.hidden_targets())


@lists.post("/segments/targets")
@require(Permission.EDIT_LISTS)
def show_targets() -> Response:
    targets.show_only(request.form.getlist("shown"))
    flash(_("The builder offers what you ticked."), "success")
    return redirect(url_for(".segments"), 303)


@lists.post("/segments/conditions/bench")
@require(Permission.VIEW)
def condition_bench() -> str:
    """The builder with a condition that is kept elsewhere (a block of a mail): a fragment for a dialog."""
    try:
        kept = json.loads(request.form.get("condition", ""))
    except ValueError:
        kept = {}
    bench = Bench(False, Draft.of_stored(kept if isinstance(kept, dict) else {}))
    return render_template("lists/_segment_bench.html", form=None, **_values(_tried(bench)))


@lists.post("/segments/conditions")
@require(Permission.VIEW)
def read_condition() -> tuple[dict[str, Any], int]:
    """The condition that the builder's form holds, as it is stored, or what is wrong with it."""
    bench = _tried(_bench())
    if bench.expert or bench.trouble:
        return {"error": bench.trouble}, 422
    return {"condition": bench.draft.stored(), "people": bench.result.count if bench.result else 0}, 200


def _bench() -> Bench:
    """What the form holds, after the button that was pressed, if one was."""
    if "sql" in request.form:
        return Bench(True, sql=request.form["sql"].replace("\r\n", "\n"))
    draft, known = builder.from_form(request.form), {each.key: each for each in targets.targets()}
    if "do" in request.form:
        favourites = {each.id: each.condition for each in saved.segments(SegmentKind.FAVOURITE)}
        favourite = request.form.get("favourite", "")
        draft = builder.change(draft, request.form["do"].replace(":?", f":{favourite}"), known, favourites)
    builder.settle(draft.of, known)
    return Bench(False, draft)


def _tried(bench: Bench) -> Bench:
    """Work out what the bench comes to; what is wrong is said at its place."""
    rule = bench.rule()
    if bench.expert and not rule.sql:
        bench.trouble = _("Write a condition.")
        return bench
    try:
        bench.made_sql = sql_of(rule)
        bench.result = preview(rule)
    except Unfit as error:
        bench.draft.faults, bench.trouble = dict(error.faults), said(error)
    except NotAllowed as error:
        spot, bench.trouble = error.spot, said(error)
        bench.blamed = (bench.sql[: spot.start], bench.sql[spot.start : spot.end], bench.sql[spot.end :])
    except DomainError as error:
        bench.trouble = said(error)
    return bench


def _page(form: SegmentForm, bench: Bench, present: saved.Segment | None) -> str:
    folders = sorted({each.folder for kind in SegmentKind for each in saved.segments(kind) if each.folder})
    return render_template("lists/segment_form.html", form=form, present=present, folders=folders, **_values(bench))


def _values(bench: Bench) -> dict[str, Any]:
    known = {each.key: each for each in targets.targets()}
    hidden = targets.hidden_targets()
    return {
        "bench": bench,
        "known": known,
        "offered": [each for each in known.values() if each.key not in hidden],
        "favourites": saved.segments(SegmentKind.FAVOURITE),
        "shape_of": builder.shape_of,
        "fault_text": fault_text,
        "deepest": conditions.DEEPEST,
        "new_seed": builder.new_seed,
    }
