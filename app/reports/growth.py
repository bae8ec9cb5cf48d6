"""The exhibits about the audience: how it grew and shrank, how and why people left, and how long they stay awake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import format_decimal, format_percent, ngettext
from flask_babel import gettext as _

from app.core.errors import N_
from app.lists import churn
from app.lists.churn import Move, Span, Way
from app.lists.words import leave_reason
from app.reports import charts, pictures, sentences
from app.reports.cells import Cell, Link, Share, share
from app.reports.charts import ACCENT, RED, Chart, Frame, Part, Series
from app.reports.exhibits import Exhibit
from app.reports.statistics import Unit
from app.reports.tables import Table

DAYS, MONTHS = 31, 12
NOTES = 100
WAYS = {
    Way.ONE_CLICK: N_("One click in the mail program"),
    Way.LINK: N_("Unsubscribe page"),
    Way.PREFERENCES: N_("Their own page"),
    Way.COMPLAINED: N_("Complaint"),
    Way.BOUNCED: N_("Bounce"),
    Way.REMOVED: N_("Erased or removed"),
    Way.US: N_("Taken off by us"),
}


def way_name(way: Way | None) -> str:
    return _("Joined") if way is None else _(WAYS[way])


@dataclass(frozen=True, slots=True)
class Period:
    """A day or month with what moved in it, and how many places on lists were taken at its end."""

    first: date
    last: date
    joined: int
    left: dict[Way, int]
    subscribed: int

    @property
    def gone(self) -> int:
        return sum(self.left.values())


def span_of(unit: Unit, last: date, zone: str, list_id: int = 0) -> Span:
    """Return the 31 days or 12 months that end on a day."""
    if unit is Unit.DAY:
        return Span(last - timedelta(days=DAYS - 1), last, zone, list_id)
    number = last.year * 12 + last.month - MONTHS
    return Span(date(number // 12, number % 12 + 1, 1), last, zone, list_id)


def periods(unit: Unit, span: Span, *, today: date) -> list[Period]:
    """Return a span's days or months, the earliest first. What is counted back from now: how many there were."""
    since = replace(span, first=span.last + timedelta(days=1), last=max(today, span.last))
    level = churn.subscribed(span.list_id) - _net(churn.moves(since))
    moves, found = churn.moves(span), list[Period]()
    for first, last in reversed(_pieces(unit, span)):
        of = [move for move in moves if first <= move.day <= last]
        left = {way: n for way in Way if (n := sum(move.people for move in of if move.way is way))}
        found.append(Period(first, last, sum(move.people for move in of if move.way is None), left, level))
        level -= _net(of)
    return found[::-1]


def _net(moves: Sequence[Move]) -> int:
    return sum(move.people if move.way is None else -move.people for move in moves)


def _pieces(unit: Unit, span: Span) -> list[tuple[date, date]]:
    if unit is Unit.DAY:
        days = [span.first + timedelta(days=n) for n in range((span.last - span.first).days + 1)]
        return [(day, day) for day in days]
    firsts = churn.months(span.first, span.last)
    ends = [*(first - timedelta(days=1) for first in firsts[1:]), span.last]
    return list(zip(firsts, ends, strict=True))


def growth(found: Sequence[Period], unit: Unit, span: Span) -> Exhibit:
    """Return how the audience grew and shrank, period by period."""
    ways = [way for way in Way if any(way in period.left for period in found)]
    head = (_("Time"), _("Joined"), *(way_name(way) for way in ways), _("Net"), _("Subscribed at its end"))
    rows = [_row(period, ways, unit, span) for period in reversed(found)]
    finding = _finding(found)
    hint = _("A person on two lists counts on both. Numbers lead to the people, as far as they are still there.")
    table = Table(_("Growth"), head, rows, frozenset(range(2, 2 + len(ways))), drawn=(1, 2 + len(ways)))
    return Exhibit(finding, table, _picture(found, unit, finding), hint)


def _row(period: Period, ways: Sequence[Way], unit: Unit, span: Span) -> list[Cell]:
    inside = replace(span, first=period.first, last=period.last)
    counts: list[tuple[Way | None, int]] = [(None, period.joined), *((way, period.left.get(way, 0)) for way in ways)]
    numbers = [Link(n, _people_url(inside, way)) if n and way is not Way.REMOVED else n for way, n in counts]
    name = sentences.period_name(period.first, unit)
    return [name, *numbers, period.joined - period.gone, period.subscribed]


def _people_url(span: Span, way: Way | None) -> str:
    return url_for(
        "reports.audience_people", first=span.first.isoformat(), last=span.last.isoformat(),
        way=way.value if way else None, list=span.list_id or None,
    )  # fmt: skip


def _finding(found: Sequence[Period]) -> str:
    joined, gone = sum(period.joined for period in found), sum(period.gone for period in found)
    if not joined and not gone:
        return _("Nobody joined or left in this time")
    now = format_decimal(found[-1].subscribed)
    values = {"joined": format_decimal(joined), "left": format_decimal(gone), "now": now}
    if joined >= gone:
        return _("%(joined)s joined, %(left)s left: the audience grew to %(now)s", **values)
    return _("%(joined)s joined, %(left)s left: the audience shrank to %(now)s", **values)


def _picture(found: Sequence[Period], unit: Unit, finding: str) -> Chart:
    labels = pictures.period_labels([period.first for period in found], unit)
    frame = Frame(labels, y_title=_("People"), shown=tuple(labels[:: max(1, -(-len(labels) // 6))]))
    rows = [
        Series(_("Joined"), tuple(period.joined for period in found), ACCENT),
        Series(_("Left a list"), tuple(period.gone for period in found), RED),
    ]
    return charts.columns(rows, frame, alt=finding)


def leaving(found: Sequence[Period], span: Span) -> Exhibit | None:
    """Return by what people left."""
    sums = {way: sum(period.left.get(way, 0) for period in found) for way in Way}
    told = sorted(((n, way) for way, n in sums.items() if n), reverse=True)
    if not told:
        return None
    total = sum(n for n, _way in told)
    people = [n if way is Way.REMOVED else Link(n, _people_url(span, way)) for n, way in told]
    rows = [[way_name(way), cell, share(n, total)] for cell, (n, way) in zip(people, told, strict=True)]
    finding = _(
        "Most left by: %(way)s (%(share)s)", way=way_name(told[0][1]), share=format_percent(told[0][0] / total, "0%")
    )
    picture = charts.donut([Part(way_name(way), n) for n, way in told], alt=finding)
    return Exhibit(finding, Table(_("How they left"), (_("Way"), _("People"), _("Share")), rows, drawn=(1,)), picture)


def awake(last: date, zone: str) -> Exhibit | None:
    """Return, by the month in which people came, how many of them opened a mail in each later month."""
    first = span_of(Unit.MONTH, last, zone).first
    found = churn.cohorts(first, last, zone)
    if not any(any(cohort.active) for cohort in found):
        return None
    width = max(len(cohort.active) for cohort in found)
    later = [ngettext("%(num)d month later", "%(num)d months later", n) for n in range(1, width)]
    rows: list[list[Cell]] = []
    for cohort in found:
        shares: list[Cell] = [share(n, cohort.people) for n in cohort.active]
        name = sentences.period_name(cohort.month, Unit.MONTH)
        rows.append([name, cohort.people, *shares, *[None] * (width - len(shares))])
    finding = _awake_in_words(found)
    hint = _("Of those who came in a month and are still there: how many opened at least one new mail in each month.")
    table = Table(_("Awake by month of joining"), (_("Joined in"), _("People"), _("The same month"), *later), rows,
                  wide=frozenset(range(4, 2 + width)))  # fmt: skip
    return Exhibit(finding, table, _dots(found, width, finding), hint)


def _awake_in_words(found: Sequence[churn.Cohort]) -> str:
    """Say what is left after three months, or after as many as there are."""
    after = min(3, max(len(cohort.active) for cohort in found) - 1)
    old = [cohort for cohort in found if len(cohort.active) > after]
    people, active = sum(cohort.people for cohort in old), sum(cohort.active[after] for cohort in old)
    rate = format_percent(active / people if people else 0, "0%")
    if not after:
        return _("Of those who came, %(rate)s opened a mail in the same month", rate=rate)
    return ngettext(
        "%(num)d month after they came, %(rate)s still open mail",
        "%(num)d months after they came, %(rate)s still open mail",
        after,
        rate=rate,
    )


def _dots(found: Sequence[churn.Cohort], width: int, finding: str) -> Chart:
    def percents(cohort: churn.Cohort) -> tuple[float | None, ...]:
        told = [100 * Share(n / cohort.people) for n in cohort.active]
        return (*told, *[None] * (width - len(told)))

    labels = pictures.period_labels([cohort.month for cohort in found], Unit.MONTH)
    rows = [Series(label, percents(cohort)) for label, cohort in zip(labels, found, strict=True)]
    return charts.dots(rows, Frame(tuple(map(str, range(width))), x_title=_("Months later"), unit="%"), alt=finding)


def reasons(span: Span) -> Exhibit | None:
    """Return the reasons that readers gave on leaving."""
    counts = churn.reasons(span)
    total = sum(counts.values())
    if not total:
        return None
    names = {reason: leave_reason(reason) for reason in counts}
    rows: list[list[Cell]] = [[names[reason], n, share(n, total)] for reason, n in counts.items()]
    finding = _("The reason given most: %(reason)s", reason=next(iter(names.values())))
    frame = Frame(tuple(names.values()))
    picture = charts.bars([Series(_("People"), tuple(counts.values()))], frame, alt=finding)
    hint = _("What readers chose when they left, on the page to which the mail leads. Saying it is voluntary.")
    return Exhibit(
        finding, Table(_("Reasons"), (_("Reason"), _("People"), _("Share")), rows, drawn=(1,)), picture, hint
    )


def words_of_leavers(span: Span) -> Exhibit | None:
    """Return who gave which reason, with their own words, the latest first."""
    found = churn.said(span, count=NOTES)
    if not found:
        return None
    zone = ZoneInfo(span.zone)
    rows: list[list[Cell]] = [
        [each.at.astimezone(zone).date(), _who(each), leave_reason(each.reason), each.note, _mail(each)]
        for each in found
    ]
    head = (_("Left on"), _("Address"), _("Reason"), _("In their words"), _("Mailing"))
    return Exhibit(_("What they wrote"), Table(_("What they wrote"), head, rows, wide=frozenset({2, 4})))


def _who(each: churn.Said) -> Cell:
    if each.address is None:
        return _("Erased")
    return _person(each.contact_id, each.address)


def _person(contact_id: int, address: str) -> Link:
    return Link(address, url_for("reports.one_person", contact_id=contact_id))


def _mail(each: churn.Said) -> Cell:
    if not each.mailing_id:
        return None
    return Link(_("Mailing %(number)s", number=each.mailing_id), url_for("reports.show", mailing_id=each.mailing_id))


def movers(span: Span, way: Way | None) -> Exhibit:
    """Return who joined or left."""
    found, zone = churn.movers(span, way), ZoneInfo(span.zone)
    rows: list[list[Cell]] = [
        [_person(each.contact_id, each.address), each.list_title, each.at.astimezone(zone).date()] for each in found
    ]
    people = ngettext("One person", "%(people)s people", len(found), people=format_decimal(len(found)))
    hint = _("The latest %(most)s.", most=format_decimal(churn.MOST)) if len(found) == churn.MOST else ""
    return Exhibit(people, Table(way_name(way), (_("Address"), _("List"), _("Day")), rows), hint=hint)


def chips(unit: Unit, list_id: int, titles: dict[int, str]) -> list[dict[str, Any]]:
    """Return the choice of period and list."""
    by = {Unit.DAY: _("By day"), Unit.MONTH: _("By month")}
    units = [
        {"label": label, "active": each is unit,
         "url": url_for("reports.audience_growth", by=each.value, list=list_id or None)}
        for each, label in by.items()
    ]  # fmt: skip
    lists = [
        {"label": title, "active": each == list_id,
         "url": url_for("reports.audience_growth", by=unit.value, list=each or None)}
        for each, title in {0: _("All lists"), **titles}.items()
    ]  # fmt: skip
    return units + (lists if len(titles) > 1 else [])
