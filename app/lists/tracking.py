"""Who and what is not tracked: people who want nothing recorded, lists that have opens or clicks switched off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.lists.models import ContactList, UntrackedContact


class Counted(NamedTuple):
    opens: bool
    clicks: bool


def counted(list_ids: Sequence[int]) -> Counted:
    """Return what may be counted of a mail to these lists: what none of them has switched off."""
    query = sa.select(ContactList.track_opens, ContactList.track_clicks).where(
        ContactList.tenant_id == current_tenant_id(), ContactList.id.in_(list(list_ids))
    )
    rows = db.session.execute(query).all()
    return Counted(all(row[0] for row in rows), all(row[1] for row in rows))


def count(counted_list: ContactList, *, opens: bool, clicks: bool) -> None:
    """Say what is counted of mails to a list that begin from now on."""
    counted_list.track_opens, counted_list.track_clicks = opens, clicks
    db.session.flush()


def is_tracked(contact_id: int) -> bool:
    return db.session.get(UntrackedContact, (current_tenant_id(), contact_id)) is None


def set_tracked(contact_id: int, tracked: bool) -> None:
    """Record from now on what somebody opens and clicks, or nothing of it, in mails already sent too."""
    if tracked:
        mine = sa.and_(UntrackedContact.tenant_id == current_tenant_id(), UntrackedContact.contact_id == contact_id)
        db.session.execute(sa.delete(UntrackedContact).where(mine))
    else:
        db.session.execute(insert(UntrackedContact).values(contact_id=contact_id).on_conflict_do_nothing())


def anybody_untracked() -> bool:
    query = sa.select(sa.exists().where(UntrackedContact.tenant_id == current_tenant_id()))
    return bool(db.session.scalar(query))
