"""The exhibits about a campaign: its mailings side by side, and how many people it reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask import url_for
from flask_babel import format_decimal
from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.reports import charts, comparison, kept, pictures, sentences
from app.reports.cells import Cell, Link, share
from app.reports.charts import Part
from app.reports.comparison import Column
from app.reports.exhibits import Exhibit
from app.reports.kept import Figures
from app.reports.queries import Report
from app.reports.tables import Table


def mailings(reports: Sequence[Report]) -> Exhibit:
    """Return the mailings side by side, the first one first, and what they come to."""
    columns = comparison.columns(reports)
    whole = comparison.together(reports, _("All together"))
    rows = [_row(column, report) for column, report in zip([*columns, whole], [*reports, None], strict=True)]
    enough = len(columns) >= comparison.FEWEST
    finding = sentences.compared(columns) if enough else sentences.outcome(reports[0])
    head = (
        _("Mailing"), _("Began"), _("Recipients"), _("Delivered"), _("Opened"), _("Open rate"), _("Clicked"),
        _("Click rate"), _("Unsubscribed"),
    )  # fmt: skip
    table = Table(_("Mailings"), head, rows, frozenset({1, 2, 4, 6, 8}), drawn=(5, 7))
    return Exhibit(finding, table, pictures.comparison_chart(columns, finding))


def _row(column: Column, report: Report | None) -> list[Cell]:
    name: Cell = column.name
    if report is not None:
        name = Link(column.name, url_for("reports.show", mailing_id=report.mailing_id))
    began = report.started_at.date() if report and report.started_at else None
    numbers: list[Cell] = [
        _people(report, "all", column.recipients),
        _people(report, "delivered", column.delivered.part),
        _people(report, "opened", column.opened.part), share(column.opened.part, column.opened.whole),
        _people(report, "clicked", column.clicked.part), share(column.clicked.part, column.clicked.whole),
        _people(report, "unsubscribed", column.unsubscribed.part),
    ]  # fmt: skip
    return [name, began, *numbers]


def _people(report: Report | None, group: str, number: int) -> Cell:
    if report is None or not number:
        return number
    return Link(number, url_for("reports.people_page", mailing_id=report.mailing_id, group=group))


@dataclass(frozen=True, slots=True)
class Reach:
    """How many people, each counted once, were written to, got at least one of the mailings, opened, clicked one."""

    written_to: int
    reached: int
    opened: int
    clicked: int


_REACH = sa.text(
    """
    SELECT count(*), count(*) FILTER (WHERE reached), count(*) FILTER (WHERE opened), count(*) FILTER (WHERE clicked)
    FROM (SELECT bool_or(d.state = 2) AS reached, bool_or(x.opened_at IS NOT NULL) AS opened,
                 bool_or(x.clicked_at IS NOT NULL) AS clicked
          FROM deliveries d LEFT JOIN reactions x
               ON x.tenant_id = d.tenant_id AND x.mailing_id = d.mailing_id AND x.seq = d.seq
          WHERE d.tenant_id = :tenant AND d.mailing_id = ANY(:mailings) GROUP BY d.contact_id) AS people
    """
).bindparams(sa.bindparam("mailings", type_=ARRAY(sa.BigInteger)))


def reached(reports: Sequence[Report]) -> Figures[Reach]:
    """Return how many people several mailings reached, each counted once.

    Raises:
        TookTooLong: they are too many to count in time.
    """
    ids, written = [report.mailing_id for report in reports], sum(report.total for report in reports)
    return kept.figures(f"reach/{ids}", Reach, lambda: reach(ids), people=written)


def reach(mailing_ids: Sequence[int]) -> Reach:
    """Count the people of several mailings, each once. Plan: the mailings' ranges of the ledger, hashed by person."""
    row = db.session.execute(_REACH, {"tenant": current_tenant_id(), "mailings": list(mailing_ids)}).one()
    return Reach(*row)


# Step → what a segment asks of a mailing's row to mean the same people.
_ASKED = {"written_to": "true", "reached": "v.state = 'accepted'", "opened": "v.opened_at IS NOT NULL",
          "clicked": "v.clicked_at IS NOT NULL"}  # fmt: skip


def people(made: Figures[Reach], mailing_ids: Sequence[int]) -> Exhibit:
    """Return how many people the campaign reached, step by step."""
    names = {"written_to": _("Written to"), "reached": _("Reached"), "opened": _("Opened"), "clicked": _("Clicked")}
    found, hint = made.value, _("Each person counts once, however many of the mails they got.")
    counts = {step: getattr(found, step) for step in names}
    finding = _(
        "%(opened)s of %(reached)s people opened at least one of the mails",
        opened=format_decimal(found.opened),
        reached=format_decimal(found.reached),
    )
    rows: list[list[Cell]] = [
        [names[step], Link(n, _segment_url(step, mailing_ids)) if n else n, share(n, found.written_to)]
        for step, n in counts.items()
    ]
    table = Table(_("People"), (_("Step"), _("People"), _("Share")), rows, drawn=(1,))
    picture = charts.funnel([Part(names[step], n) for step, n in counts.items()], alt=finding)
    return Exhibit(finding, table, picture, f"{hint} {made.hint}".strip())


def _segment_url(step: str, mailing_ids: Sequence[int]) -> str:
    """Return the builder of segments with these people, to look at and to keep."""
    mailings = ", ".join(map(str, mailing_ids))
    sql = "EXISTS (SELECT 1 FROM delivery_summary AS v WHERE v.contact_id = contact.id "
    return url_for("lists.new_segment", sql=f"{sql}AND v.mailing_id IN ({mailings}) AND {_ASKED[step]})")
