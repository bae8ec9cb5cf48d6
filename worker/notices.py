"""Feeding the service's own mail to the MTA: from the outbox, each row a mailing to one person."""

from __future__ import annotations

import structlog

from app.core import clock, unit
from app.core.notices import STALE_AFTER, Notice, mark_handed_over, unpacked, waiting_notices
from app.core.site import settings
from app.core.tenancy import control_plane
from app.domains.queries import signing_keys
from mta.contract import Plan
from worker.carrier import FileGone, client, notice_batch, notice_plan, put

log = structlog.get_logger("notices")


def feed() -> None:
    """Hand over what waits in the outbox, and again what was handed over long ago without an answer. Safe to repeat."""
    mta, now = client(), clock.now()
    with control_plane():
        with unit.unit_of_work():
            notices = waiting_notices(handed_over_before=now - STALE_AFTER)
            plans = [(_plan(notice), notice_batch(notice), _files(notice)) for notice in notices]
            mark_handed_over([notice.id for notice in notices], now)
        for plan, batch, files in plans:
            try:
                put(mta, plan, files)
            except FileGone as error:  # tried again with what is stale, and no other mail waits for it
                log.error("file_gone", notice=plan.id, file=str(error))
            else:
                mta.submit(batch)


def _files(notice: Notice) -> dict[str, str]:
    return {each.digest: each.stored for each in map(unpacked, notice.attachments) if each.digest}


def _plan(notice: Notice) -> Plan:
    signing = signing_keys(notice.sender_address, tenant_id=notice.tenant_id)
    return notice_plan(notice, settings().mail_domain, signing)
