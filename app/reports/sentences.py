"""The sentence that stands first: what a report says in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal, Protocol

from babel.dates import get_day_names
from flask_babel import format_date, format_decimal, format_percent, format_time, get_locale, ngettext
from flask_babel import gettext as _

from app.reports import words
from app.reports.alerts import AlertKind, Incident
from app.reports.answers import DeliveryLine, Domain
from app.reports.comparison import Column
from app.reports.queries import Day, Report
from app.reports.statistics import SLOT_HOURS, OpenRates, Period, ReadingWeek, Unit
from app.reports.summaries import Span, Summary
from app.reports.timeline import Hour, Timeline, half_opened_within


def outcome(report: Report) -> str:
    """Return what became of a mailing that has begun, in one sentence or two."""
    if not report.accepted:
        return _nobody_yet(report)
    numbers = {
        "people": format_decimal(report.accepted),
        "opened": format_decimal(report.openers),
        "clicked": format_decimal(report.clickers),
    }
    if not report.openers and not report.track_opens:
        return ngettext(
            "One person got it. Opens are not counted.",
            "%(people)s people got it. Opens are not counted.",
            report.accepted,
            **numbers,
        )
    if not report.openers:
        return ngettext(
            "One person got it and has not opened it yet.",
            "%(people)s people got it; nobody has opened it yet.",
            report.accepted,
            **numbers,
        )
    if not report.clickers:
        return _("%(opened)s of %(people)s people opened it.", **numbers)
    return _("%(opened)s of %(people)s people opened it, %(clicked)s clicked.", **numbers)


def _nobody_yet(report: Report) -> str:
    if report.state == "cancelled":
        return _("It was cancelled before anybody got it.")
    if report.over and not report.total:
        return _("There was nobody to send it to: everyone on the list had left or could not be reached before.")
    if report.over:
        return _("Nobody could be reached. The reasons are below.")
    return _("Nobody has it yet; it is on its way.")


def opening_speed(hours: Sequence[Hour], started_at: datetime | None) -> str:
    """Return what the chart of opens and clicks shows."""
    within = half_opened_within(hours, started_at) if started_at else None
    if within is None:
        return _("Nobody has opened it yet")
    return ngettext(
        "Half of the opens came within the first hour",
        "Half of the opens came within the first %(num)d hours",
        within,
    )


def first_days(early: Timeline, hours: Sequence[Hour]) -> str:
    """Return what the chart of the first 48 hours shows."""
    opens = sum(hour.opens for hour in hours)
    return _(
        "%(early)s of %(all)s opens came in the first 48 hours",
        early=format_decimal(early.opens),
        all=format_decimal(opens),
    )


def delivery_course(line: DeliveryLine) -> str:
    """Return what the chart of delivery over time shows."""
    if not line.points:
        return _("No server has answered yet")
    most = max(line.points, key=lambda point: point.answers)
    return _(
        "Most answers came at %(time)s: %(number)s in %(minutes)s",
        time=format_time(most.at, "HH:mm", rebase=False),
        number=format_decimal(most.answers),
        minutes=ngettext("%(num)d minute", "%(num)d minutes", line.minutes_a_point),
    )


def destinations(domains: Sequence[Domain]) -> str:
    """Return what the table of domains shows."""
    troubled = max(domains, key=lambda domain: domain.trouble, default=None)
    if troubled is None:
        return _("No server has answered yet")
    if not troubled.unreached:
        return _("Every domain took all of its mail")
    return _(
        "%(domain)s sent back the largest part: %(number)s of %(all)s",
        domain=troubled.name,
        number=format_decimal(troubled.unreached),
        all=format_decimal(troubled.answered),
    )


def largest_domain(domains: Sequence[Domain]) -> str:
    """Return what the chart of the domains' shares shows."""
    first = max(domains, key=lambda domain: domain.answered)
    return _(
        "%(domain)s has the most mailboxes: %(number)s of %(all)s",
        domain=first.name,
        number=format_decimal(first.answered),
        all=format_decimal(sum(domain.answered for domain in domains)),
    )


def half_answered(line: DeliveryLine, total: int) -> str:
    """Return what the chart of all that had been answered shows."""
    so_far = 0
    for point in line.points:
        so_far += point.answers
        if so_far * 2 >= total:
            return _("Half of all had been answered by %(time)s", time=format_time(point.at, "HH:mm", rebase=False))
    return _("Less than half of all has been answered")


def main_bounce(bounces: Mapping[str, int]) -> str:
    """Return what the chart of bounces by class shows."""
    name, number = max(bounces.items(), key=lambda one: one[1])
    return _(
        "%(number)s of %(all)s who could not be reached: %(reason)s",
        number=format_decimal(number),
        all=format_decimal(sum(bounces.values())),
        reason=words.bounce(name),
    )


def compared(columns: Sequence[Column]) -> str:
    """Return what the comparison shows: which was opened most, and whether that may be chance."""
    best, second = sorted(columns, key=lambda column: column.opened.value or 0.0, reverse=True)[:2]
    values = {"subject": best.name, "rate": format_percent(best.opened.value or 0.0, "0.0%"), "other": second.name}
    if best.opened.surely_above(second.opened):
        return _("“%(subject)s” was opened most (%(rate)s), surely more than “%(other)s”", **values)
    return _("“%(subject)s” was opened most (%(rate)s), but “%(other)s” is too near to tell", **values)


class Clicked(Protocol):
    @property
    def label(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def clicks(self) -> int: ...


def clicked_most(links: Sequence[Clicked]) -> str:
    """Return what the map of clicks shows. `links`: the most clicked first."""
    total = sum(link.clicks for link in links)
    if not total:
        return _("Nobody has followed a link yet")
    return _(
        "“%(link)s” was followed most: %(clicks)s of %(all)s clicks",
        link=links[0].label or links[0].url,
        clicks=format_decimal(links[0].clicks),
        all=format_decimal(total),
    )


def wait(seconds: int | None) -> str:
    """Return within what time half of the answers came."""
    if seconds is None:
        return "–"
    if seconds < 0:
        return _("over a day")
    if seconds < 60:
        return _("within %(n)d s", n=seconds)
    if seconds < 3600:
        return _("within %(n)d min", n=seconds // 60)
    return _("within %(n)d h", n=seconds // 3600)


def periods_in_words(periods: Sequence[Period], unit: Unit) -> str:
    """Return what the chart of days, months or years shows."""
    total = sum(period.accepted for period in periods)
    if not total:
        return _("Nothing was sent in this time")
    most = max(periods, key=lambda period: period.accepted)
    return _(
        "%(total)s mails in %(mailings)s mailings, most of them in: %(period)s",
        total=format_decimal(total),
        mailings=format_decimal(sum(period.mailings for period in periods)),
        period=period_name(most.first, unit),
    )


def period_name(first: date, unit: Unit) -> str:
    """Return a day, month or year as it is written."""
    patterns = {Unit.DAY: _("EEE d MMM y"), Unit.MONTH: _("MMMM y"), Unit.YEAR: _("y")}
    return str(format_date(first, patterns[unit], rebase=False))


def best_time(week: ReadingWeek) -> str:
    """Return what the table of the reading week shows."""
    if not week.total:
        return _("Nobody has opened a mail in the last 90 days")
    day, hour = week.best
    return _(
        "Mail is opened most on %(day)s between %(begin)s:00 and %(end)s:00",
        day=weekday_names()[day],
        begin=hour,
        end=hour + 1,
    )


def best_weekday(spreads: Sequence[OpenRates]) -> str:
    """Return what the chart of open rates by weekday shows."""
    best = max(spreads, key=lambda one: one.median)
    return _(
        "Mailings of a %(day)s are opened best: half of them by more than %(rate)s",
        day=weekday_names()[best.weekday],
        rate=format_percent(best.median, "0.0%"),
    )


def around_the_clock(week: ReadingWeek) -> str:
    """Return what the chart of opens around the clock shows."""
    best = max(range(len(week.slots)), key=week.slots.__getitem__)
    return _(
        "%(share)s of all opens come between %(begin)s:00 and %(end)s:00",
        share=format_percent(week.slots[best] / week.total),
        begin=best * SLOT_HOURS,
        end=(best + 1) * SLOT_HOURS,
    )


def weekday_names(width: Literal["wide", "abbreviated"] = "wide") -> list[str]:
    """Return the names of the weekdays from Monday on, in one of CLDR's widths."""
    names = get_day_names(width, locale=get_locale())
    return [names[day] for day in range(7)]


def month_used(used: int, limit: int) -> str:
    """Return what the gauge of the month's mails shows."""
    return _(
        "%(used)s of this month's %(limit)s mails are used: %(share)s",
        used=format_decimal(used),
        limit=format_decimal(limit),
        share=format_percent(used / limit, "0.0%"),
    )


def month_of_days(days: Sequence[Day]) -> str:
    """Return what the chart of mails a day shows."""
    total = sum(day.accepted for day in days)
    if not total:
        return _("Nothing was sent in the last %(days)s days", days=len(days))
    most = max(days, key=lambda day: day.accepted)
    pattern = _("EEEE, d MMMM")
    return _(
        "%(total)s mails in %(days)s days, most of them on %(day)s",
        total=format_decimal(total),
        days=len(days),
        day=format_date(most.day, pattern, rebase=False),
    )


def summary_title(found: Summary) -> str:
    """Return what a summary is called."""
    if found.span is Span.MONTH:
        return period_name(found.first, Unit.MONTH)
    pattern = _("d MMM")
    days = (format_date(day, pattern, rebase=False) for day in (found.first, found.last))
    return _("Week from %(first)s to %(last)s", **dict(zip(("first", "last"), days, strict=True)))


def summed_up(found: Summary) -> str:
    """Return what a week or month came to."""
    if not found.accepted:
        return _("Nothing was sent in this time")
    return _(
        "%(total)s mails arrived, %(rate)s were opened",
        total=format_decimal(found.accepted),
        rate=format_percent(found.opened / found.accepted, "0.0%"),
    )


def than_before(found: Summary) -> str:
    """Return how that compares with the week or month before; nothing where there is nothing to compare."""
    if not found.accepted or not found.accepted_before:
        return ""
    change = found.accepted / found.accepted_before - 1
    values = {"share": format_percent(abs(change), "0.0%"), "before": format_decimal(found.accepted_before)}
    if change >= 0:
        return _("That is %(share)s more than in the time before (%(before)s).", **values)
    return _("That is %(share)s less than in the time before (%(before)s).", **values)


def warning(incident: Incident) -> str:
    """Return what went beyond its limit, in numbers."""
    share = incident.number / incident.whole if incident.whole else 0.0
    values = {
        "number": format_decimal(incident.number),
        "whole": format_decimal(incident.whole),
        "share": format_percent(share, "0.0%" if share >= 0.01 else "0.00%"),
    }
    if incident.kind is AlertKind.BOUNCES:
        return _("%(number)s of %(whole)s mails bounced: %(share)s.", **values)
    if incident.kind is AlertKind.COMPLAINTS:
        return _("%(number)s people complained about %(whole)s mails of the last 7 days: %(share)s.", **values)
    return _("No answer for %(number)s minutes; %(whole)s people still wait.", **values)
