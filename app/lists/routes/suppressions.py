"""The suppression list: who is never sent to, and why."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.access import Permission, require
from app.core.errors import DomainError
from app.lists import queries, service
from app.lists.forms import SuppressionForm
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
