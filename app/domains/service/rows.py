"""The row of one domain of the present workspace."""

from __future__ import annotations

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.domains.models import SendingDomain


def own(domain_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(SendingDomain.tenant_id == current_tenant_id(), SendingDomain.id == domain_id)


def change(domain_id: int, **values: object) -> None:
    statement = sa.update(SendingDomain).where(own(domain_id)).values(**values)
    db.session.execute(statement.execution_options(synchronize_session=False))
