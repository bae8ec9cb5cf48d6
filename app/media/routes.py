"""Pages of the media library, and the upload that the editor uses."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.access import Permission, allowed, current_member, require
from app.core.errors import DomainError
from app.document.uses import Use
from app.media import queries, service
from app.media.cropping import NoPart
from app.media.forms import CropForm, LogoForm, PictureForm, UploadForm
from app.media.queries import Picture
from app.media.usage import uses
from app.tenants.service import choose_logo

media = Blueprint("media", __name__, template_folder="templates")

Answer = Response | str | tuple[str, int] | tuple[dict[str, Any], int] | dict[str, Any]
EDITOR = "application/json"


@media.get("/")
@require(Permission.VIEW)
def index() -> Answer:
    """The library; for the editor, which asks for JSON, its pictures to choose from."""
    if request.accept_mimetypes.best_match(["text/html", EDITOR]) == EDITOR:
        return {"pictures": [_told(each) for each in _wanted()]}
    return _page(UploadForm(formdata=None))


def _page(form: UploadForm) -> str:
    found = _wanted()
    used, limit = queries.room()
    return render_template(
        "media/index.html", form=form, pictures=found, folders=queries.folders(), used=used, limit=limit,
        text=request.args.get("q", ""), folder=request.args.get("folder"), address=queries.address,
        more=found[-1].id if len(found) == queries.PAGE else None,
        may_write=allowed(current_member().role, Permission.WRITE),
    )  # fmt: skip


def _wanted() -> list[Picture]:
    args = request.args
    return queries.pictures(
        text=args.get("q", "").strip(), folder=args.get("folder"), before=args.get("before", type=int)
    )


def _told(picture: Picture) -> dict[str, Any]:
    told = {name: getattr(picture, name) for name in ("id", "title", "folder", "width", "height")}
    return told | {"url": queries.address(picture)}


@media.post("/")
@require(Permission.WRITE)
def upload() -> Answer:
    """Take a picture from the form, or from the editor, which gets its number and address."""
    form = UploadForm()
    asked_by_editor = request.accept_mimetypes.best_match(["text/html", EDITOR]) == EDITOR
    try:
        if not form.validate_on_submit():
            return ({"error": _("Choose a file.")}, 422) if asked_by_editor else (_page(form), 422)
        added = service.add_picture(
            form.file.data.read(), title=form.file.data.filename or "", folder=form.folder.data or "",
            member_id=current_member().id,
        )  # fmt: skip
    except DomainError as error:
        said = str(_(error.message, **error.params))
        if asked_by_editor:
            return {"error": said}, error.status
        form.file.errors = [said]
        return _page(form), error.status
    if asked_by_editor:
        return _told(added), 201
    flash(_("The picture is in the library."), "success")
    return redirect(url_for(".show", picture_id=added.id), 303)


@media.get("/<int:picture_id>")
@require(Permission.VIEW)
def show(picture_id: int) -> Answer:
    """One picture; for the editor, which asks for JSON, the whole of it and what is seen of that."""
    picture = queries.picture(picture_id)
    if request.accept_mimetypes.best_match(["text/html", EDITOR]) == EDITOR:
        whole = picture if picture.whole_id is None else queries.picture(picture.whole_id)
        return {"whole": _told(whole), "frame": picture.frame}
    return _show(picture, PictureForm(formdata=None, obj=picture))


def _show(picture: Picture, form: PictureForm) -> str:
    return render_template(
        "media/show.html", picture=picture, form=form, url=queries.address(picture), uses=_uses(picture),
        may_write=allowed(current_member().role, Permission.WRITE),
    )  # fmt: skip


def _uses(picture: Picture) -> list[Use]:
    found = [use for each in (picture, *queries.parts(picture.id)) for use in uses(each.name)]
    return list(dict.fromkeys(found))


@media.post("/<int:picture_id>/crops")
@require(Permission.WRITE)
def crop(picture_id: int) -> Answer:
    """Cut out what the editor's frame holds; the answer is the new picture."""
    picture, form = queries.picture(picture_id), CropForm()
    try:
        if not form.validate_on_submit():
            raise NoPart
        made = service.crop_picture(picture, form.frame, member_id=current_member().id)
    except DomainError as error:
        return {"error": str(_(error.message, **error.params))}, error.status
    return _told(made), 201


@media.post("/<int:picture_id>")
@require(Permission.WRITE)
def save(picture_id: int) -> Answer:
    picture = queries.picture(picture_id)
    form = PictureForm()
    if not form.validate_on_submit():
        return _show(picture, form), 422
    service.change_picture(picture, title=form.title.data, folder=form.folder.data or "")
    flash(_("Saved."), "success")
    return redirect(url_for(".show", picture_id=picture_id), 303)


@media.post("/<int:picture_id>/deletions")
@require(Permission.WRITE)
def delete(picture_id: int) -> Response:
    picture = queries.picture(picture_id)
    service.delete_picture(picture, although_used="although_used" in request.form)
    flash(_("The picture “%(title)s” is deleted.", title=picture.title), "success")
    return redirect(url_for(".index"), 303)


@media.get("/logo")
@require(Permission.MANAGE_WORKSPACE)
def logo() -> str:
    return render_template("media/logo.html", form=LogoForm(formdata=None))


@media.post("/logo")
@require(Permission.MANAGE_WORKSPACE)
def keep_logo() -> Answer:
    form = LogoForm()
    if form.validate_on_submit():
        upload = form.file.data
        try:
            service.keep_logo(upload.read(), title=upload.filename or "", member_id=current_member().id)
        except DomainError as error:
            form.file.errors = [_(error.message, **error.params)]
        else:
            flash(_("The logo is shown from now on."), "success")
            return redirect(url_for(".logo"), 303)
    return render_template("media/logo.html", form=form), 422


@media.post("/logo/removals")
@require(Permission.MANAGE_WORKSPACE)
def remove_logo() -> Response:
    choose_logo("")
    flash(_("The logo is shown no more. The picture is still in the library."), "success")
    return redirect(url_for(".logo"), 303)
