"""Feeding the service's own mail to the MTA: from the outbox, each row a mailing to one person."""

from __future__ import annotations

from app.core import clock, unit
from app.core.notices import STALE_AFTER, mark_handed_over, waiting_notices
from app.core.site import settings
from app.core.tenancy import control_plane
from worker.carrier import client, notice_batch, notice_plan


def feed() -> None:
    """Hand over what waits in the outbox, and again what was handed over long ago without an answer. Safe to repeat."""
    mta, now = client(), clock.now()
    with control_plane():
        with unit.unit_of_work():
            notices = waiting_notices(handed_over_before=now - STALE_AFTER)
            plans = [(notice_plan(notice, settings().mail_domain), notice_batch(notice)) for notice in notices]
            mark_handed_over([notice.id for notice in notices], now)
        for plan, batch in plans:
            mta.put_plan(plan)
            mta.submit(batch)
