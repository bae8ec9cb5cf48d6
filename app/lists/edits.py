"""What was changed about a person by hand: when, by whom, what it said before and what it says since."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.lists.models import Contact, ContactEdit

__all__ = ["ContactEdit"]


@contextmanager
def noted(contact: Contact, *, member_id: int | None = None, by: str = "member") -> Iterator[None]:
    """Note what a member, or whoever `by` says, changes about a person meanwhile; nothing where nothing changes."""
    before = _said(contact)
    yield
    after = _said(contact)
    changed = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    if not changed:
        return
    told = {"before": {key: before.get(key) for key in changed}, "after": {key: after.get(key) for key in changed}}
    db.session.add(ContactEdit(contact_id=contact.id, member_id=member_id, changed_by=by, **told))
    db.session.flush()


def _said(contact: Contact) -> dict[str, Any]:
    """No field is called like one of the two columns."""
    return {**contact.fields, "email": contact.address, "name": contact.name}


def edits(contact_id: int, *, count: int = 20) -> list[ContactEdit]:
    """Return the last edits of a person, the newest first."""
    query = sa.select(ContactEdit).where(
        ContactEdit.tenant_id == current_tenant_id(), ContactEdit.contact_id == contact_id
    )
    return list(db.session.scalars(query.order_by(ContactEdit.id.desc()).limit(count)))
