"""What came of it, in the numbers of the pages: the same queries, the same tables."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from app.api import shapes
from app.api.operations import operation
from app.billing import queries as billing
from app.core import clock
from app.core.access import Permission
from app.core.errors import N_, NotFound
from app.reports import people, queries, tabled, views
from app.reports.cells import Share, Value, bare
from app.reports.people import Wanted
from app.reports.tables import Table
from app.sending import queries as sending
from app.sending.terms import DeliveryState
from app.tracking import queries as tracking

_OF_REPORT = tuple(queries.Report.__dataclass_fields__)


@operation(
    "GET", "/mailings/<int:mailing_id>/report", scope=Permission.VIEW, answers=shapes.Report,
    summary=N_("The numbers of a mailing that has begun: sent, opened, clicked, bounced, hour by hour, link by link"),
)  # fmt: skip
def report(mailing_id: int) -> shapes.Report:
    found = queries.begun(mailing_id)
    same = {name: getattr(found, name) for name in shapes.Report.__struct_fields__ if name in _OF_REPORT}
    return shapes.Report(
        **same,
        recipients=found.total,
        waiting=found.open_to,
        bounces=sending.bounce_counts(mailing_id),
        links=[shapes.Link(**asdict(row)) for row in views.link_rows(mailing_id)],
        hours=[shapes.Hour(row.hour, row.opens, row.clicks) for row in tracking.hour_reactions(mailing_id)],
    )


@operation(
    "GET", "/mailings/<int:mailing_id>/report/people", scope=Permission.VIEW, asks=shapes.RecipientsAsked,
    answers=shapes.Recipients, summary=N_("The people behind the numbers, in the order of sending"),
)  # fmt: skip
def report_people(mailing_id: int, asked: shapes.RecipientsAsked) -> shapes.Recipients:
    queries.begun(mailing_id)
    rows = people.people(mailing_id, Wanted(asked.group), after=asked.after or 0, count=asked.limit + 1)
    items = [_recipient(row) for row in rows[: asked.limit]]
    return shapes.Recipients(items, items[-1].number if len(rows) > asked.limit else None)


def _recipient(row: people.Person) -> shapes.Recipient:
    known = {name: value for name, value in asdict(row).items() if name in shapes.Recipient.__struct_fields__}
    return shapes.Recipient(**known | {"number": row.seq, "state": DeliveryState(row.state).name.lower()})


@operation(
    "GET", "/mailings/<int:mailing_id>/report/tables/<table>", scope=Permission.VIEW, answers=shapes.Tables,
    summary=N_("A closer look at a mailing: delivery, clients, readers or orders, as the tables of its page"),
)  # fmt: skip
def report_tables(mailing_id: int, table: str) -> shapes.Tables:
    made = tabled.OF_MAILING.get(table)
    if made is None:
        raise NotFound
    return _tables(made(queries.begun(mailing_id)))


def _cell(value: Value) -> shapes.Cell:
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Share) else value


def _tables(found: list[Table]) -> shapes.Tables:
    return shapes.Tables(
        [shapes.Table(each.title, list(each.head), [[*map(_cell, bare(row))] for row in each.rows]) for each in found]
    )


@operation(
    "GET", "/reports/<table>", scope=Permission.VIEW, answers=shapes.Tables,
    summary=N_("A report of the workspace: statistics, audience, usage, deliverability or conversions"),
)  # fmt: skip
def workspace_tables(table: str) -> shapes.Tables:
    made = tabled.OF_WORKSPACE.get(table)
    if made is None:
        raise NotFound
    return _tables(made())


@operation("GET", "/usage", scope=Permission.VIEW, summary=N_("How much of the month is used"), answers=shapes.Usage)
def usage() -> shapes.Usage:
    month = billing.usage(clock.now())
    return shapes.Usage(month.plan_name, month.limit, month.reserved, month.sent, month.left, month.overage)
