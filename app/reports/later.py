"""Reports mailed some time after a mailing was done, where the workspace has chosen so."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.core.tenancy import control_plane
from app.reports.models import ReportChoice


class Occasion(StrEnum):
    """When a report is mailed."""

    DONE = "done"
    DAY = "day"
    WEEK = "week"


WAITS = {Occasion.DAY: timedelta(hours=24), Occasion.WEEK: timedelta(days=7)}
# What is later than this (the choice was made only now, or the service stood still) is not mailed any more.
STALE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a workspace wants mailed later, and beyond which limits (percent, percent, minutes) it is warned."""

    after_day: bool = False
    after_week: bool = False
    bounce_limit: Decimal = Decimal(5)
    complaint_limit: Decimal = Decimal("0.3")
    stall_minutes: int = 15


def choices() -> Choices:
    """Return what the workspace has chosen; at first, nothing later and the usual limits."""
    columns = [getattr(ReportChoice, name) for name in Choices.__dataclass_fields__]
    row = db.session.execute(sa.select(*columns)).one_or_none()
    return Choices(*row) if row else Choices()


def choose(wanted: Choices) -> None:
    values = asdict(wanted)
    statement = insert(ReportChoice).values(**values)
    db.session.execute(statement.on_conflict_do_update(index_elements=["tenant_id"], set_=values))


_DUE = sa.text(
    """
    SELECT l.tenant_id, l.mailing_id, o.occasion
    FROM launches l JOIN report_choices c ON c.tenant_id = l.tenant_id
    JOIN (VALUES ('day', CAST(:day AS interval)), ('week', CAST(:week AS interval))) AS o (occasion, wait)
         ON CASE o.occasion WHEN 'day' THEN c.after_day ELSE c.after_week END
    WHERE l.state = 'finished' AND cardinality(l.report_to) > 0
      AND l.finished_at <= now() - o.wait AND l.finished_at > now() - o.wait - CAST(:stale AS interval)
      AND NOT EXISTS (SELECT FROM report_mails m WHERE m.tenant_id = l.tenant_id
                      AND m.mailing_id = l.mailing_id AND m.occasion = o.occasion)
    """
)


def due() -> list[tuple[int, int, str]]:
    """Return (tenant, mailing, occasion) of the reports to be mailed now. Control plane.

    It only looks: the job that mails one writes it down, so asking for one twice mails it once.
    """
    values = {"day": WAITS[Occasion.DAY], "week": WAITS[Occasion.WEEK], "stale": STALE}
    with control_plane():
        return [(row[0], row[1], row[2]) for row in db.session.execute(_DUE, values)]
