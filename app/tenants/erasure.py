"""The end of a workspace: asked for by an owner, taken back within two weeks, or else every row is gone.

Between the two nothing is sent. What other domains keep outside of the database is theirs to erase first.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
from flask_babel import format_date
from flask_babel import gettext as _

from app.core.db import Base, db
from app.core.errors import N_, Conflict, Invalid
from app.core.site import settings
from app.core.tenancy import control_plane, current_tenant_id, tenant_scope
from app.tenants import mail_orders, queries, support
from app.tenants.member_letters import Letter, post_to
from app.tenants.models import Account, Member, Tenant, TenantState
from app.tenants.queries import Workspace
from app.tenants.support import Act

GRACE = timedelta(days=14)
UNVERIFIED_GRACE = timedelta(days=7)
REASON = "leaving"
LATER = timedelta(hours=1)


class NotItsAddress(Invalid):
    about = "typed"
    message = N_("This is not the address of the workspace. Nothing was deleted.")


class NotConfirmed(Conflict):
    message = N_("Confirm your e-mail address: then the workspace stays.")


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
        NotConfirmed: it ends because its address was never confirmed.
    """
    workspace = queries.current_workspace()
    if workspace.erase_at is None:
        raise NotLeaving
    if not workspace.verified and not _was_asked_for(workspace.id):
        raise NotConfirmed
    _set(None)
    if _was_asked_for(workspace.id):
        mail_orders.release_tenant(workspace.id)


def _was_asked_for(tenant_id: int) -> bool:
    return mail_orders.standing().stopped.get(tenant_id) == REASON


def keep_confirmed() -> None:
    """Keep the present workspace, whose address is confirmed by now, unless an owner has asked for its end."""
    workspace = queries.current_workspace()
    if workspace.erase_at is not None and not _was_asked_for(workspace.id):
        _set(None)


def end_unverified(days: int, *, now: datetime) -> list[int]:
    """Have workspaces erased a week from now whose address nobody confirmed in so many days, and tell their owners, in
    the same transaction: an `erase_at` that is set says that they were told. Returns them. Control plane."""
    claimed = _claim_unverified(now - timedelta(days=days), now + UNVERIFIED_GRACE) if days else []
    for tenant_id in claimed:
        with tenant_scope(tenant_id):
            workspace = queries.current_workspace()
            for member in queries.members():
                post_to(member, partial(_warning, workspace))
    return claimed


def _claim_unverified(made_before: datetime, erase_at: datetime, count: int = 20) -> list[int]:
    waiting = Tenant.state == TenantState.UNVERIFIED, Tenant.erase_at.is_(None), Tenant.created_at < made_before
    due = sa.select(Tenant.id).where(*waiting).limit(count).with_for_update(skip_locked=True)
    change = sa.update(Tenant).where(Tenant.id.in_(due)).values(erase_at=erase_at, version=Tenant.version + 1)
    with control_plane():
        return list(db.session.scalars(change.returning(Tenant.id)))


def _warning(workspace: Workspace) -> Letter:
    return Letter(
        subject=_("%(workspace)s will be erased", workspace=workspace.name),
        paragraphs=[
            _("Its e-mail address was never confirmed. On %(day)s the workspace and all that is in it is erased.",
              day=format_date(workspace.erase_at, "long")),
            _("Do you want to keep it? Sign in, have the link sent again, and open it. Otherwise do nothing."),
        ],
        button=_("Open the workspace"),
        path="/sign-in",
    )  # fmt: skip


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
