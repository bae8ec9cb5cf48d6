"""Feeding the service's own mail to the MTA: from the outbox, each row a mailing to one person."""

from __future__ import annotations

from app.core import clock, unit
from app.core.notices import STALE_AFTER, Notice, mark_handed_over, waiting_notices
from app.core.site import settings
from app.core.tenancy import control_plane
from app.domains.queries import signing_keys
from mta.contract import Plan
from worker.carrier import client, notice_batch, notice_plan


def feed() -> None:
    """Hand over what waits in the outbox, and again what was handed over long ago without an answer. Safe to repeat."""
    mta, now = client(), clock.now()
    with control_plane():
        with unit.unit_of_work():
            notices = waiting_notices(handed_over_before=now - STALE_AFTER)
            plans = [(_plan(notice), notice_batch(notice)) for notice in notices]
            mark_handed_over([notice.id for notice in notices], now)
        for plan, batch in plans:
            mta.put_plan(plan)
            mta.submit(batch)


def _plan(notice: Notice) -> Plan:
    signing = signing_keys(notice.sender_address, tenant_id=notice.tenant_id)
    return notice_plan(notice, settings().mail_domain, signing)
