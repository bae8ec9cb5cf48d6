"""The exhibits about the month's use: day by day to its end, by mailing, by member."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import accumulate

from flask import url_for
from flask_babel import format_decimal
from flask_babel import gettext as _

from app.billing.accounting import Account
from app.billing.forecast import WEEKS, Month
from app.billing.words import ahead
from app.reports import charts, pictures
from app.reports.cells import Cell, Link, share
from app.reports.charts import ACCENT, GREY, Chart, Frame, Series
from app.reports.exhibits import Exhibit
from app.reports.tables import Table

MOST_MAILINGS = 200


def day_by_day(month: Month, *, today: date) -> Exhibit:
    """Return the month's days, what they come to, and what is still expected."""
    finding = ahead(month, today)
    sent = list(accumulate(day.sent or 0 for day in month.days))
    whole = list(accumulate((day.sent or 0) + day.expected for day in month.days))
    rows: list[list[Cell]] = [
        [each.day, each.sent, sent[n] if each.sent is not None else None, each.expected or None, whole[n]]
        for n, each in enumerate(month.days)
    ]
    head = (_("Day"), _("Mails"), _("Together"), _("Expected"), _("Together, as expected"))
    table = Table(_("Day by day"), head, rows, wide=frozenset({2, 3}), drawn=(2, 4), line=True)
    hint = _("Expected is what usually goes on that weekday, by the last %(weeks)s weeks. Of what is under way, "
             "the whole audience counts.", weeks=WEEKS)  # fmt: skip
    return Exhibit(finding, table, _picture(month, sent, whole, today, finding), hint)


def _picture(month: Month, sent: Sequence[int], whole: Sequence[int], today: date, finding: str) -> Chart:
    labels = pictures.day_labels([each.day for each in month.days])
    frame = Frame(labels, x_title=_("Day"), y_title=_("Mails"), shown=tuple(labels[:: max(1, len(labels) // 5)]))
    so_far = tuple(n if each.day <= today else None for n, each in zip(sent, month.days, strict=True))
    coming = tuple(n if each.day >= today else None for n, each in zip(whole, month.days, strict=True))
    rows = [Series(_("Together"), so_far, ACCENT), Series(_("Expected"), coming, GREY)]
    return charts.lines(rows, frame, alt=finding)


def by_mailing(account: Account) -> Exhibit | None:
    """Return what each mailing took."""
    if not account.mailings:
        return None
    shown = sorted(account.mailings, key=lambda each: -each.mails)[:MOST_MAILINGS]
    rows: list[list[Cell]] = [
        [Link(each.title, url_for("reports.show", mailing_id=each.mailing_id)), each.at.date(), each.member, each.mails,
         share(each.mails, account.total)]
        for each in shown
    ]  # fmt: skip
    finding = _("Most mails went with “%(mailing)s”: %(mails)s", mailing=shown[0].title,
                mails=format_decimal(shown[0].mails))  # fmt: skip
    head = (_("Mailing"), _("Day"), _("Member"), _("Mails"), _("Share"))
    return Exhibit(finding, Table(_("By mailing"), head, rows, wide=frozenset({1, 2}), drawn=(3,)))


def by_member(account: Account) -> Exhibit | None:
    """Return what each member's mailings took."""
    members = account.members
    if not members:
        return None
    names = [each.name or _("By themselves, or by who has left") for each in members]
    rows: list[list[Cell]] = [
        [name, each.mailings, each.mails, share(each.mails, account.total)]
        for name, each in zip(names, members, strict=True)
    ]
    finding = _("%(member)s sent most: %(mails)s mails", member=names[0], mails=format_decimal(members[0].mails))
    picture = charts.bars([Series(_("Mails"), tuple(each.mails for each in members))], Frame(tuple(names)), alt=finding)
    head = (_("Member"), _("Mailings"), _("Mails"), _("Share"))
    return Exhibit(finding, Table(_("By member"), head, rows, drawn=(2,)), picture)
