"""A month's usage to take away, as CSV and as an Excel workbook."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import xlsxwriter
from flask_babel import gettext as _

from app.billing.accounting import Account
from app.core.cells import BOM, csv_lines

OPTIONS = {
    "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd hh:mm", "remove_timezone": True,
}  # fmt: skip
Row = Sequence[str | int | date | datetime]


def as_csv(account: Account, zone: str) -> str:
    """Return the month's mailings (RFC 4180), times in the workspace's zone."""
    rows = [[_text(cell) for cell in row] for row in _mailings(account, ZoneInfo(zone))]
    return BOM + csv_lines([_mailing_heads(), *rows])


def _text(cell: object) -> str:
    return f"{cell:%Y-%m-%d %H:%M}" if isinstance(cell, datetime) else str(cell)


def as_workbook(account: Account, zone: str) -> bytes:
    """Return the month as a workbook: days, mailings, members."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, OPTIONS)
    bold = book.add_format({"bold": True, "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheets: list[tuple[str, Sequence[str], Sequence[Row]]] = [
        (_("Day by day"), [_("Day"), _("Mails counted")], [(each.day, each.mails) for each in account.days]),
        (_("By mailing"), _mailing_heads(), _mailings(account, ZoneInfo(zone))),
        (_("By member"), [_("Member"), _("Mailings"), _("Mails counted")],
         [(each.name, each.mailings, each.mails) for each in account.members]),
    ]  # fmt: skip
    for name, heads, rows in sheets:
        sheet = book.add_worksheet(name)
        sheet.set_column(0, max(0, len(heads) - 1), 20)
        sheet.write_row(0, 0, heads, bold)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                plain_day = isinstance(cell, date) and not isinstance(cell, datetime)
                sheet.write(number, column, cell, *((day,) if plain_day else ()))
    book.close()
    return out.getvalue()


def _mailing_heads() -> list[str]:
    return [_("Begun"), _("Mailing"), _("Member"), _("Mails counted")]


def _mailings(account: Account, zone: ZoneInfo) -> list[Row]:
    return [
        (each.at.astimezone(zone).replace(tzinfo=None, microsecond=0), each.title, each.member, each.mails)
        for each in account.mailings
    ]
