"""Work of tracking behind the web."""

from __future__ import annotations

from app.core import clock
from app.core.tenancy import current_tenant_id
from app.core.tokens import RecipientRef
from app.tracking import complaints, tidying


def tidy() -> None:
    tidying.tidy(clock.now())


def take_complaint(mailing_id: int, seq: int, kind: str) -> None:
    complaints.take(RecipientRef(current_tenant_id() or 0, mailing_id, seq), kind, clock.now())
