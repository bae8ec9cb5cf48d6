"""Groups of addresses that tests go to: the desk, the lawyers, one mailbox with each provider."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from app.compose.models import TestGroup
from app.core.db import db
from app.core.errors import NotFound
from app.core.tenancy import current_tenant_id

MOST_ADDRESSES = 20


def groups() -> list[TestGroup]:
    """Return the workspace's groups by name."""
    query = sa.select(TestGroup).where(TestGroup.tenant_id == current_tenant_id())
    return list(db.session.scalars(query.order_by(TestGroup.title, TestGroup.id)))


def group(group_id: int) -> TestGroup:
    """Return a group of this workspace.

    Raises:
        NotFound: it has none of this number.
    """
    mine = TestGroup.tenant_id == current_tenant_id(), TestGroup.id == group_id
    found = db.session.scalar(sa.select(TestGroup).where(*mine))
    if found is None:
        raise NotFound
    return found


def gather(title: str, addresses: Sequence[str]) -> TestGroup:
    made = TestGroup(title=title, addresses=list(addresses))
    db.session.add(made)
    db.session.flush()
    return made


def change(changed: TestGroup, title: str, addresses: Sequence[str]) -> None:
    changed.title, changed.addresses = title, list(addresses)
    db.session.flush()


def dissolve(removed: TestGroup) -> None:
    db.session.delete(removed)
    db.session.flush()
