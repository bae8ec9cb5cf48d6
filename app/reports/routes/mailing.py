"""Pages that look closer at one mailing."""

from __future__ import annotations

from flask import render_template
from werkzeug.wrappers import Response

from app.reports import answers, heatmap, pictures, queries, sentences, sheets, views
from app.reports.charts import Chart
from app.reports.queries import Report
from app.reports.routes.door import frame_of, reports
from app.reports.routes.exhibits import away, taken_away
from app.tenants.queries import current_workspace

FEW_DOMAINS, FEW_POINTS = 4, 3


@reports.get("/reports/<int:mailing_id>/delivery")
def delivery(mailing_id: int) -> str | Response:
    report = queries.begun(mailing_id)
    line = answers.delivery_line(answers.minutes(mailing_id), current_workspace().timezone)
    found = answers.domains(mailing_id)
    file = taken_away(f"delivery-{mailing_id}", sheets.delivery_tables(line, found.shown))
    if file is not None:
        return file
    finding, destination = sentences.delivery_course(line), sentences.destinations(found.shown)
    return render_template(
        "reports/delivery.html",
        report=report,
        line=line,
        finding=finding,
        picture=pictures.delivery_chart(line, finding) if line.points else None,
        progress_picture=_progress_picture(report, line) if len(line.points) >= FEW_POINTS else None,
        domains=found,
        destination=destination,
        share_picture=_share_picture(found) if len(found.shown) > FEW_DOMAINS else None,
        domain_picture=pictures.domain_chart(found.shown[:10], destination) if found.shown else None,
        wait=sentences.wait,
        away=away,
    )


def _progress_picture(report: Report, line: answers.DeliveryLine) -> Chart:
    return pictures.progress_chart(line, report.total, sentences.half_answered(line, report.total))


def _share_picture(found: answers.Domains) -> Chart:
    return pictures.share_chart(found.shown, sentences.largest_domain(found.shown))


@reports.get("/reports/<int:mailing_id>/map")
def click_map(mailing_id: int) -> str:
    report = queries.begun(mailing_id)
    links = views.link_rows(mailing_id)
    return render_template("reports/map.html", report=report, links=links, finding=sentences.clicked_most(links))


@reports.get("/reports/<int:mailing_id>/map/body")
def click_map_body(mailing_id: int) -> Response:
    clicks = {link.number: link.clicks for link in views.link_rows(queries.begun(mailing_id).mailing_id)}
    html = heatmap.annotated(queries.body_of(mailing_id), current_workspace().locale, clicks)
    return frame_of(html)
