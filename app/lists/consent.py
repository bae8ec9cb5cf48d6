"""Whose consent is on record: advertising may go to nobody else where the law asks for it."""

from __future__ import annotations

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.lists.models import Subscription
from app.lists.queries import audience
from app.lists.recipients import Audience
from app.lists.states import SubscriptionState


def people_without_consent(who: Audience) -> int:
    """How many of an audience never agreed in words that were kept, on any list that brought them into it.

    Plan: the audience, and for each of its people the few subscriptions by their contact's index.
    """
    if not who:
        return 0
    people = audience(who).order_by(None).subquery()
    brought = [] if who.segments else [Subscription.list_id.in_(who.lists)]
    agreed = sa.exists().where(
        Subscription.tenant_id == current_tenant_id(),
        Subscription.contact_id == people.c.contact_id,
        Subscription.state == SubscriptionState.SUBSCRIBED,
        Subscription.consent != "",
        *brought,
    )
    return db.session.scalar(sa.select(sa.func.count()).select_from(people).where(~agreed)) or 0
