"""A report as an Excel file: numbers as numbers, times as times, a chart of Excel's own, and every recipient."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import IO, Any
from zoneinfo import ZoneInfo

import xlsxwriter
from flask_babel import gettext as _

from app.reports import exports, sentences, words
from app.reports.cells import Share, Value
from app.reports.people import Group, Person, Wanted, everybody
from app.reports.queries import Report
from app.reports.views import ReportView

# Rows are written out as they come, so that a million of them need no more memory than ten.
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd hh:mm:ss",
}
READINGS = (Group.GLANCED, Group.SKIMMED, Group.STUDIED)
ROWS_A_SHEET = 1_048_576
Row = Sequence[Value]
FORBIDDEN_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
LONGEST_NAME = 31


def write_report(out: IO[bytes], report: Report, view: ReportView, zone: str) -> None:
    """Write the workbook of a mailing that has begun into an open binary file; times in the workspace's zone."""
    local = ZoneInfo(zone)
    book = xlsxwriter.Workbook(out, OPTIONS)
    writer = SheetWriter(book)
    overview = writer.sheet(_("Report"), (), _overview(report, local), widths=(32, 24))
    times = writer.sheet(_("Time"), [_("Time"), _("Opens"), _("Clicks")], _times(view), widths=(20, 12, 12))
    writer.sheet(_("Links"), [_("Link"), _("Leads to"), _("Clicks"), _("By machines")], _links(view), widths=(40, 60))
    writer.people(_("People"), (_person(p, local) for page in everybody(report.mailing_id, Wanted()) for p in page))
    overview.insert_chart("D2", _chart(book, times.get_name(), len(view.line.points), view.finding))
    book.close()


class SheetWriter:
    """Writes rows of mixed types; heads stand out and stay in sight."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._bold = book.add_format({"bold": True, "bottom": 1})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._share = book.add_format({"num_format": "0.0%"})

    def sheet(self, name: str, head: Sequence[str], rows: Iterable[Row], *, widths: Sequence[int] = ()) -> Any:
        sheet = self._book.add_worksheet(name.translate(FORBIDDEN_IN_NAMES).strip()[:LONGEST_NAME])
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        if head:
            sheet.write_row(0, 0, head, self._bold)
            sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows, start=1 if head else 0):
            self._row(sheet, number, row)
        return sheet

    def people(self, name: str, rows: Iterable[Row]) -> None:
        """Write the recipients, on as many sheets as Excel's limit asks for."""
        pieces, sheet, number = 0, None, ROWS_A_SHEET
        for row in rows:
            if number >= ROWS_A_SHEET:
                pieces, number = pieces + 1, 1
                sheet = self.sheet(name if pieces == 1 else f"{name} {pieces}", exports.headings(), (), widths=(32, 20))
            self._row(sheet, number, row)
            number += 1

    def _row(self, sheet: Any, number: int, row: Row) -> None:
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, column, value)
            elif isinstance(value, date):
                sheet.write_datetime(number, column, value, None if isinstance(value, datetime) else self._day)
            elif isinstance(value, Share):
                sheet.write_number(number, column, value, self._share)
            elif value is not None:
                sheet.write_number(number, column, value)


def _overview(report: Report, local: ZoneInfo) -> list[Row]:
    numbers: list[Row] = [
        (_("Recipients"), report.total),
        (_("Delivered"), report.accepted),
        (_("Bounced"), report.bounced),
        (_("Given up"), report.expired),
        (_("Cancelled"), report.cancelled),
        (_("Opened"), report.openers),
        (_("Clicked"), report.clickers),
        (_("Unsubscribed"), report.unsubscribers),
        (_("Reported as spam"), report.complainers),
        (_("Sent it on"), report.forwarders),
        *(((words.group(name), getattr(report, name)) for name in READINGS) if report.track_reading else ()),
        (_("Opens"), report.opens),
        (_("Clicks"), report.clicks),
        (_("Opens by machines"), report.machine_opens),
        (_("Clicks by machines"), report.machine_clicks),
    ]
    return [
        (_("Subject"), report.subject),
        (_("State"), words.state(report.state)),
        (_("Planned for"), _local(report.planned_at, local)),
        (_("Sent from"), _local(report.started_at, local)),
        (_("Finished"), _local(report.finished_at, local)),
        (_("In words"), sentences.outcome(report)),
        *numbers,
    ]


def _times(view: ReportView) -> list[Row]:
    return [(point.at.replace(tzinfo=None), point.opens, point.clicks) for point in view.line.points]


def _links(view: ReportView) -> list[Row]:
    return [(link.label, link.url, link.clicks, link.machine_clicks) for link in view.links]


def _person(person: Person, local: ZoneInfo) -> Row:
    return (
        person.address,
        person.name,
        words.delivery(person.state),
        words.bounce(person.bounce) if person.bounce else "",
        person.reply,
        *(_local(at, local) for at in person.moments),
        person.opens,
        person.clicks,
        person.forwards,
    )


def _local(at: datetime | None, local: ZoneInfo) -> datetime | None:
    """Return the time of day on the workspace's clocks: Excel knows no zones."""
    return at.astimezone(local).replace(tzinfo=None, microsecond=0) if at else None


def _chart(book: Any, sheet: str, points: int, finding: str) -> Any:
    chart = book.add_chart({"type": "line"})
    for column, name, color in ((1, _("Opens"), "#2149a8"), (2, _("Clicks"), "#19673a")):
        chart.add_series(
            {
                "name": name,
                "categories": [sheet, 1, 0, points, 0],
                "values": [sheet, 1, column, points, column],
                "line": {"color": color, "width": 2},
            }
        )
    chart.set_title({"name": finding, "name_font": {"size": 12}})
    chart.set_x_axis({"num_format": "m/d hh:mm"})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 640, "height": 320})
    return chart
