"""Keeping the roll-ups, marking reports read, and mailing them to those who asked."""

from __future__ import annotations

from datetime import date

from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.reports.models import DayCount


def count_day(day: date, accepted: int, bounced: int) -> None:
    """Add final answers to a day's (UTC) count, in the transaction of ingest."""
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
