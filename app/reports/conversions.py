"""The exhibits about orders: what each mailing earned, and who ordered after a click in one of them."""

from __future__ import annotations

from decimal import Decimal

from flask import url_for
from flask_babel import format_datetime, format_decimal, ngettext
from flask_babel import gettext as _

from app.reports import charts, queries
from app.reports.cells import Cell, Link, share
from app.reports.charts import GREEN, Frame, Series
from app.reports.exhibits import Exhibit
from app.reports.queries import Report
from app.reports.tables import Table
from app.sending import queries as sending
from app.tracking import queries as tracking
from app.tracking.conversions import NOBODYS
from app.tracking.queries import Earned

MOST_DRAWN = 10
ORDERS_SHOWN = 500


def of_mailings(days: int) -> list[Exhibit]:
    """Return what mailings earned; nothing where no order was ever told. `days`: for how long a click is thanked."""
    earned = tracking.earned()
    if not earned:
        return []
    reports = {report.mailing_id: report for report in queries.reports_of([each.mailing_id for each in earned])}
    credited = [(reports[each.mailing_id], each) for each in earned if each.mailing_id in reports]
    head = (_("Mailing"), _("Orders"), _("Revenue"), _("Clicked"), _("Orders per click"), _("Revenue per mail"))
    rows = [_row(report, each) for report, each in credited]
    table = Table(_("Orders by mailing"), head, rows, wide=frozenset({3, 4, 5}), drawn=(2,))
    drawn = credited[:MOST_DRAWN]
    finding = _finding([each for _report, each in credited])
    picture = None
    if drawn:
        names = tuple(report.subject for report, _each in drawn)
        revenue = Series(_("Revenue"), tuple(float(each.revenue) for _report, each in drawn), GREEN)
        picture = charts.bars([revenue], Frame(names), alt=finding)
    return [Exhibit(finding, table, picture, hint=_hint(earned, days))]


def _row(report: Report, each: Earned) -> list[Cell]:
    return [
        Link(report.subject, url_for("reports.show", mailing_id=report.mailing_id)),
        Link(each.orders, url_for("reports.orders_page", mailing_id=report.mailing_id)),
        plain(each.revenue),
        report.clickers,
        share(each.orders, report.clickers),
        round(float(each.revenue) / report.accepted, 2) if report.accepted else None,
    ]


def plain(amount: Decimal) -> int | float:
    """Return money as a number for cells: whole where it is whole."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _finding(credited: list[Earned]) -> str:
    orders = sum(each.orders for each in credited)
    revenue = sum((each.revenue for each in credited), Decimal(0))
    return ngettext(
        "One order came after a click: %(revenue)s",
        "%(orders)s orders came after a click: %(revenue)s together",
        orders,
        orders=format_decimal(orders),
        revenue=format_decimal(revenue),
    )


def _hint(earned: list[Earned], days: int) -> str:
    words = ngettext(
        "An order belongs to the buyer’s last click of the day before it.",
        "An order belongs to the buyer’s last click of the %(num)d days before it.",
        days,
    )
    others = next((each.orders for each in earned if each.mailing_id == NOBODYS), 0)
    if not others:
        return words
    more = ngettext(
        "%(number)s more order follows no click.", "%(number)s more orders follow no click.", others,
        number=format_decimal(others),
    )  # fmt: skip
    return f"{words} {more}"


def of_mailing(report: Report) -> list[Exhibit]:
    """Return who ordered after a click in a mailing; nothing where nobody did."""
    earned = tracking.earned(report.mailing_id)
    if not earned:
        return []
    orders = tracking.orders_of(report.mailing_id, ORDERS_SHOWN)
    people = sending.recipients(report.mailing_id, [order.seq for order in orders if order.seq])
    labels = {link.number: link.label or link.url for link in sending.links(report.mailing_id)}
    rows: list[list[Cell]] = []
    for order in orders:
        person = people.get(order.seq or 0)
        who = Link(person.address, url_for("reports.one_person", contact_id=person.contact_id)) if person else "–"
        at = str(format_datetime(order.at, "yyyy-MM-dd HH:mm"))
        rows.append([order.order_id, who, plain(order.amount), at, labels.get(order.link or 0, "–")])
    head = (_("Order"), _("Person"), _("Amount"), _("Ordered"), _("Link"))
    hint = _("The latest %(number)s orders.", number=ORDERS_SHOWN) if earned[0].orders > len(rows) else ""
    return [Exhibit(_finding(earned), Table(_("Orders"), head, rows, wide=frozenset({3, 4})), hint=hint)]
