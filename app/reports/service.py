"""Keeping the roll-ups, marking reports read, and mailing them to those who asked."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, date, datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from app.core import clock
from app.core.db import db
from app.core.notices import post_notice
from app.core.tenancy import control_plane, current_tenant_id
from app.reports import alerts, audit, letter, queries, summaries, wishes
from app.reports.alerts import Incident
from app.reports.later import Occasion
from app.reports.models import CounterCheck, DayCount, ReportMail, ReportRead
from app.reports.summaries import Span
from app.sending import queries as sending
from app.tenants.queries import current_workspace, member

CHECK_HOUR = 18
CHECKED_DAYS = 8

log = structlog.get_logger(__name__)


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


def post_delivery_report(mailing_id: int, occasion: Occasion = Occasion.DONE) -> None:
    """Mail the report of a mailing that is over to those who asked for it, once an occasion."""
    launch = sending.launch(mailing_id)
    if launch is None or not launch.report_to or not _first_time(mailing_id, occasion):
        return
    mail = letter.delivery_report(
        queries.report(mailing_id), sending.bounce_counts(mailing_id), current_workspace(), occasion
    )
    for address in dict.fromkeys(launch.report_to):
        post_notice(replace(mail, to=address))


def post_summary(member_id: int, span: Span, first: date) -> None:
    """Mail a member the summary of a week or month, once."""
    reader = member(member_id)
    if reader is None or not summaries.first_time(member_id, span, first):
        return
    workspace = current_workspace()
    found = summaries.summary(span, first, workspace.timezone)
    post_notice(replace(letter.summary_letter(found, workspace, reader.locale or workspace.locale), to=reader.email))


def raise_alert(incident: Incident) -> None:
    """Warn those who look after the workspace of something beyond its limit, once an incident."""
    if not alerts.first_told(incident):
        return
    workspace = current_workspace()
    report = queries.report(incident.mailing_id) if incident.mailing_id else None
    for reader in wishes.warned_members():
        mail = letter.alert_letter(incident, report, workspace, reader.locale or workspace.locale)
        post_notice(replace(mail, to=reader.email))


def claim_checks(now: datetime) -> list[int]:
    """Take on the night's check of all workspaces that sent anything of late, once a day, and return whose.

    Control plane. Empty before 18:00 UTC, which is three in the morning in Seoul.
    """
    if now.astimezone(UTC).hour < CHECK_HOUR:
        return []
    with control_plane():
        return list(db.session.scalars(_CLAIM, {"day": now.astimezone(UTC).date(), "days": CHECKED_DAYS}))


_CLAIM = sa.text(
    """
    INSERT INTO counter_checks (tenant_id, day)
    SELECT DISTINCT tenant_id, CAST(:day AS date) FROM launches
    WHERE started_at IS NOT NULL AND (finished_at IS NULL OR finished_at > now() - make_interval(days => :days))
    ON CONFLICT DO NOTHING RETURNING tenant_id
    """
)


def check_counters(day: date) -> list[audit.Difference]:
    """Compare the counters of recent mailings with the ledger and the events; log and keep what differs."""
    mailings = audit.recent_mailings(CHECKED_DAYS)
    found = [difference for mailing_id in mailings for difference in audit.differences(mailing_id)]
    for difference in found:
        log.error("counter_differs", tenant=current_tenant_id(), **asdict(difference))
    log.info("counters_checked", tenant=current_tenant_id(), mailings=len(mailings), differences=len(found))
    result = {"mailings": len(mailings), "differences": [asdict(each) for each in found], "checked_at": clock.now()}
    statement = insert(CounterCheck).values(day=day, **result)
    db.session.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "day"], set_=result))
    return found


def _first_time(mailing_id: int, occasion: str) -> bool:
    statement = insert(ReportMail).values(mailing_id=mailing_id, occasion=occasion).on_conflict_do_nothing()
    return db.session.scalar(statement.returning(ReportMail.mailing_id)) is not None
