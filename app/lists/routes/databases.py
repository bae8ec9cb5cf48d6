"""Databases: connections that are kept, looking into one, and taking people out of it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.access import Permission, current_member, require
from app.core.errors import Invalid, NotFound
from app.lists.databases import browsing, connections, drivers
from app.lists.databases.browsing import Preview, Table
from app.lists.databases.connections import DatabaseConnection, Wanted
from app.lists.forms import ConnectionForm, QueryForm
from app.lists.importer import imports, syncs
from app.lists.routes.door import lists, the_list
from app.lists.states import DatabaseKind, Encryption
from app.lists.words import DATABASES, INTERVALS, said

Page = str | tuple[str, int] | Response


def the_connection(connection_id: int) -> DatabaseConnection:
    found = connections.connection(connection_id)
    if found is None:
        raise NotFound
    return found


@lists.get("/lists/<int:list_id>/databases")
def databases(list_id: int) -> str:
    return render_template(
        "lists/databases.html", contact_list=the_list(list_id), connections=connections.connections(),
        syncs=syncs.syncs(list_id), names=DATABASES, intervals=INTERVALS,
    )  # fmt: skip


@lists.get("/lists/<int:list_id>/databases/new")
def new_database(list_id: int) -> str:
    return _form_page(list_id, _connection_form())


def _connection_form(entry: DatabaseConnection | None = None) -> ConnectionForm:
    supported = [kind for kind in DatabaseKind if drivers.is_supported(kind)]
    shown = {"user": entry.user_name} if entry else {}
    return ConnectionForm(obj=entry, supported=supported, data=shown)


def _form_page(list_id: int, form: ConnectionForm, entry: DatabaseConnection | None = None) -> str:
    missing = [name for kind, name in DATABASES.items() if not drivers.is_supported(kind)]
    return render_template(
        "lists/database_form.html", contact_list=the_list(list_id), form=form, connection=entry, missing=missing
    )


@lists.post("/lists/<int:list_id>/databases")
@require(Permission.EDIT_LISTS)
def create_database(list_id: int) -> Page:
    form = _connection_form()
    if form.validate_on_submit():
        try:
            made = connections.keep(_wanted(form))
            return redirect(url_for(".show_database", list_id=list_id, connection_id=made.id), 303)
        except Invalid as error:
            form.refuse(error)
    return _form_page(list_id, form), form.status


def _wanted(form: ConnectionForm) -> Wanted:
    kind = DatabaseKind(form.kind.data)
    return Wanted(
        form.title.data, kind, form.host.data, form.port.data or drivers.PORTS[kind], form.database.data,
        form.user.data, form.password.data or "", Encryption(form.encryption.data),
    )  # fmt: skip


@lists.get("/lists/<int:list_id>/databases/<int:connection_id>/edit")
def edit_database(list_id: int, connection_id: int) -> str:
    entry = the_connection(connection_id)
    return _form_page(list_id, _connection_form(entry), entry)


@lists.post("/lists/<int:list_id>/databases/<int:connection_id>")
@require(Permission.EDIT_LISTS)
def update_database(list_id: int, connection_id: int) -> Page:
    entry = the_connection(connection_id)
    form = _connection_form(entry)
    if form.validate_on_submit():
        try:
            connections.keep(_wanted(form), entry)
            flash(_("The connection works and is saved."), "success")
            return redirect(url_for(".show_database", list_id=list_id, connection_id=connection_id), 303)
        except Invalid as error:
            form.refuse(error)
    return _form_page(list_id, form, entry), form.status


@lists.post("/lists/<int:list_id>/databases/<int:connection_id>/deletions")
@require(Permission.EDIT_LISTS)
def delete_database(list_id: int, connection_id: int) -> Response:
    connections.delete(the_connection(connection_id))
    flash(_("The connection is deleted, and what was repeated through it ends. Nobody left a list."), "success")
    return redirect(url_for(".databases", list_id=list_id), 303)


@lists.get("/lists/<int:list_id>/databases/<int:connection_id>")
def show_database(list_id: int, connection_id: int) -> str:
    """What is in it: tables to choose from, then columns to tick, then the SELECT that comes of it."""
    entry = the_connection(connection_id)
    form = QueryForm(formdata=None, data={"query": _clicked(entry)})
    return _database_page(list_id, entry, form)


def _clicked(entry: DatabaseConnection) -> str:
    table = _table()
    picked = request.args.getlist("column")
    return browsing.select_of(DatabaseKind(entry.kind), table, picked) if table else ""


def _table() -> Table | None:
    schema, name = request.args.get("schema", ""), request.args.get("table", "")
    return Table(schema, name) if name else None


def _database_page(list_id: int, entry: DatabaseConnection, form: QueryForm, found: Preview | None = None) -> str:
    table, tables, columns, trouble = _table(), [], [], ""
    try:
        target = connections.target_of(entry)
        tables = browsing.tables(target)
        columns = browsing.columns(target, table) if table else []
    except Invalid as error:
        trouble = said(error)
    return render_template(
        "lists/database.html", contact_list=the_list(list_id), connection=entry, form=form, tables=tables,
        table=table, columns=columns, picked=request.args.getlist("column"), found=found, trouble=trouble,
    )  # fmt: skip


@lists.post("/lists/<int:list_id>/databases/<int:connection_id>/previews")
@require(Permission.EDIT_LISTS)
def preview_query(list_id: int, connection_id: int) -> Page:
    entry, form = the_connection(connection_id), QueryForm()
    if form.validate_on_submit():
        try:
            found = browsing.preview(connections.target_of(entry), form.query.data)
            return _database_page(list_id, entry, form, found)
        except Invalid as error:
            form.refuse(error, at="query")
    return _database_page(list_id, entry, form), form.status


@lists.post("/lists/<int:list_id>/databases/<int:connection_id>/imports")
@require(Permission.EDIT_LISTS)
def ask_database(list_id: int, connection_id: int) -> Page:
    contact_list, entry, form = the_list(list_id), the_connection(connection_id), QueryForm()
    if form.validate_on_submit():
        try:
            query = browsing.checked_select(form.query.data)
            made = imports.ask(contact_list.id, entry.id, query, member_id=current_member().id)
            return redirect(url_for(".show_import", import_id=made.id), 303)
        except Invalid as error:
            form.refuse(error, at="query")
    return _database_page(list_id, entry, form), form.status


@lists.post("/lists/<int:list_id>/syncs/<int:sync_id>/endings")
@require(Permission.EDIT_LISTS)
def end_sync(list_id: int, sync_id: int) -> Response:
    found = syncs.sync(sync_id)
    if found is None:
        raise NotFound
    syncs.stop(found)
    flash(_("It is not repeated any more. Everybody stays on the list."), "success")
    return redirect(url_for(".databases", list_id=list_id), 303)
