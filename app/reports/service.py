"""Keeping the roll-ups, marking reports read, and mailing them to those who asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.core.notices import post_notice
from app.reports import letter, queries
from app.reports.models import DayCount, ReportMail, ReportRead
from app.sending import queries as sending
from app.tenants.queries import current_workspace

WHEN_DONE = "done"


def count_day(day: date, accepted: int, bounced: int) -> None:
    """Add final answers to the count of a day (in the workspace's zone), in the transaction of ingest."""
    statement = insert(DayCount).values(day=day, accepted=accepted, bounced=bounced)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "day"],
            set_={
                "accepted": DayCount.accepted + statement.excluded.accepted,
                "bounced": DayCount.bounced + statement.excluded.bounced,
            },
        )
    )


def mark_read(mailing_id: int, member_id: int) -> None:
    """Note that a member has opened a report; the first time counts. One that is not over yet stays unread.

    Raises:
        NotFound: there is no such report.
    """
    if queries.report(mailing_id).over:
        statement = insert(ReportRead).values(mailing_id=mailing_id, member_id=member_id)
        db.session.execute(statement.on_conflict_do_nothing())


def post_delivery_report(mailing_id: int) -> None:
    """Mail the report of a mailing that is over to those who asked for it, once."""
    launch = sending.launch(mailing_id)
    if launch is None or not launch.report_to or not _first_time(mailing_id, WHEN_DONE):
        return
    mail = letter.delivery_report(queries.report(mailing_id), sending.bounce_counts(mailing_id), current_workspace())
    for address in dict.fromkeys(launch.report_to):
        post_notice(replace(mail, to=address))


def _first_time(mailing_id: int, occasion: str) -> bool:
    statement = insert(ReportMail).values(mailing_id=mailing_id, occasion=occasion).on_conflict_do_nothing()
    return db.session.scalar(statement.returning(ReportMail.mailing_id)) is not None
