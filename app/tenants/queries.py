"""Reading workspaces, accounts and members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.access import AnyRole
from app.core.db import asked_once, db
from app.core.site import settings
from app.core.tenancy import control_plane, current_tenant_id
from app.tenants.legal import Law, LegalSender
from app.tenants.models import Account, Invitation, Member, Tenant, TenantState
from app.tenants.plans import Plan, plan
from app.tenants.roles import ROLE_COLUMNS, read_role, with_role


@dataclass(frozen=True, slots=True)
class Workspace:
    """A tenant as the rest of the product sees it: a value, safe to keep while its `version` is the newest."""

    id: int
    slug: str
    custom_host: str | None
    name: str
    state: str
    plan_code: str
    locale: str
    timezone: str
    brand_color: str
    logo: str
    sender_name: str
    sender_address: str
    typed_over: int | None
    approval_roles: str
    approved_by: str
    law: str
    legal_name: str
    postal_address: str
    phone: str
    contact_address: str
    track_opens: bool
    track_clicks: bool
    track_reading: bool
    shop_hosts: str
    conversion_days: int
    conversion_key: int
    second_factor_required: bool
    version: int
    erase_at: datetime | None = None

    @property
    def url(self) -> str:
        """The workspace's address without a trailing slash."""
        return settings().tenant_url(self.slug, self.custom_host)

    @property
    def logo_url(self) -> str:
        """Where the logo is served; nothing where there is none."""
        return f"{self.url}/m/{self.logo}" if self.logo else ""

    @property
    def plan(self) -> Plan:
        return plan(self.plan_code)

    def must_ask(self, role: AnyRole) -> bool:
        """Whether members of a role need somebody's yes before a mailing of theirs goes."""
        return role.value in self.approval_roles.split()

    @property
    def legal(self) -> LegalSender:
        """Who sends, as the law wants it; which law it is follows the language until somebody has said."""
        law = Law(self.law) if self.law else Law.KOREA if self.locale == "ko" else Law.ELSEWHERE
        return LegalSender(law, self.legal_name, self.postal_address, self.phone, self.contact_address)

    @property
    def imprint(self) -> str:
        """Who writes, in one line, as far as the workspace has said."""
        return self.legal.words if self.legal_name else " · ".join(filter(None, (self.name, self.legal.words)))

    @property
    def read_only(self) -> bool:
        """Whether nothing may be changed: a bill was not paid in time."""
        return self.state == TenantState.READ_ONLY

    @property
    def verified(self) -> bool:
        """Whether the address of whoever signed it up is known to be theirs."""
        return self.state != TenantState.UNVERIFIED


@dataclass(frozen=True, slots=True)
class AccountView:
    """A person who can sign in, without the password."""

    id: int
    email: str
    name: str
    locale: str | None
    theme: str
    auth_epoch: int
    verified_at: datetime | None

    @property
    def verified(self) -> bool:
        return self.verified_at is not None

    @property
    def display_name(self) -> str:
        return self.name or self.email.partition("@")[0]


@dataclass(frozen=True, slots=True)
class MemberView:
    """A person's place in the present workspace."""

    id: int
    role: AnyRole
    created_at: datetime
    account: AccountView

    @property
    def account_id(self) -> int:
        return self.account.id

    @property
    def auth_epoch(self) -> int:
        return self.account.auth_epoch

    @property
    def display_name(self) -> str:
        return self.account.display_name

    @property
    def email(self) -> str:
        return self.account.email

    @property
    def locale(self) -> str | None:
        return self.account.locale

    @property
    def theme(self) -> str:
        return self.account.theme

    @property
    def verified(self) -> bool:
        return self.account.verified


@dataclass(frozen=True, slots=True)
class InvitationView:
    """An offer of a place that nobody has taken yet."""

    id: int
    email: str
    role: AnyRole
    created_at: datetime


_WORKSPACE = [getattr(Tenant, name) for name in Workspace.__dataclass_fields__]
_ACCOUNT = [getattr(Account, name) for name in AccountView.__dataclass_fields__]


def workspace_by_host(slug: str | None, host: str) -> Workspace | None:
    """Return the workspace of a slug under our own apex, or of a custom host. Control plane: no tenant is known yet."""
    return _as_owner(Tenant.slug == slug if slug else Tenant.custom_host == host)


def workspace(tenant_id: int) -> Workspace | None:
    """Return a workspace by number. Control plane."""
    return _as_owner(Tenant.id == tenant_id)


def _as_owner(condition: sa.ColumnElement[bool]) -> Workspace | None:
    """Ask outside of any transaction and any app, since this is what finds the app. One round trip."""
    with db.engines[None].connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        row = connection.execute(sa.select(*_WORKSPACE).where(condition)).one_or_none()
    return Workspace(*row) if row else None


@asked_once
def current_workspace() -> Workspace:
    """Return the workspace whose tenant is in force.

    Raises:
        LookupError: there is none.
    """
    found = _workspace(Tenant.id == current_tenant_id())
    if found is None:
        raise LookupError("no workspace in this context")
    return found


def _workspace(condition: sa.ColumnElement[bool]) -> Workspace | None:
    row = db.session.execute(sa.select(*_WORKSPACE).where(condition)).one_or_none()
    return Workspace(*row) if row else None


def workspaces_of_address(email: str) -> list[Workspace]:
    """Return the workspaces of an address, unverified ones included. Control plane: only for mail to that address."""
    return _workspaces_of(Account.email == email)


def workspaces_of_account(account_id: int) -> list[Workspace]:
    """Return the workspaces that a person is a member of. Control plane: shown to that person alone."""
    return _workspaces_of(Account.id == account_id)


def _workspaces_of(whose: sa.ColumnElement[bool]) -> list[Workspace]:
    query = (
        sa.select(*_WORKSPACE)
        .join(Member, Member.tenant_id == Tenant.id)
        .join(Account, Account.id == Member.account_id)
        .where(whose)
        .order_by(Tenant.name)
    )
    with control_plane():
        return [Workspace(*row) for row in db.session.execute(query)]


def slug_is_taken(slug: str) -> bool:
    """Tell whether a workspace has this slug. Control plane; any visitor can see it by opening the address."""
    return workspace_by_host(slug, "") is not None


def members() -> list[MemberView]:
    """Return the present workspace's members, the first to come first."""
    return [_member(row) for row in db.session.execute(_members().order_by(Member.id))]


def member(member_id: int) -> MemberView | None:
    return _one_member(Member.id == member_id)


def member_of_account(account_id: int) -> MemberView | None:
    return _one_member(Member.account_id == account_id)


def member_by_address(email: str) -> MemberView | None:
    return _one_member(Account.email == email)


def _one_member(condition: sa.ColumnElement[bool]) -> MemberView | None:
    row = db.session.execute(_members().where(condition)).first()
    return _member(row) if row else None


def _members() -> sa.Select[tuple[Any, ...]]:
    columns: list[Any] = [Member.id, Member.role, *ROLE_COLUMNS, Member.created_at, *_ACCOUNT]
    query = sa.select(*columns).join(Account, Account.id == Member.account_id)
    return with_role(query, Member).where(Member.tenant_id == current_tenant_id())


def _member(row: Any) -> MemberView:
    member_id, built_in, role_id, name, permissions, created_at, *account = row
    return MemberView(member_id, read_role(built_in, role_id, name, permissions), created_at, AccountView(*account))


def open_invitations() -> list[InvitationView]:
    """Return the present workspace's invitations that nobody has accepted, the newest first."""
    columns: list[Any] = [Invitation.id, Invitation.email, Invitation.created_at, Invitation.role, *ROLE_COLUMNS]
    here = Invitation.tenant_id == current_tenant_id(), Invitation.accepted_at.is_(None)
    query = with_role(sa.select(*columns), Invitation).where(*here).order_by(Invitation.id.desc())
    return [InvitationView(i, email, read_role(*role), at) for i, email, at, *role in db.session.execute(query)]


def verified_account(email: str) -> AccountView | None:
    """Return the one verified account of an address. Control plane: accounts are shared by workspaces."""
    with control_plane():
        return _account(sa.and_(Account.email == email, Account.verified_at.is_not(None)))


def operator(account_id: int) -> AccountView | None:
    """Return an account if its verified address is one of the operators'. Control plane."""
    emails = [email.lower() for email in settings().operator_emails]
    with control_plane():
        return _account(sa.and_(Account.id == account_id, Account.verified_at.is_not(None), Account.email.in_(emails)))


def _account(condition: sa.ColumnElement[bool]) -> AccountView | None:
    row = db.session.execute(sa.select(*_ACCOUNT).where(condition)).one_or_none()
    return AccountView(*row) if row else None
