"""How many people a workspace may keep: its plan says so, and whoever adds some asks here first."""

from __future__ import annotations

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import N_, Invalid
from app.core.tenancy import current_tenant_id
from app.lists.models import Contact
from app.tenants.plans import one_at_a_time
from app.tenants.queries import current_workspace


class NoRoom(Invalid):
    message = N_(
        "The plan %(plan)s keeps %(most)s people. There is room for %(left)s more, and %(new)s are new."
        " Nobody was added; what was there is kept. Take a larger plan, or delete people first."
    )


class NoRoomForReaders(Invalid):
    """What a reader is told, who knows nothing of plans."""

    about = "email"
    message = N_("This list takes nobody new at the moment. Please try again another day.")


def make_sure(new: int) -> None:
    """Let pass who adds `new` people in this transaction; those who add at the same moment wait for its end.

    Raises:
        NoRoom: the plan has room for fewer. Nothing was changed.
    """
    plan = current_workspace().plan
    if not plan.contacts or not new:
        return
    one_at_a_time("contacts")
    left = max(0, plan.contacts - kept(at_most=plan.contacts))
    if new > left:
        raise NoRoom(plan=plan.name, most=f"{plan.contacts:,}", left=f"{left:,}", new=f"{new:,}")


def kept(*, at_most: int) -> int:
    """How many people are kept, counted up to a number. Plan: index-only scan that ends there."""
    some = sa.select(sa.literal(1)).where(Contact.tenant_id == current_tenant_id()).limit(at_most).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(some)) or 0
