"""Pages across mailings: several of them side by side, and one person through all of them."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import NotFound
from app.lists import queries as lists
from app.reports import comparison, person, pictures, queries, sentences, sheets
from app.reports.routes.door import reports
from app.reports.routes.exhibits import away, taken_away

CHOICE = 30


@reports.get("/comparison")
def compare() -> str | Response:
    chosen = queries.reports_of(list(dict.fromkeys(request.args.getlist("ids", type=int)))[: comparison.MOST])
    columns = comparison.columns(chosen) if len(chosen) >= comparison.FEWEST else []
    together = comparison.together(chosen, _("All together"))
    file = taken_away("comparison", sheets.comparison_tables([*columns, together])) if columns else None
    if file is not None:
        return file
    finding = sentences.compared(columns) if columns else ""
    return render_template(
        "reports/comparison.html",
        choice=queries.comparable(CHOICE),
        chosen={report.mailing_id for report in chosen},
        columns=columns,
        together=together,
        away=away,
        finding=finding,
        picture=pictures.comparison_chart(columns, finding) if columns else None,
        profile=pictures.profile_chart(columns, finding) if columns else None,
    )


@reports.get("/people/<int:contact_id>")
def one_person(contact_id: int) -> str:
    contact = lists.contact(contact_id)
    if contact is None:
        raise NotFound
    before = request.args.get("before", person.NEWEST, type=int)
    found = person.received(contact_id, before=before, count=person.MAILINGS_SHOWN + 1)
    shown = found[: person.MAILINGS_SHOWN]
    more = url_for(".one_person", contact_id=contact_id, before=shown[-1].mailing_id) if found != shown else None
    return render_template(
        "reports/person.html", contact=contact, sum=person.sum_of(contact_id), received=shown, more=more
    )
