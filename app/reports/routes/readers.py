"""Who the readers of a mailing are."""

from __future__ import annotations

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.lists.fields import fields
from app.lists.segments.limits import TookTooLong
from app.reports import parts, queries, readers
from app.reports.routes.door import reports
from app.reports.routes.exhibits import exhibition


@reports.get("/reports/<int:mailing_id>/readers")
def reader_profile(mailing_id: int) -> str | Response:
    """Opens and clicks by a field, and by what the mailing was sent to."""
    report = queries.begun(mailing_id)
    known = fields()
    key = request.args.get("field", known[0].key if known else "")
    chosen = parts.known_field(key) if key else None
    try:
        exhibits = [readers.by_field(report, chosen) if chosen else None, readers.by_source(report)]
        empty = _("Nothing tells these readers apart: there are no fields, and the lists are gone.")
    except TookTooLong:
        exhibits = []
        empty = _("These readers are too many to tell apart in time just now. Nothing is wrong: try again later.")
    return exhibition(
        f"report-{mailing_id}-readers",
        [each for each in exhibits if each],
        title=_("Readers"),
        back=(url_for(".show", mailing_id=mailing_id), report.subject),
        chips=readers.field_chips(mailing_id, known, chosen),
        empty=empty,
    )
