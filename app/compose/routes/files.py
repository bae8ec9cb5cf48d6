"""The files of a mail, beside its body: put on by choosing or dragging them, each in the mail or linked from it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.compose import attaching, queries
from app.compose.attachments import Way, attached, weight
from app.compose.forms.files import FilesForm, WayForm
from app.compose.routes.blueprint import Answer, Draft, compose, draft_or_elsewhere, step_page
from app.core.access import Permission, current_member, require
from app.core.errors import DomainError
from app.media import queries as media

EDITOR = "application/json"


@compose.get("/mailings/<int:mailing_id>/files")
@require(Permission.VIEW)
def files(mailing_id: int) -> Answer:
    mailing, elsewhere = draft_or_elsewhere(mailing_id)
    return elsewhere or _page(FilesForm(formdata=None), mailing)


def _page(form: FilesForm, mailing: Draft) -> str:
    found = attached(mailing.attachments)
    return step_page(
        "files", "body", mailing, form=form, files=found, weight=weight(found), address=media.address, ways=Way,
    )  # fmt: skip


@compose.post("/mailings/<int:mailing_id>/files")
@require(Permission.WRITE)
def attach(mailing_id: int) -> Any:
    """Take files from the form, or from the editor, which is told what became of them."""
    mailing, form = queries.mailing(mailing_id), FilesForm()
    good = form.validate_on_submit()
    kept, refused = [], [str(error) for errors in form.errors.values() for error in errors]
    for sent in form.chosen if good else ():
        try:
            given = {"name": sent.filename or "", "way": Way(form.way.data), "author_id": current_member().id}
            kept.append(attaching.attach(mailing, sent.read(), **given).file.title)
        except DomainError as error:
            refused.append(str(_(error.message, **error.params)))
    if request.accept_mimetypes.best_match(["text/html", EDITOR]) == EDITOR:
        told = {"told": [*_told(kept), *refused], "wrong": bool(refused), "count": len(mailing.attachments)}
        return told, 200 if kept else 422
    if not kept:
        form.files.errors = form.files.errors or refused
        return _page(form, mailing), 422
    for text in _told(kept):
        flash(text, "success")
    for text in refused:
        flash(text, "error")
    return redirect(url_for(".files", mailing_id=mailing_id), 303)


def _told(kept: list[str]) -> list[str]:
    if not kept:
        return []
    return [ngettext("%(names)s is with the mail.", "%(names)s are with the mail.", len(kept), names=", ".join(kept))]


@compose.post("/mailings/<int:mailing_id>/files/<int:file_id>")
@require(Permission.WRITE)
def send_file_by(mailing_id: int, file_id: int) -> Answer:
    mailing, form = queries.mailing(mailing_id), WayForm()
    if form.validate_on_submit():
        try:
            attaching.send_by(mailing, file_id, Way(form.way.data), author_id=current_member().id)
        except attaching.TooHeavy as error:
            flash(_(error.message, **error.params), "error")
    return redirect(url_for(".files", mailing_id=mailing_id), 303)


@compose.post("/mailings/<int:mailing_id>/files/<int:file_id>/deletions")
@require(Permission.WRITE)
def take_off_file(mailing_id: int, file_id: int) -> Response:
    attaching.take_off(queries.mailing(mailing_id), file_id, author_id=current_member().id)
    flash(_("The file is off the mail."), "success")
    return redirect(url_for(".files", mailing_id=mailing_id), 303)
