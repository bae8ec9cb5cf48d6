"""Reports to take away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from app.core.cells import BOM, csv_lines
from app.reports import words
from app.reports.people import Person, Wanted, everybody


def people_csv(mailing_id: int, wanted: Wanted, zone: str) -> Iterator[str]:
    """Yield a CSV file (RFC 4180) of a mailing's people, piece by piece; times in the workspace's zone."""
    local = ZoneInfo(zone)
    yield BOM + csv_lines([headings()])
    for page in everybody(mailing_id, wanted):
        yield csv_lines([cells(person, local) for person in page])


def headings() -> list[str]:
    return [
        _("E-mail address"), _("Name"), _("State"), _("Reason"), _("Server's reply"), _("Answered"), _("Opened"),
        _("Clicked"), _("Unsubscribed"), _("Reported as spam"), _("Opens"), _("Clicks"),
        _("Sent it on"),
    ]  # fmt: skip


def cells(person: Person, local: ZoneInfo) -> list[str]:
    return [
        person.address,
        person.name,
        words.delivery(person.state),
        words.bounce(person.bounce) if person.bounce else "",
        person.reply,
        *(_time(at, local) for at in person.moments),
        str(person.opens),
        str(person.clicks),
        str(person.forwards),
    ]


def _time(at: datetime | None, local: ZoneInfo) -> str:
    return at.astimezone(local).strftime("%Y-%m-%d %H:%M:%S") if at else ""
