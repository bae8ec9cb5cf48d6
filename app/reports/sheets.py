"""The numbers of pages that are more than exhibits, as tables to take away: periods, delivery, comparison."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from app.reports import sentences
from app.reports.answers import DeliveryLine, Domain
from app.reports.cells import Share, share
from app.reports.comparison import Column, Rate
from app.reports.statistics import HOURS, OpenRates, Period, ReadingWeek
from app.reports.tables import Table


def statistics_tables(periods: Sequence[Period], week: ReadingWeek, rates: Sequence[OpenRates]) -> list[Table]:
    """Return the periods, the hours of the week in which mail is read, and the open rates by weekday."""
    head = (
        _("Time"), _("Mailings"), _("Recipients"), _("Delivered"), _("Bounced"), _("Opened"), _("Clicked"),
        _("Unsubscribed"),
    )  # fmt: skip
    rows = [
        (p.first, p.mailings, p.recipients, p.accepted, p.bounced, p.openers, p.clickers, p.unsubscribers)
        for p in periods
    ]
    days = sentences.weekday_names()
    hours = tuple(f"{hour}:00" for hour in range(HOURS))
    spread = (_("Day"), _("Mailings"), _("Least"), _("Quarter"), _("Median"), _("Three quarters"), _("Most"))
    return [
        Table(_("Statistics"), head, rows, drawn=(3, 4), line=True),
        Table(_("Opens by weekday"), (_("Day"), *hours), [(days[n], *opens) for n, opens in enumerate(week.opens)]),
        Table(_("Open rates"), spread, [(days[r.weekday], r.mailings, *map(Share, r.rates)) for r in rates]),
    ]


def delivery_tables(line: DeliveryLine, domains: Sequence[Domain]) -> list[Table]:
    """Return the answers over time and by domain."""
    times = [(f"{point.at:%Y-%m-%d %H:%M}", point.accepted, point.bounced) for point in line.points]
    head = (_("Domain"), _("Delivered"), _("Bounced"), _("Given up"), _("Put off"), _("Last replies"))
    rows = [(d.name, d.accepted, d.bounced, d.expired, d.deferred, " / ".join(d.replies)) for d in domains]
    return [
        Table(_("Delivery"), (_("Answered"), _("Delivered"), _("Bounced")), times, drawn=(1, 2), line=True),
        Table(_("Answers by domain"), head, rows, drawn=(1, 2)),
    ]


def comparison_tables(columns: Sequence[Column]) -> list[Table]:
    """Return the rates of mailings side by side, each with the interval in which the true one lies."""
    names = (_("Delivered"), _("Opened"), _("Clicked"), _("Unsubscribed"))
    head = [_("Mailing"), _("Recipients")]
    for name in names:
        head += [name, _("%(name)s, from", name=name), _("%(name)s, to", name=name)]
    rows = [(c.name, c.recipients, *(value for rate in c.rates for value in _interval(rate))) for c in columns]
    return [Table(_("Comparison"), tuple(head), rows, drawn=(5, 8))]


def _interval(rate: Rate) -> tuple[Share | None, Share, Share]:
    low, high = rate.interval
    return share(rate.part, rate.whole), Share(low), Share(high)
