"""The end of a workspace: asked for by an owner, taken back within two weeks, or else every row is gone.

Between the two nothing is sent. What other domains keep outside of the database is theirs to erase first.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.core.db import Base, db
from app.core.errors import N_, Conflict, Invalid
from app.core.site import settings
from app.core.tenancy import control_plane, current_tenant_id
from app.tenants import mail_orders, queries, support
from app.tenants.models import Account, Member, Tenant
from app.tenants.support import Act

GRACE = timedelta(days=14)
REASON = "leaving"
LATER = timedelta(hours=1)


class NotItsAddress(Invalid):
    about = "typed"
    message = N_("This is not the address of the workspace. Nothing was deleted.")


class NotLeaving(Conflict):
    message = N_("The workspace is not to be deleted.")


def ask_to_erase(typed: str, *, now: datetime) -> datetime:
    """Have the present workspace erased after the grace, and nothing sent from now on. Returns when.

    Raises:
        NotItsAddress: `typed` is not its slug, so whoever asks may mean another one.
    """
    workspace = queries.current_workspace()
    if typed.strip().lower() != workspace.slug:
        raise NotItsAddress
    _set(now + GRACE)
    if workspace.id not in mail_orders.standing().stopped:
        mail_orders.stop_tenant(workspace.id, reason=REASON)
    return now + GRACE


def take_back() -> None:
    """Keep the present workspace after all; its mail goes again, if it was this that stopped it.

    Raises:
        NotLeaving: nobody has asked for its end.
    """
    workspace = queries.current_workspace()
    if workspace.erase_at is None:
        raise NotLeaving
    _set(None)
    if mail_orders.standing().stopped.get(workspace.id) == REASON:
        mail_orders.release_tenant(workspace.id)


def _set(erase_at: datetime | None) -> None:
    change = sa.update(Tenant).where(Tenant.id == current_tenant_id())
    db.session.execute(change.values(erase_at=erase_at, version=Tenant.version + 1))


def claim_due(count: int = 20) -> list[int]:
    """Return the workspaces whose grace is over, and keep each from others for an hour. Control plane."""
    due = sa.select(Tenant.id).where(Tenant.erase_at <= sa.func.now()).limit(count).with_for_update(skip_locked=True)
    claimed = sa.update(Tenant).where(Tenant.id.in_(due)).values(erase_at=sa.func.now() + LATER)
    with control_plane():
        return list(db.session.scalars(claimed.returning(Tenant.id)))


def erase_rows(tenant_id: int) -> None:
    """Delete every row that belongs to a workspace, and the accounts that were members nowhere else. Control plane."""
    with control_plane():
        accounts = list(db.session.scalars(_only_here(tenant_id)))
        for table in reversed(Base.metadata.sorted_tables):
            if "tenant_id" in table.columns:
                db.session.execute(sa.delete(table).where(table.c.tenant_id == tenant_id))
        db.session.execute(sa.delete(Tenant).where(Tenant.id == tenant_id))
        db.session.execute(sa.delete(Account).where(Account.id.in_(accounts)))
    mail_orders.release_tenant(tenant_id)
    mail_orders.stop_logging(tenant_id)
    support.note(Act.ERASED, by="", detail=str(tenant_id))


def _only_here(tenant_id: int) -> sa.Select[int]:
    elsewhere = sa.select(Member.account_id).where(Member.tenant_id != tenant_id)
    operators = [email.lower() for email in settings().operator_emails]
    return (
        sa.select(Account.id)
        .join(Member, Member.account_id == Account.id)
        .where(Member.tenant_id == tenant_id, Account.id.not_in(elsewhere), Account.email.not_in(operators))
    )
