"""Reading the workspace's keys."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from app.api.models import ApiKey
from app.core.db import db
from app.core.errors import NotFound
from app.core.tenancy import current_tenant_id

__all__ = ["ApiKey"]


def keys() -> Sequence[ApiKey]:
    """Return the keys that have not been revoked, the newest first."""
    mine = sa.and_(ApiKey.tenant_id == current_tenant_id(), ApiKey.revoked_at.is_(None))
    return db.session.scalars(sa.select(ApiKey).where(mine).order_by(ApiKey.id.desc())).all()


def key(key_id: int) -> ApiKey:
    """Return a key of this workspace.

    Raises:
        NotFound: it has none of this number.
    """
    mine = sa.and_(ApiKey.tenant_id == current_tenant_id(), ApiKey.id == key_id)
    found = db.session.scalar(sa.select(ApiKey).where(mine))
    if found is None:
        raise NotFound
    return found


def key_by_prefix(prefix: str) -> ApiKey | None:
    mine = sa.and_(ApiKey.tenant_id == current_tenant_id(), ApiKey.prefix == prefix)
    return db.session.scalar(sa.select(ApiKey).where(mine))
