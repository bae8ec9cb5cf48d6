"""Settings of the workspace and of a person, and what a workspace must be before it may send."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import N_, DomainError
from app.core.tenancy import current_tenant_id
from app.tenants import queries
from app.tenants.models import Account, Tenant, TenantState
from app.tenants.plans import plan


class NotVerified(DomainError):
    message = N_("Confirm your e-mail address first: open the link in the mail that we sent you. Nothing was sent.")
    status = 403


class Leaving(DomainError):
    message = N_("This workspace will be deleted, so nothing is sent. An owner can take that back in the settings.")
    status = 403


class Suspended(DomainError):
    message = N_("This workspace is suspended and cannot send. Write to us to find out why. Nothing was sent.")
    status = 403


class ReadOnly(DomainError):
    message = N_(
        "This workspace can only be read until its bill is paid. Nothing was changed and nothing is lost;"
        " whoever manages the plan can put it right under Settings, Plan."
    )
    status = 403


@dataclass(frozen=True, slots=True)
class WorkspaceChange:
    """The settings of a workspace, as they shall be."""

    name: str
    locale: str
    timezone: str
    brand_color: str
    sender_name: str
    sender_address: str


def require_verified() -> None:
    """Let a workspace pass that may send mail to others.

    Raises:
        NotVerified: whoever signed up has not yet shown that the address is theirs.
        Suspended: the service has stopped the workspace.
        ReadOnly: a bill was not paid in time.
        Leaving: it will be erased.
    """
    workspace = queries.current_workspace()
    if workspace.erase_at is not None:
        raise Leaving
    state = workspace.state
    if state == TenantState.UNVERIFIED:
        raise NotVerified
    if state == TenantState.SUSPENDED:
        raise Suspended
    if state == TenantState.READ_ONLY:
        raise ReadOnly


def change_workspace(change: WorkspaceChange) -> None:
    """Store the settings; the new version has every web process rebuild the workspace's app."""
    _change_tenant(**asdict(change))


def choose_logo(name: str) -> None:
    """Have the picture of this public name be the present workspace's logo; nothing: it has none."""
    _change_tenant(logo=name)


def change_plan(code: str) -> None:
    """Give the present workspace another plan.

    Raises:
        KeyError: no plan has this code.
    """
    _change_tenant(plan_code=plan(code).code)


def close_for_changes() -> bool:
    """Let the present workspace only be read; one that is suspended stays so. False: nothing changed."""
    return _change_tenant(Tenant.state == TenantState.ACTIVE, state=TenantState.READ_ONLY)


def open_for_changes() -> bool:
    """The opposite."""
    return _change_tenant(Tenant.state == TenantState.READ_ONLY, state=TenantState.ACTIVE)


def _change_tenant(*where: sa.ColumnElement[bool], **values: object) -> bool:
    change = sa.update(Tenant).where(Tenant.id == current_tenant_id(), *where)
    changed = change.values(**values, version=Tenant.version + 1).returning(Tenant.id)
    return db.session.scalar(changed) is not None


def change_profile(account_id: int, *, name: str, locale: str | None, theme: str) -> None:
    _change_account(account_id, name=name, locale=locale, theme=theme)


def choose_locale(account_id: int, locale: str) -> None:
    _change_account(account_id, locale=locale)


def choose_theme(account_id: int, theme: str) -> None:
    _change_account(account_id, theme=theme)


def _change_account(account_id: int, **values: str | None) -> None:
    db.session.execute(sa.update(Account).where(Account.id == account_id).values(**values))
