"""Pages that look closer at one mailing."""

from __future__ import annotations

from flask import render_template
from werkzeug.wrappers import Response

from app.core.errors import NotFound
from app.reports import answers, heatmap, pictures, queries, sentences, views
from app.reports.queries import Report
from app.reports.routes.door import frame_of, reports
from app.tenants.queries import current_workspace


@reports.get("/reports/<int:mailing_id>/delivery")
def delivery(mailing_id: int) -> str:
    report = _begun(mailing_id)
    line = answers.delivery_line(answers.minutes(mailing_id), current_workspace().timezone)
    found = answers.domains(mailing_id)
    finding, destination = sentences.delivery_course(line), sentences.destinations(found.shown)
    return render_template(
        "reports/delivery.html",
        report=report,
        line=line,
        finding=finding,
        picture=pictures.delivery_chart(line, finding) if line.points else None,
        domains=found,
        destination=destination,
        domain_picture=pictures.domain_chart(found.shown[:10], destination) if found.shown else None,
        wait=sentences.wait,
    )


@reports.get("/reports/<int:mailing_id>/map")
def click_map(mailing_id: int) -> str:
    report = _begun(mailing_id)
    links = views.link_rows(mailing_id)
    return render_template("reports/map.html", report=report, links=links, finding=sentences.clicked_most(links))


@reports.get("/reports/<int:mailing_id>/map/body")
def click_map_body(mailing_id: int) -> Response:
    clicks = {link.number: link.clicks for link in views.link_rows(_begun(mailing_id).mailing_id)}
    html = heatmap.annotated(queries.body_of(mailing_id), current_workspace().locale, clicks)
    return frame_of(html)


def _begun(mailing_id: int) -> Report:
    report = queries.report(mailing_id)
    if report.waits:
        raise NotFound
    return report
