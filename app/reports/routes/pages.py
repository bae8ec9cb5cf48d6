"""Home, status and reports."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import Any
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from app.billing.queries import Usage
from app.core import clock
from app.core.access import current_member
from app.core.errors import NotFound
from app.reports import dashboard, pictures, queries, sentences, service, sheets, statistics, views, workbook
from app.reports.charts import Chart
from app.reports.queries import Report
from app.reports.routes.door import frame_of, reports
from app.reports.routes.exhibits import away, taken_away
from app.reports.statistics import Unit
from app.tenants.queries import current_workspace

STATUS_PAGE = 20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@reports.get("/")
def home() -> str:
    found = dashboard.dashboard(current_member().id, clock.now())
    finding = sentences.month_of_days(found.days)
    return render_template(
        "reports/home.html",
        board=found,
        finding=finding,
        picture=pictures.day_chart(found.days, finding),
        quota_picture=_quota_picture(found.usage),
        now=clock.now(),
    )


def _quota_picture(usage: Usage) -> Chart | None:
    if not usage.limit:
        return None
    return pictures.quota_chart(usage.used, usage.limit, sentences.month_used(usage.used, usage.limit))


@reports.get("/status")
def status() -> str:
    wanted = views.StatusFilter.of(request.args)
    now = clock.now()
    open_ones = queries.open_reports(wanted.text) if wanted.shows_open else []
    past = queries.past_reports(wanted.text, before=wanted.before, count=STATUS_PAGE + 1) if wanted.shows_past else []
    return render_template(
        "reports/status.html",
        wanted=wanted,
        held=wanted.among(open_ones, "held"),
        waiting=[(report, queries.audience_of(report)) for report in wanted.among(open_ones, "scheduled")],
        running=wanted.among(open_ones, *queries.BEGUN),
        past=past[:STATUS_PAGE],
        read=queries.read_ids(current_member().id, [report.mailing_id for report in past]),
        sparks=queries.first_hours([report.mailing_id for report in past[:STATUS_PAGE]]),
        more=_more(wanted, past),
        now=now,
    )


def _more(wanted: views.StatusFilter, past: list[Report]) -> str | None:
    if len(past) <= STATUS_PAGE:
        return None
    last = past[STATUS_PAGE - 1]
    assert last.finished_at is not None
    return url_for(
        ".status", show="sent", q=wanted.text or None, before=f"{last.finished_at.isoformat()}_{last.mailing_id}"
    )


@reports.get("/reports/<int:mailing_id>")
def show(mailing_id: int) -> str:
    report = queries.report(mailing_id)
    read = queries.read_ids(current_member().id, [mailing_id])
    return render_template(
        "reports/show.html", report=report, unread=report.over and not read, now=clock.now(), **_figures(report)
    )


def _figures(report: Report) -> dict[str, Any]:
    if report.waits:
        return {"audience": queries.audience_of(report), "view": None}
    return {"audience": report.total, "view": views.report_view(report, current_workspace().timezone)}


@reports.get("/reports/<int:mailing_id>/progress")
def progress(mailing_id: int) -> Response:
    """The part of a report that moves while the mailing runs."""
    return _moving("reports/_progress.html", mailing_id)


@reports.get("/reports/<int:mailing_id>/bar")
def bar(mailing_id: int) -> Response:
    """How far a mailing is, for lists of mailings."""
    return _moving("reports/_bar.html", mailing_id)


def _moving(template: str, mailing_id: int) -> Response:
    """Answer a part of a page that asks for itself; once the state is another one, the whole page loads anew."""
    report = queries.report(mailing_id)
    response = Response(render_template(template, report=report, now=clock.now()), mimetype="text/html")
    if report.state != request.args.get("state"):
        response.headers["HX-Refresh"] = "true"
    return response


@reports.get("/reports/<int:mailing_id>/body")
def body(mailing_id: int) -> Response:
    return frame_of(views.body(queries.body_of(mailing_id)))


@reports.post("/reports/<int:mailing_id>/reads")
def mark_read(mailing_id: int) -> Response:
    service.mark_read(mailing_id, current_member().id)
    if request.headers.get("HX-Request"):
        return Response(status=204)
    return redirect(url_for(".show", mailing_id=mailing_id), 303)


@reports.get("/reports/<int:mailing_id>/report.xlsx")
def workbook_file(mailing_id: int) -> Response:
    report = queries.report(mailing_id)
    if report.waits:
        raise NotFound
    zone = current_workspace().timezone
    out = TemporaryFile()  # noqa: SIM115 - closed by the response, after it has been sent
    workbook.write_report(out, report, views.report_view(report, zone), zone)
    out.seek(0)
    return send_file(out, XLSX, as_attachment=True, download_name=f"report-{mailing_id}.xlsx")


@reports.get("/statistics")
def statistics_page() -> str | Response:
    zone = current_workspace().timezone
    now = clock.now()
    unit, last = views.asked_period(request.args, now.astimezone(ZoneInfo(zone)).date())
    found = statistics.periods(unit, last, zone)
    week = statistics.reading_week(now, zone)
    rates = statistics.open_rates(now, zone)
    file = taken_away("statistics", sheets.statistics_tables(found, week, rates))
    if file is not None:
        return file
    finding = sentences.periods_in_words(found, unit)
    earlier = url_for(".statistics_page", by=unit.value, to=statistics.day_before(found))
    return render_template(
        "reports/statistics.html",
        unit=unit,
        chips=views.unit_chips(unit),
        periods=found,
        finding=finding,
        picture=pictures.period_chart(found, unit, finding),
        earlier=None if unit is Unit.YEAR else earlier,
        week=week,
        **_week_pictures(week, rates),
        away=away,
        sentences=sentences,
    )


def _week_pictures(week: statistics.ReadingWeek, rates: list[statistics.OpenRates]) -> dict[str, Any]:
    days = sentences.weekday_names("abbreviated")
    return {
        "week_picture": pictures.week_chart(week, days, sentences.best_time(week)),
        "clock_picture": pictures.clock_chart(week, sentences.around_the_clock(week)) if week.total else None,
        "spread_picture": pictures.spread_chart(rates, days, sentences.best_weekday(rates)) if rates else None,
    }
