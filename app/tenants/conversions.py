"""How a workspace counts orders: in which shops, for how many days after a click, and the key that they sign with."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Sequence

import sqlalchemy as sa

from app.core.crypto import derive_key
from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.tenants.models import Tenant
from app.tenants.queries import Workspace


def key_of(place: Workspace) -> str:
    """Return the key that the workspace's shop signs orders with."""
    return urlsafe_b64encode(derive_key(f"conversions:{place.id}:{place.conversion_key}")).rstrip(b"=").decode()


def choose(hosts: Sequence[str], *, days: int) -> None:
    """Say to which hosts links carry the mark of who follows them (none: orders are not followed), and for how long a
    click gets the credit."""
    _change(shop_hosts=" ".join(hosts), conversion_days=days)


def renew_key() -> None:
    """Make a new key; what is signed with the old one is refused from now on."""
    _change(conversion_key=Tenant.conversion_key + 1)


def _change(**values: object) -> None:
    change = sa.update(Tenant).where(Tenant.id == current_tenant_id())
    db.session.execute(change.values(**values, version=Tenant.version + 1))
