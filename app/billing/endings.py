"""A workspace that leaves pays no longer: its subscription ends with the period, and at once when it is erased.

What is wanted is a row, written in the transaction that decides it; a job carries it to Stripe, again and again until
Stripe has heard. So nobody pays on because Stripe was away for an hour, and nothing waits for it.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.billing import gateway, queries
from app.billing.models import SubscriptionEnding
from app.billing.terms import Ending
from app.core import queue, unit
from app.core.db import db
from app.core.tenancy import control_plane, tenant_scope

DO = {Ending.NOT: gateway.go_on, Ending.WITH_PERIOD: gateway.end_with_period, Ending.NOW: gateway.end_now}


def leave() -> None:
    """Let what the present workspace pays for end with the period; nothing where it ends already or nothing is paid."""
    if queries.pays() and not queries.account().ends_at:
        _want(queries.account().subscription, Ending.WITH_PERIOD)


def stay() -> None:
    """Take `leave` back. A subscription that its owner had ended before stays ended."""
    subscription = queries.account().subscription
    with control_plane():
        ended_by_us = subscription and db.session.get(SubscriptionEnding, subscription) is not None
    if ended_by_us:
        _want(subscription, Ending.NOT)


def be_gone() -> None:
    """End at once what the present workspace pays for."""
    if queries.pays():
        _want(queries.account().subscription, Ending.NOW)


def _want(subscription: str, ending: Ending) -> None:
    """Note what is wanted, in place of what was wanted before, and ask for the job: as the site, which stays."""
    values = {"ending": ending, "asked_at": sa.func.clock_timestamp(), "done_at": None}
    fresh = insert(SubscriptionEnding).values(subscription=subscription, **values)
    with control_plane():
        db.session.execute(fresh.on_conflict_do_update(index_elements=["subscription"], set_=values))
    with tenant_scope(None):
        queue.enqueue("billing.carry_ending", subscription)


def carry(subscription: str) -> None:
    """Tell Stripe what is wanted of a subscription, unless it is over anyway. May run twice."""
    with unit.unit_of_work():
        wanted = _untold(subscription)
    if wanted is None:
        return
    ending, asked_at = wanted
    if not gateway.is_over(subscription):
        DO[ending](subscription)
    with unit.unit_of_work():
        _note_told(subscription, ending, asked_at)


def _untold(subscription: str) -> tuple[Ending, datetime] | None:
    query = sa.select(SubscriptionEnding.ending, SubscriptionEnding.asked_at).where(
        SubscriptionEnding.subscription == subscription, SubscriptionEnding.done_at.is_(None)
    )
    with control_plane():
        row = db.session.execute(query).one_or_none()
    return (Ending(row.ending), row.asked_at) if row else None


def _note_told(subscription: str, ending: Ending, asked_at: datetime) -> None:
    """What ends with the period may be taken back, so that is remembered; nothing follows from the others."""
    this = sa.and_(SubscriptionEnding.subscription == subscription, SubscriptionEnding.asked_at == asked_at)
    told = sa.update(SubscriptionEnding).where(this).values(done_at=sa.func.now())
    with control_plane():
        db.session.execute(told if ending is Ending.WITH_PERIOD else sa.delete(SubscriptionEnding).where(this))


def untold(before: datetime) -> list[str]:
    """Return the subscriptions of which Stripe has not heard what was wanted before a moment. Control plane."""
    late = sa.and_(SubscriptionEnding.done_at.is_(None), SubscriptionEnding.asked_at < before)
    with control_plane():
        return list(db.session.scalars(sa.select(SubscriptionEnding.subscription).where(late).limit(100)))
