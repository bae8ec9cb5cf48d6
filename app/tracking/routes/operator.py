"""The operator's desk of mails that came back: complaints and late bounces as files, where no pipe brings them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.tracking import returns
from app.tracking.feedback import LARGEST_HEAD

MOST_FILES = 500

returns_desk = Blueprint("returns_desk", __name__, template_folder="../templates")


@returns_desk.get("")
def index() -> str:
    return render_template("tracking/returns.html", problem="")


@returns_desk.post("")
def take_in() -> Response | tuple[str, int]:
    files = [file for file in request.files.getlist("mails") if file.filename]
    if not 0 < len(files) <= MOST_FILES:
        problem = _("Choose from 1 to %(most)s mails.", most=MOST_FILES)
        return render_template("tracking/returns.html", problem=problem), 422
    taken = sum(returns.deliver(file.stream.read(LARGEST_HEAD)) for file in files)
    flash(ngettext("One mail was taken in.", "%(num)d mails were taken in.", taken), "success")
    if left := len(files) - taken:
        flash(
            ngettext(
                "One mail was left out: it is no report, or about nobody whom we wrote to.",
                "%(num)d mails were left out: they are no reports, or about nobody whom we wrote to.",
                left,
            ),
            "warning",
        )
    return redirect(url_for(".index"), 303)
