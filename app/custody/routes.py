"""Taking along all that a workspace holds, and deleting it."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, stream_with_context, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from app.billing import queries as billing
from app.core.access import Permission, Role, current_member, require
from app.core.clock import now
from app.core.errors import DomainError, Forbidden
from app.custody import queries, service
from app.custody.forms import EraseForm
from app.tenants import erasure
from app.tenants.queries import current_workspace

custody = Blueprint("custody", __name__, template_folder="templates")


@custody.get("/settings/data")
@require(Permission.MANAGE_WORKSPACE)
def index() -> str:
    return _page(EraseForm(formdata=None))


def _page(form: EraseForm) -> str:
    return render_template(
        "custody/index.html",
        form=form,
        archives=queries.archives(now()),
        kept=queries.KEPT,
        workspace=current_workspace(),
        owner=current_member().role is Role.OWNER,
        grace=erasure.GRACE.days,
        pays=billing.pays(),
    )


def _must_own() -> None:
    """Everything at once is an owner's: people's data, and the end of it. Not an operator's who looks around as one."""
    if current_member().role is not Role.OWNER or current_member().visiting:
        raise Forbidden


@custody.post("/settings/data/archives")
@require(Permission.MANAGE_WORKSPACE)
def begin() -> Answer:
    _must_own()
    service.begin_archive(current_member().id, now=now())
    flash(_("Your data is being packed. You get a mail as soon as it is ready."), "success")
    return redirect(url_for(".index"), 303)


@custody.get("/settings/data/archives/<int:archive_id>")
@require(Permission.MANAGE_WORKSPACE)
def download(archive_id: int) -> Response:
    _must_own()
    pieces = queries.content(archive_id, now=now())
    name = f"{current_workspace().slug}-{now():%Y%m%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(stream_with_context(pieces), mimetype="application/zip", headers=headers)


@custody.post("/settings/data/deletions")
@require(Permission.MANAGE_WORKSPACE)
def erase() -> Answer | tuple[str, int]:
    _must_own()
    form = EraseForm()
    if form.validate_on_submit():
        try:
            service.ask_to_erase(form.typed.data, now=now())
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("The workspace will be deleted. Nothing is sent from now on."), "warning")
            return redirect(url_for(".index"), 303)
    return _page(form), form.status


@custody.post("/settings/data/deletions/removals")
@require(Permission.MANAGE_WORKSPACE)
def take_back() -> Answer:
    _must_own()
    service.take_back()
    flash(_("The workspace stays, with everything in it."), "success")
    return redirect(url_for(".index"), 303)
