"""What all members of all workspaces are told above their pages."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.compose.times import local_time, moment
from app.core.clock import now
from app.core.errors import DomainError
from app.operator import queries, service
from app.operator.forms import AnnouncementForm
from app.operator.service import Words

announcements = Blueprint("announcements", __name__, template_folder="../templates")

USUAL = timedelta(hours=24)


@announcements.get("")
def index() -> str:
    form, moment = AnnouncementForm(formdata=None), now()
    form.begins_at.data, form.ends_at.data = local_time(moment, _zone()), local_time(moment + USUAL, _zone())
    return _page(form)


def _page(form: AnnouncementForm) -> str:
    return render_template(
        "operator/announcements.html", form=form, announcements=queries.announcements(), now=now(), zone=_zone()
    )


def _zone() -> str:
    return str(current_app.config["BABEL_DEFAULT_TIMEZONE"])


@announcements.post("")
def announce() -> Response | tuple[str, int]:
    form = AnnouncementForm()
    if form.validate_on_submit():
        try:
            service.announce(
                Words(form.korean.data, form.english.data, form.tone.data),
                begins_at=moment(form.begins_at.data, _zone()),
                ends_at=moment(form.ends_at.data, _zone()),
                by=str(current_user.email),
            )
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("Every member sees it in that time."), "success")
            return redirect(url_for(".index"), 303)
    return _page(form), form.status


@announcements.post("/<int:announcement_id>/endings")
def end(announcement_id: int) -> Response:
    service.end_announcement(announcement_id, by=str(current_user.email))
    flash(_("Nobody sees it any more."), "success")
    return redirect(url_for(".index"), 303)
