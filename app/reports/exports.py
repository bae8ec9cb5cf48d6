"""Reports to take away."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from io import StringIO
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from app.reports import words
from app.reports.people import Person, Wanted, everybody

# Excel takes a file for UTF-8 only with a byte order mark.
BOM = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def people_csv(mailing_id: int, wanted: Wanted, zone: str) -> Iterator[str]:
    """Yield a CSV file (RFC 4180) of a mailing's people, piece by piece; times in the workspace's zone."""
    local = ZoneInfo(zone)
    yield BOM + _lines([headings()])
    for page in everybody(mailing_id, wanted):
        yield _lines([cells(person, local) for person in page])


def headings() -> list[str]:
    return [
        _("E-mail address"), _("Name"), _("State"), _("Reason"), _("Server's reply"), _("Answered"), _("Opened"),
        _("Clicked"), _("Unsubscribed"), _("Opens"), _("Clicks"),
    ]  # fmt: skip


def cells(person: Person, local: ZoneInfo) -> list[str]:
    return [
        person.address,
        person.name,
        words.delivery(person.state),
        words.bounce(person.bounce) if person.bounce else "",
        person.reply,
        *(_time(at, local) for at in (person.answered_at, person.opened_at, person.clicked_at, person.unsubscribed_at)),
        str(person.opens),
        str(person.clicks),
    ]


def safe(cell: str) -> str:
    """Return a cell that a spreadsheet takes for text: what begins like a formula gets an apostrophe before it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _time(at: datetime | None, local: ZoneInfo) -> str:
    return at.astimezone(local).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def _lines(rows: list[list[str]]) -> str:
    out = StringIO()
    csv.writer(out).writerows([[safe(cell) for cell in row] for row in rows])
    return out.getvalue()
