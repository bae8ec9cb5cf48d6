"""What a mailing was read with."""

from __future__ import annotations

from flask import render_template, send_file
from werkzeug.wrappers import Response

from app.core.errors import NotFound
from app.reports import clients, queries, tables
from app.reports.clients import Reading
from app.reports.queries import Report
from app.reports.routes.door import reports
from app.tenants.queries import current_workspace

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@reports.get("/reports/<int:mailing_id>/clients")
def clients_page(mailing_id: int) -> str:
    report, found = _read(mailing_id)
    finding, hour = clients.finding(found), clients.busiest_hour(found)
    return render_template(
        "reports/clients.html",
        report=report,
        found=found,
        finding=finding,
        hour=hour,
        device_picture=clients.bars_of(found.devices, finding),
        hour_picture=clients.hour_chart(found, hour),
    )


@reports.get("/reports/<int:mailing_id>/clients.csv")
def clients_csv(mailing_id: int) -> Response:
    _report, found = _read(mailing_id)
    response = Response(tables.as_csv(clients.tables(found)[0]), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="clients-{mailing_id}.csv"'
    return response


@reports.get("/reports/<int:mailing_id>/clients.xlsx")
def clients_workbook(mailing_id: int) -> Response:
    _report, found = _read(mailing_id)
    out = tables.as_workbook(clients.tables(found), charted=1)
    return send_file(out, XLSX, as_attachment=True, download_name=f"clients-{mailing_id}.xlsx")


def _read(mailing_id: int) -> tuple[Report, Reading]:
    report = queries.report(mailing_id)
    if report.waits:
        raise NotFound
    return report, clients.reading(mailing_id, current_workspace().timezone)
