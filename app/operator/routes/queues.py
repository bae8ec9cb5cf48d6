"""Background work: what is queued, running and failed, and trying it again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.operator import background, failed_jobs

queues = Blueprint("queues", __name__, template_folder="../templates")


@queues.get("")
def index() -> str:
    return render_template(
        "operator/queues.html",
        queues=background.queues(),
        running=background.running(),
        workers=background.workers(),
        jobs=failed_jobs.failed_jobs(),
        count=failed_jobs.count_failed_jobs(),
    )


@queues.post("/failed-jobs/<job_id>/retries")
def retry(job_id: str) -> Response:
    failed_jobs.retry(job_id)
    flash(_("The job is queued again."), "success")
    return redirect(url_for(".index"), 303)


@queues.post("/failed-jobs/retries")
def retry_all() -> Response:
    count = failed_jobs.retry_all()
    flash(ngettext("%(num)d job is queued again.", "%(num)d jobs are queued again.", count), "success")
    return redirect(url_for(".index"), 303)
