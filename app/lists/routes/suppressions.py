"""The suppression list: who is never sent to, and why."""

from __future__ import annotations

from flask import Response as Answer
from flask import flash, redirect, render_template, request, stream_with_context, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core import clock
from app.core.access import Permission, require
from app.core.errors import DomainError, Invalid
from app.lists import queries, service, suppression_files
from app.lists.forms import SuppressionForm, SuppressionsForm
from app.lists.routes.door import lists

Page = str | tuple[str, int] | Response


@lists.get("/suppressions")
def suppressions() -> str:
    return _page(SuppressionForm())


def _page(form: SuppressionForm) -> str:
    text = request.args.get("q", "").strip()
    rows = queries.suppressions(text=text, after=request.args.get("after", ""), count=queries.PAGE + 1)
    page = rows[: queries.PAGE]
    more = url_for(".suppressions", q=text or None, after=page[-1].address_key) if len(rows) > len(page) else None
    return render_template(
        "lists/suppressions.html", form=form, rows=page, text=text, more=more, total=queries.suppression_count()
    )


@lists.post("/suppressions")
@require(Permission.EDIT_LISTS)
def suppress() -> Page:
    form = SuppressionForm()
    if form.validate_on_submit():
        try:
            entry = _suppressed(form)
            flash(_("%(address)s gets no more mail from you.", address=entry.address_key), "success")
            return redirect(url_for(".suppressions"), 303)
        except DomainError as error:
            form.refuse(error, at="address")
    return _page(form), form.status


def _suppressed(form: SuppressionForm) -> queries.Suppression:
    """What has no name before the @ is a domain."""
    text, note = form.address.data, form.note.data
    if text.partition("@")[0] and "@" in text:
        return service.suppress_address(text, note=note)
    return service.suppress_domain(text, subdomains=form.subdomains.data, note=note)


@lists.post("/suppressions/removals")
@require(Permission.EDIT_LISTS)
def release() -> Response:
    key = request.form.get("address_key", "")
    service.release_address(key)
    flash(_("%(address)s may get your mail again.", address=key), "success")
    found = queries.contact_by_address(key)
    back = "from_contact" in request.form and found is not None
    target = url_for(".contact", contact_id=found.id) if back and found else url_for(".suppressions")
    return redirect(target, 303)


@lists.get("/suppressions/imports/new")
def new_suppressions() -> str:
    return render_template("lists/suppressions_new.html", form=SuppressionsForm())


@lists.post("/suppressions/imports")
@require(Permission.EDIT_LISTS)
def take_in_suppressions() -> Page:
    """Taken in at once, and told on this page: sending it again changes nothing."""
    form = SuppressionsForm()
    if form.validate_on_submit():
        file = form.file.data
        try:
            receipt = suppression_files.take_in(file.read() if file else form.text.data.encode())
            return render_template("lists/suppressions_new.html", form=SuppressionsForm(None), receipt=receipt)
        except Invalid as error:
            form.refuse(error, at="file" if file else "text")
    return render_template("lists/suppressions_new.html", form=form), form.status


@lists.get("/suppressions/file.csv")
@require(Permission.EDIT_LISTS)
def suppression_file() -> Answer:
    """The file, for members who may change lists: whoever may only look takes nobody's data away."""
    name = f"suppressions-{clock.now():%Y%m%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Answer(stream_with_context(suppression_files.written()), mimetype="text/csv", headers=headers)
