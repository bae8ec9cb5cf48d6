"""Which chart shows what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import format_date, format_time
from flask_babel import gettext as _

from app.reports import charts
from app.reports.answers import DeliveryLine, Domain
from app.reports.charts import ACCENT, GREEN, RED, Chart, Frame, Series
from app.reports.comparison import Column
from app.reports.queries import Day, Report
from app.reports.statistics import Period, Unit
from app.reports.timeline import Timeline

SHOWN_HOURS = ((12, 2), (24, 4), (49, 6))


def reaction_chart(line: Timeline, finding: str) -> Chart:
    """Opens and clicks, hour by hour or day by day."""
    labels = point_labels(line)
    frame = Frame(
        labels=labels,
        shown=_shown(labels, hourly=line.hourly),
        x_title=_("Hour") if line.hourly else _("Day"),
        y_title=_("Times"),
    )
    rows = [
        Series(_("Opens"), tuple(point.opens for point in line.points), ACCENT, fill=True),
        Series(_("Clicks"), tuple(point.clicks for point in line.points), GREEN, fill=True),
    ]
    return charts.lines(rows, frame, alt=finding)


def day_chart(days: Sequence[Day], finding: str) -> Chart:
    """Mails that were accepted, a column a day."""
    labels = day_labels([day.day for day in days])
    frame = Frame(labels, x_title=_("Day"), y_title=_("Mails"), shown=_shown(labels, hourly=False))
    return charts.columns([Series(_("Sent"), tuple(day.accepted for day in days))], frame, alt=finding)


def period_chart(periods: Sequence[Period], unit: Unit, finding: str) -> Chart:
    """Mails that were accepted and those that came back, one on the other, a column a period."""
    names = {Unit.DAY: day_labels, Unit.MONTH: _month_labels, Unit.YEAR: _year_labels}
    labels = names[unit]([period.first for period in periods])
    frame = Frame(labels, shown=_shown(labels, hourly=False), y_title=_("Mails"))
    rows = [
        Series(_("Delivered"), tuple(period.accepted for period in periods), ACCENT),
        Series(_("Bounced"), tuple(period.bounced for period in periods), RED),
    ]
    return charts.columns(rows, frame, alt=finding, stacked=True)


def _month_labels(days: Sequence[date]) -> tuple[str, ...]:
    pattern = _("MMM yy")
    return tuple(format_date(day, pattern, rebase=False) for day in days)


def _year_labels(days: Sequence[date]) -> tuple[str, ...]:
    return tuple(str(day.year) for day in days)


def point_labels(line: Timeline) -> tuple[str, ...]:
    """Return what the points of a timeline are called on its axis."""
    if line.hourly:
        return tuple(f"{point.at.hour}:00" for point in line.points)
    return day_labels([point.at.date() for point in line.points])


def day_labels(days: Sequence[date]) -> tuple[str, ...]:
    pattern = _("d MMM")
    return tuple(format_date(day, pattern, rebase=False) for day in days)


def _shown(labels: Sequence[str], *, hourly: bool) -> tuple[str, ...]:
    """Name as many points as fit on a phone; hours at a step that divides the day, since their names come again."""
    if hourly:
        step = next((step for most, step in SHOWN_HOURS if len(labels) <= most), 12)
    else:
        step = max(1, -(-len(labels) // 6))
    return tuple(labels[::step])


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the funnel and how many people came so far; `share` is that of the step before."""

    name: str
    people: int
    share: float | None


def funnel(report: Report) -> list[Step]:
    """Return the way from the audience to the click, each step a part of the one before."""
    counts = [
        (_("Recipients"), report.total),
        (_("Delivered"), report.accepted),
        (_("Opened"), report.openers),
        (_("Clicked"), report.clickers),
    ]
    before = [0, *(number for _name, number in counts)]
    return [Step(name, n, n / whole if whole else None) for (name, n), whole in zip(counts, before, strict=False)]


def outcome_chart(report: Report, finding: str) -> Chart:
    """From the audience to the click: each bar a part of the one above."""
    steps = funnel(report)
    frame = Frame(tuple(step.name for step in steps))
    return charts.bars([Series(_("People"), tuple(step.people for step in steps))], frame, alt=finding)


def delivery_chart(line: DeliveryLine, finding: str) -> Chart:
    """Answers while a mailing runs: accepted and bounced, one on the other."""
    labels = tuple(format_time(point.at, "HH:mm", rebase=False) for point in line.points)
    frame = Frame(
        labels, x_title=_("Answered"), y_title=_("Mails"), shown=tuple(labels[:: max(1, -(-len(labels) // 6))])
    )
    rows = [
        Series(_("Delivered"), tuple(point.accepted for point in line.points), ACCENT),
        Series(_("Bounced"), tuple(point.bounced for point in line.points), RED),
    ]
    return charts.columns(rows, frame, alt=finding, stacked=True)


def comparison_chart(columns: Sequence[Column], finding: str) -> Chart:
    """Open and click rates in percent, a pair of bars a mailing."""
    frame = Frame(tuple(column.name for column in columns), x_title=_("Percent of the delivered"))
    rows = [
        Series(_("Opened"), tuple(100 * (column.opened.value or 0.0) for column in columns), ACCENT),
        Series(_("Clicked"), tuple(100 * (column.clicked.value or 0.0) for column in columns), GREEN),
    ]
    return charts.bars(rows, frame, alt=finding)


def domain_chart(domains: Sequence[Domain], finding: str) -> Chart:
    """How much of each domain's mail was not accepted at once: put off, or bounced."""
    frame = Frame(tuple(domain.name for domain in domains))
    rows = [
        Series(_("Delivered"), tuple(domain.accepted for domain in domains), ACCENT),
        Series(_("Bounced"), tuple(domain.unreached for domain in domains), RED),
    ]
    return charts.bars(rows, frame, alt=finding)
