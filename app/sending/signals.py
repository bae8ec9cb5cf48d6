"""Words to the scheduler process, said through PostgreSQL, so that they are heard when the transaction commits."""

from __future__ import annotations

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id

CHANNEL = "sending"


def tell(mailing_id: int, word: str) -> None:
    """Have the scheduler act on a launch now: `due`, `running`, `paused` or `cancelled`."""
    payload = f"{current_tenant_id()}:{mailing_id}:{word}"
    db.session.execute(sa.select(sa.func.pg_notify(CHANNEL, payload)))
