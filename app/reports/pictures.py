"""Which chart shows what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from flask_babel import format_date, format_time
from flask_babel import gettext as _

from app.reports import charts, words
from app.reports.answers import DeliveryLine, Domain
from app.reports.charts import ACCENT, GREEN, GREY, RED, Chart, Frame, Part, Series, Spread
from app.reports.comparison import Column
from app.reports.queries import Day, Report
from app.reports.statistics import SLOT_HOURS, OpenRates, Period, ReadingWeek, Unit
from app.reports.summaries import Summary
from app.reports.timeline import Timeline

HOUR_HEIGHT = 24
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
    labels = period_labels([period.first for period in periods], unit)
    frame = Frame(labels, shown=_shown(labels, hourly=False), y_title=_("Mails"))
    rows = [
        Series(_("Delivered"), tuple(period.accepted for period in periods), ACCENT),
        Series(_("Bounced"), tuple(period.bounced for period in periods), RED),
    ]
    return charts.columns(rows, frame, alt=finding, stacked=True)


def summary_chart(found: Summary, finding: str) -> Chart:
    """The days of a week or month: mails that were accepted, and those that came back on top."""
    labels = day_labels([day.day for day in found.days])
    frame = Frame(labels, shown=_shown(labels, hourly=False), y_title=_("Mails"))
    rows = [
        Series(_("Delivered"), tuple(day.accepted for day in found.days), ACCENT),
        Series(_("Bounced"), tuple(day.bounced for day in found.days), RED),
    ]
    return charts.columns(rows, frame, alt=finding, stacked=True)


def period_labels(firsts: Sequence[date], unit: Unit) -> tuple[str, ...]:
    """Return what days, months or years are called on an axis, by their first days."""
    names = {Unit.DAY: day_labels, Unit.MONTH: _month_labels, Unit.YEAR: _year_labels}
    return names[unit](firsts)


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


def funnel(report: Report, buyers: int = 0) -> list[Step]:
    """Return the way from the audience to the click, and to the order where anybody ordered; each step a part of the
    one before."""
    counts = [
        (_("Recipients"), report.total),
        (_("Delivered"), report.accepted),
        (_("Opened"), report.openers),
        (_("Clicked"), report.clickers),
        *([(_("Ordered"), buyers)] if buyers else []),
    ]
    before = [0, *(number for _name, number in counts)]
    return [Step(name, n, n / whole if whole else None) for (name, n), whole in zip(counts, before, strict=False)]


def outcome_chart(steps: Sequence[Step], finding: str) -> Chart:
    """From the audience to the click: each step a part of the one before."""
    return charts.funnel([Part(step.name, step.people) for step in steps], alt=finding)


def bounce_chart(bounces: Mapping[str, int], finding: str) -> Chart:
    """Why people could not be reached, as parts of all who could not."""
    return charts.donut([Part(words.bounce(name), number) for name, number in bounces.items()], alt=finding)


def delivery_chart(line: DeliveryLine, finding: str) -> Chart:
    """Answers while a mailing runs: accepted and bounced, one on the other."""
    labels = _times(line)
    frame = Frame(labels, x_title=_("Answered"), y_title=_("Mails"), shown=_shown(labels, hourly=False))
    rows = [
        Series(_("Delivered"), tuple(point.accepted for point in line.points), ACCENT),
        Series(_("Bounced"), tuple(point.bounced for point in line.points), RED),
    ]
    return charts.columns(rows, frame, alt=finding, stacked=True)


def _times(line: DeliveryLine) -> tuple[str, ...]:
    return tuple(format_time(point.at, "HH:mm", rebase=False) for point in line.points)


def comparison_chart(columns: Sequence[Column], finding: str) -> Chart:
    """Open and click rates in percent, a pair of bars a mailing."""
    frame = Frame(tuple(column.name for column in columns), x_title=_("Percent of the delivered"), unit="%")
    rows = [
        Series(_("Opened"), tuple(100 * (column.opened.value or 0.0) for column in columns), ACCENT),
        Series(_("Clicked"), tuple(100 * (column.clicked.value or 0.0) for column in columns), GREEN),
    ]
    return charts.bars(rows, frame, alt=finding)


def profile_chart(columns: Sequence[Column], finding: str) -> Chart:
    """Mailings by several measures at once, each as a share of the best of them."""
    measures = (_("Delivered"), _("Opened"), _("Clicked"), _("Stayed"))
    profiles = [_profile(column) for column in columns]
    best = [max(values) or 1.0 for values in zip(*profiles, strict=True)]
    rows = [
        Series(column.name, tuple(100 * value / most for value, most in zip(values, best, strict=True)), color)
        for column, values, color in zip(columns, profiles, charts.PARTS, strict=False)
    ]
    return charts.radar(rows, Frame(measures, unit="%"), alt=finding)


def _profile(column: Column) -> tuple[float, ...]:
    delivered, opened, clicked, left = (rate.value or 0.0 for rate in column.rates)
    return delivered, opened, clicked, 1.0 - left


def progress_chart(line: DeliveryLine, total: int, finding: str) -> Chart:
    """What had been answered by each moment, and what was still to be: parts of all recipients."""
    labels = _times(line)
    accepted = tuple(accumulate(point.accepted for point in line.points))
    bounced = tuple(accumulate(point.bounced for point in line.points))
    waiting = tuple(max(0, total - one - other) for one, other in zip(accepted, bounced, strict=True))
    rows = [
        Series(_("Delivered"), accepted, ACCENT),
        Series(_("Bounced"), bounced, RED),
        Series(_("Still to be answered"), waiting, GREY),
    ]
    return charts.areas(rows, Frame(labels, _("Answered"), _("Mails"), _shown(labels, hourly=False)), alt=finding)


def share_chart(domains: Sequence[Domain], finding: str) -> Chart:
    """Where the readers have their mailboxes, by the number of mails."""
    return charts.treemap([Part(domain.name, domain.answered) for domain in domains], alt=finding)


def domain_chart(domains: Sequence[Domain], finding: str) -> Chart:
    """How much of each domain's mail was accepted, and how much was not."""
    frame = Frame(tuple(domain.name for domain in domains))
    rows = [
        Series(_("Delivered"), tuple(domain.accepted for domain in domains), ACCENT),
        Series(_("Bounced"), tuple(domain.unreached for domain in domains), RED),
    ]
    return charts.bars(rows, frame, alt=finding, stacked=True)


def week_chart(week: ReadingWeek, days: Sequence[str], finding: str) -> Chart:
    """Opens by hour and weekday: the larger the dot, the more. Hours lie below each other: so many fit on a phone."""
    rows = [Series(f"{hour}:00", opens) for hour, opens in enumerate(zip(*week.opens, strict=True))]
    return charts.dots(rows, Frame(tuple(days)), alt=finding, row_height=HOUR_HEIGHT)


def clock_chart(week: ReadingWeek, finding: str) -> Chart:
    """Opens around the clock, all days together."""
    labels = tuple(f"{slot * SLOT_HOURS}:00" for slot in range(len(week.slots)))
    return charts.radar([Series(_("Opens"), tuple(week.slots))], Frame(labels, x_title=_("Time of day")), alt=finding)


def spread_chart(spreads: Sequence[OpenRates], days: Sequence[str], finding: str) -> Chart:
    """How the open rates of mailings are spread, by the weekday on which they began."""
    groups = [Spread(days[one.weekday], *(100 * rate for rate in one.rates)) for one in spreads]
    return charts.boxes(groups, alt=finding, unit="%", y_title=_("Opened"))


def quota_chart(used: int, limit: int, finding: str) -> Chart:
    """How much of the month's mails is used."""
    color = RED if used >= limit else ACCENT
    return charts.gauge(Part(_("Mails this month"), used), most=limit, alt=finding, color=color)
