"""The exhibits about a mailing's readers: by a field, by list and segment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import format_decimal, format_percent
from flask_babel import gettext as _

from app.lists.fields import Field
from app.lists.states import FieldKind
from app.reports import charts, kept, parts, profile, views
from app.reports.cells import Cell, Link, share
from app.reports.charts import ACCENT, GREEN, Chart, Frame, Series
from app.reports.exhibits import Exhibit
from app.reports.people import Group as Reaction
from app.reports.profile import Group
from app.reports.queries import Report
from app.reports.tables import Table
from app.sending import queries as sending

MOST_DRAWN = 14


def field_chips(mailing_id: int, fields: Sequence[Field], chosen: Field | None) -> list[dict[str, Any]]:
    return [
        {
            "label": each.title,
            "url": url_for("reports.reader_profile", mailing_id=mailing_id, field=each.key),
            "active": chosen is not None and each.key == chosen.key,
        }
        for each in fields
    ]


def by_field(report: Report, asked: Field) -> Exhibit:
    """Return who opened and clicked by what is in a field."""
    made = kept.figures(
        f"{report.mailing_id}/field/{asked.key}", list[Group], lambda: profile.by_field(report.mailing_id, asked),
        people=report.total,
    )  # fmt: skip
    groups = made.value
    names = [parts.value_name(asked, group.part.value) if group.part else _("Others") for group in groups]
    hint = _("Fields are read as they are now. Opens and clicks are shares of the delivered, people only.")
    if asked.kind == FieldKind.DATE:
        hint = f"{hint} {_('Ages are those of the day on which the mailing began.')}"
    if asked.kind == FieldKind.CHOICES:
        hint = f"{hint} {_('Who has several of these counts with each.')}"
    return _exhibit(report, asked.title, names, groups, f"{hint} {made.hint}".strip())


def by_source(report: Report) -> Exhibit | None:
    """Return what became of the mailing on each list and in each segment that it went to."""
    launch = sending.launch(report.mailing_id)
    if launch is None:
        return None
    made = kept.figures(
        f"{report.mailing_id}/source", list[Group],
        lambda: profile.by_source(report.mailing_id, sending.audience_of(launch)), people=report.total,
    )  # fmt: skip
    groups = made.value
    if not groups:
        return None
    names = [parts.title(group.part, report.mailing_id) if group.part else "" for group in groups]
    hint = _("Who is in several counts in each. A list counts who is or was on it, a segment whom it describes now.")
    return _exhibit(report, _("List or segment"), names, groups, f"{hint} {made.hint}".strip())


def _exhibit(report: Report, what: str, names: Sequence[str], groups: Sequence[Group], hint: str) -> Exhibit:
    finding = _finding(names, groups)
    head = (what, _("Recipients"), _("Delivered"), _("Opened"), _("Open rate"), _("Clicked"), _("Click rate"))
    rows = [_row(report.mailing_id, name, group) for name, group in zip(names, groups, strict=True)]
    return Exhibit(
        finding,
        Table(what, head, rows, wide=frozenset({1, 3, 5}), drawn=(4, 6)),
        _picture(names, groups, finding),
        hint,
    )


def _row(mailing_id: int, name: str, group: Group) -> list[Cell]:
    counts = (
        (Reaction.ALL, group.people), (Reaction.DELIVERED, group.accepted), (Reaction.OPENED, group.openers),
        (Reaction.CLICKED, group.clickers),
    )  # fmt: skip
    people, accepted, openers, clickers = (
        Link(number, views.people_url(mailing_id, reaction, group.part)) if group.part and number else number
        for reaction, number in counts
    )
    opened, clicked = share(group.openers, group.accepted), share(group.clickers, group.accepted)
    return [name, people, accepted, openers, opened, clickers, clicked]


def _finding(names: Sequence[str], groups: Sequence[Group]) -> str:
    best = profile.standing_out(groups)
    if best is None:
        return _("Nobody has opened it yet")
    values = {
        "group": names[groups.index(best)],
        "rate": format_percent(best.opened.value or 0.0, "0.0%"),
        "people": format_decimal(best.accepted),
    }
    if len(groups) == 1:
        return _("“%(group)s”: %(rate)s of %(people)s people opened it", **values)
    return _("“%(group)s” opened most: %(rate)s of %(people)s people", **values)


def _picture(names: Sequence[str], groups: Sequence[Group], finding: str) -> Chart:
    drawn = groups[:MOST_DRAWN]
    rows = [
        Series(_("Opened"), tuple(100 * (group.opened.value or 0.0) for group in drawn), ACCENT),
        Series(_("Clicked"), tuple(100 * (group.clicked.value or 0.0) for group in drawn), GREEN),
    ]
    frame = Frame(tuple(names[:MOST_DRAWN]), x_title=_("Percent of the delivered"), unit="%")
    return charts.bars(rows, frame, alt=finding)
