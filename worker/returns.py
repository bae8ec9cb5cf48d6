"""Late bounces into the ledger: what a refusal means is the MTA's to say, the rest is that of any other answer."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from app.core import clock
from app.reports import service as reports
from app.sending import late
from app.sending.ledger import Answer
from app.sending.terms import DeliveryState
from app.tenants.queries import current_workspace
from mta.client import meaning


def bounce_late(mailing_id: int, seq: int, reply: tuple[int, str, str], address: str) -> None:
    """Record that a mail which a server had taken came back. May run twice.

    `reply`: its code, enhanced code and text; `address`: who could not be reached.
    """
    code, enhanced, text = reply
    bounce, hard = meaning(code, enhanced, text)
    answer = Answer(
        seq, DeliveryState.BOUNCED, clock.now(), code=code, bounce=bounce, reply=f"{enhanced} {text}".strip(), hard=hard
    )
    moved = late.record(mailing_id, answer, address=address)
    if moved:
        zone = ZoneInfo(current_workspace().timezone)
        reports.count_day(moved.accepted_at.astimezone(zone).date(), -1, 0)
        reports.count_day(moved.bounced_at.astimezone(zone).date(), 0, 1)
