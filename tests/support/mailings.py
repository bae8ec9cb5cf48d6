"""Audiences and launches for tests, made through the product's own services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.compose.models import Mailing
from app.core import clock
from app.core.db import db
from app.lists.models import Contact, ContactList, Subscription
from app.lists.recipients import Audience
from app.sending import service
from app.sending.models import Launch, Wave
from app.sending.orders import LaunchOrder
from app.sending.terms import Lane
from tests.support.workspaces import Place

HTML = '<p>Hello {{name|reader}}, <a href="https://example.com/story">the story</a>.</p>'


def make_list(place: Place, addresses: Sequence[str], *, code: str = "daily") -> int:
    """A list with these people on it, subscribed."""
    with place.inside():
        made = ContactList(code=code, title=code.title())
        db.session.add(made)
        db.session.flush()
        for address in addresses:
            contact = Contact(address=address, address_key=address.lower(), name=address.partition("@")[0])
            db.session.add(contact)
            db.session.flush()
            db.session.add(Subscription(list_id=made.id, contact_id=contact.id, state="subscribed"))
        return made.id


def people(count: int, domain: str = "example.com") -> list[str]:
    return [f"reader{n}@{domain}" for n in range(1, count + 1)]


def schedule(
    place: Place,
    list_ids: Sequence[int],
    *,
    at: datetime | None = None,
    lane: Lane = Lane.NORMAL,
    html: str = HTML,
    report_to: Sequence[str] = (),
    conditions: Sequence[Mapping[str, Any]] = (),
    **more: Any,
) -> int:
    """A mailing, written and scheduled (for now, if no time is named); return its number."""
    with place.inside():
        mailing = Mailing(subject="Today, {{name|reader}}", html=html, list_ids=list(list_ids))
        db.session.add(mailing)
        db.session.flush()
        service.schedule_launch(
            LaunchOrder(
                mailing_id=mailing.id,
                kind="newsletter",
                lane=lane,
                subject=mailing.subject,
                sender_name="Daily News",
                sender_address="news@example.com",
                reply_to="",
                html=html,
                audience=Audience.of_lists(list_ids),
                report_to=report_to,
                author_id=place.member_id,
                planned_at=at or clock.now(),
                conditions=conditions,
                **more,
            )
        )
        return mailing.id


def swell(mailing_id: int, total: int) -> None:
    """Let a running launch have `total` ledger rows (of one contact each that need not exist)."""
    db.session.execute(
        sa.text(
            "INSERT INTO deliveries (mailing_id, seq, contact_id, address)"
            " SELECT :mailing, n, 1000000 + n, 'reader' || n || '@example.com' FROM generate_series(2, :total) n"
        ),
        {"mailing": mailing_id, "total": total},
    )
    db.session.execute(sa.update(Launch).where(Launch.mailing_id == mailing_id).values(total=total))
    db.session.execute(sa.update(Wave).where(Wave.mailing_id == mailing_id).values(through=total))
