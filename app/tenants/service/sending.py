"""What a workspace asks for before it sends."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.tenants.models import Tenant


def ask_to_type_over(people: int | None) -> None:
    """Have whoever sends to more people than this type their number; None: never."""
    _change(typed_over=people)


def _change(**values: Any) -> None:
    db.session.execute(
        sa.update(Tenant).where(Tenant.id == current_tenant_id()).values(**values, version=Tenant.version + 1)
    )
