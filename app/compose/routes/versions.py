"""What a mail said before: the list of its versions, one of them shown or compared, and put back."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.compose import history, previewing, queries, service
from app.compose.routes.blueprint import Draft, compose
from app.core.access import Permission, current_member, require
from app.core.errors import DomainError
from app.document.compare import compare
from app.document.frame import framed
from app.tenants.queries import members


@compose.get("/mailings/<int:mailing_id>/versions")
@require(Permission.VIEW)
def versions(mailing_id: int) -> str:
    mailing = queries.mailing(mailing_id)
    return render_template(
        "compose/versions.html",
        mailing=mailing,
        versions=history.versions(mailing_id),
        names=_names(),
        kept=history.KEPT,
    )


@compose.get("/mailings/<int:mailing_id>/versions/<int:version_id>")
@require(Permission.VIEW)
def version(mailing_id: int, version_id: int) -> str:
    """One version as it looks; with ``against``, what another has in its place."""
    mailing, chosen = queries.mailing(mailing_id), history.version(mailing_id, version_id)
    against = request.args.get("against", type=int)
    other = history.version(mailing_id, against) if against else None
    return render_template(
        "compose/version.html",
        mailing=mailing,
        version=chosen,
        versions=history.versions(mailing_id),
        names=_names(),
        other=other,
        subject=compare(chosen.subject, other.subject) if other else [],
        text=compare(_text(mailing, chosen), _text(mailing, other)) if other else [],
    )


def _text(mailing: Draft, seen: Draft) -> str:
    return previewing.rendered_version(mailing, seen).text


def _names() -> dict[int | None, str]:
    return {member.id: member.display_name for member in members()}


@compose.get("/mailings/<int:mailing_id>/versions/<int:version_id>/mail")
@require(Permission.VIEW)
def version_mail(mailing_id: int, version_id: int) -> tuple[str, dict[str, str]]:
    """The mail as it was, for the frame."""
    rendered = previewing.rendered_version(queries.mailing(mailing_id), history.version(mailing_id, version_id))
    return framed(rendered.html)


@compose.post("/mailings/<int:mailing_id>/versions/<int:version_id>/restorations")
@require(Permission.WRITE)
def restore_version(mailing_id: int, version_id: int) -> Response:
    mailing, earlier = queries.mailing(mailing_id), history.version(mailing_id, version_id)
    try:
        service.restore(mailing, earlier, author_id=current_member().id)
    except DomainError as error:
        flash(_(error.message, **error.params), "error")
        return redirect(url_for(".version", mailing_id=mailing_id, version_id=version_id), 303)
    flash(_("The mail says again what it said then. What it said until now is a version too."), "success")
    return redirect(url_for(".body", mailing_id=mailing_id), 303)
