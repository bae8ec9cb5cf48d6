"""Fields: all of them, making, renaming, putting away."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core import clock
from app.core.access import Permission, require
from app.core.errors import DomainError, NotFound
from app.lists import fields
from app.lists.fields import Field, Wanted
from app.lists.forms import FieldForm
from app.lists.routes.door import lists
from app.lists.states import FieldKind

Page = str | tuple[str, int] | Response


def the_field(field_id: int) -> Field:
    found = fields.field(field_id)
    if found is None:
        raise NotFound
    return found


@lists.get("/fields")
def fields_index() -> str:
    return render_template("lists/fields.html", fields=fields.fields(), archived=fields.fields(archived=True))


@lists.get("/fields/new")
def new_field() -> str:
    return render_template("lists/field_form.html", form=FieldForm(), present=None)


@lists.post("/fields")
@require(Permission.EDIT_LISTS)
def create_field() -> Page:
    form = FieldForm()
    if form.validate_on_submit():
        try:
            choices = (form.choices.data or "").splitlines()
            fields.create_field(Wanted(form.title.data, FieldKind(form.kind.data), choices))
            return redirect(url_for(".fields_index"), 303)
        except DomainError as error:
            form.refuse(error, at="choices")
    return render_template("lists/field_form.html", form=form, present=None), form.status


@lists.get("/fields/<int:field_id>/edit")
def edit_field(field_id: int) -> str:
    present = the_field(field_id)
    form = FieldForm(title=present.title, choices="\n".join(present.choices))
    del form.kind
    return render_template("lists/field_form.html", form=form, present=present)


@lists.post("/fields/<int:field_id>")
@require(Permission.EDIT_LISTS)
def update_field(field_id: int) -> Page:
    present = the_field(field_id)
    form = FieldForm()
    del form.kind
    if form.validate_on_submit():
        try:
            fields.update_field(present, title=form.title.data, choices=(form.choices.data or "").splitlines())
            flash(_("The field is saved."), "success")
            return redirect(url_for(".fields_index"), 303)
        except DomainError as error:
            form.refuse(error, at="choices")
    return render_template("lists/field_form.html", form=form, present=present), form.status


@lists.post("/fields/<int:field_id>/archivings")
@require(Permission.EDIT_LISTS)
def archive_field(field_id: int) -> Response:
    present = the_field(field_id)
    fields.archive_field(present, now=clock.now())
    flash(_("“%(title)s” is put away.", title=present.title), f"undo:{url_for('.restore_field', field_id=field_id)}")
    return redirect(url_for(".fields_index"), 303)


@lists.post("/fields/<int:field_id>/restorations")
@require(Permission.EDIT_LISTS)
def restore_field(field_id: int) -> Response:
    present = the_field(field_id)
    fields.restore_field(present)
    flash(_("“%(title)s” is back.", title=present.title), "success")
    return redirect(url_for(".fields_index"), 303)
