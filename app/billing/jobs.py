"""Background work of billing. Each asks Stripe and may run twice."""

from __future__ import annotations

from datetime import date

from app.billing import endings, payment, standing
from app.core import clock


def apply_event(event_id: str) -> None:
    payment.apply(event_id)


def tell_overage(month: str) -> None:
    payment.tell_overage(date.fromisoformat(month))


def carry_ending(subscription: str) -> None:
    endings.carry(subscription)


def close_overdue() -> None:
    standing.close_overdue(clock.now())
