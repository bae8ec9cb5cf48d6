"""Tables of workspaces and the people who work in them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, NumberedTenantModel, TenantModel

# Of members and invitations: a built-in role or one of the workspace's own.
ONE_ROLE = "(role IS NULL) <> (own_role_id IS NULL)"


class TenantState(StrEnum):
    UNVERIFIED = "unverified"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    READ_ONLY = "read_only"


class Tenant(Model):
    """A workspace (고객사). `version` rises with every change of settings, so that web processes rebuild its app."""

    __tablename__ = "tenants"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    custom_host: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=TenantState.UNVERIFIED.value)
    plan_code: Mapped[str] = mapped_column(server_default="free")
    locale: Mapped[str]
    timezone: Mapped[str]
    brand_color: Mapped[str] = mapped_column(server_default="#1f4e79")
    logo: Mapped[str] = mapped_column(server_default="")
    sender_name: Mapped[str] = mapped_column(server_default="")
    sender_address: Mapped[str] = mapped_column(server_default="")
    typed_over: Mapped[int | None]
    approval_roles: Mapped[str] = mapped_column(server_default="")
    approved_by: Mapped[str] = mapped_column(server_default="admins")
    law: Mapped[str] = mapped_column(server_default="")
    legal_name: Mapped[str] = mapped_column(server_default="")
    postal_address: Mapped[str] = mapped_column(server_default="")
    phone: Mapped[str] = mapped_column(server_default="")
    contact_address: Mapped[str] = mapped_column(server_default="")
    track_opens: Mapped[bool] = mapped_column(server_default=sa.true())
    track_clicks: Mapped[bool] = mapped_column(server_default=sa.true())
    track_reading: Mapped[bool] = mapped_column(server_default=sa.false())
    shop_hosts: Mapped[str] = mapped_column(server_default="")
    conversion_days: Mapped[int] = mapped_column(sa.SmallInteger, server_default="7")
    conversion_key: Mapped[int] = mapped_column(sa.Integer, server_default="1")
    second_factor_required: Mapped[bool] = mapped_column(server_default=sa.false())
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    erase_at: Mapped[datetime | None]

    __table_args__ = (sa.Index("ix_tenants_erase_at", "erase_at", postgresql_where=sa.text("erase_at IS NOT NULL")),)


class Account(Model):
    """A person who can sign in. `auth_epoch` rises when the password changes and ends every older session.
    `totp_secret`: sealed, of the app that shows six digits; `totp_step`: the last of its steps that was used.

    Until its address is verified, an account is provisional: it belongs to the one workspace that it signed up for, and
    an address may have any number of them. So a stranger who signs up with somebody's address neither meets nor alters
    that person's account, and cannot learn whether there is one. At most one account of an address is verified.
    """

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    email: Mapped[str] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(server_default="")
    password_hash: Mapped[str]
    locale: Mapped[str | None]
    theme: Mapped[str] = mapped_column(server_default="auto")
    verified_at: Mapped[datetime | None]
    auth_epoch: Mapped[int] = mapped_column(server_default="1")
    totp_secret: Mapped[bytes | None]
    totp_step: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (
        sa.Index(
            "uq_accounts_verified_email", "email", unique=True, postgresql_where=sa.text("verified_at IS NOT NULL")
        ),
    )


class WorkspaceRole(NumberedTenantModel, Model):
    """A role that a workspace has made for itself; `permissions` are words of `app.core.access.Permission`."""

    __tablename__ = "roles"

    name: Mapped[str]
    permissions: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (sa.UniqueConstraint("tenant_id", "name"),)


class Member(NumberedTenantModel, Model):
    """An account's place in a workspace. It has a built-in role, or one of the workspace's own."""

    __tablename__ = "members"

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    role: Mapped[str | None]
    own_role_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "account_id"),
        sa.Index("ix_members_account_id", "account_id"),
        sa.ForeignKeyConstraint(["tenant_id", "own_role_id"], ["roles.tenant_id", "roles.id"]),
        sa.CheckConstraint(ONE_ROLE, name="one_role"),
    )


class PersonSession(NumberedTenantModel, Model):
    """A browser in which somebody is signed in to a workspace; without its row the cookie is worth nothing."""

    __tablename__ = "sessions"

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    way: Mapped[str]
    place: Mapped[str] = mapped_column(server_default="")
    device: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    seen_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class RecoveryCode(Model):
    """A code that opens the door once in place of the second factor; only its hash is here."""

    __tablename__ = "recovery_codes"

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    hash: Mapped[str] = mapped_column(primary_key=True)
    used_at: Mapped[datetime | None]


class Passkey(Model):
    """A key that a person's device keeps (WebAuthn). It is good for one host, that of the workspace it was made in."""

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    host: Mapped[str]
    name: Mapped[str]
    credential: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    used_at: Mapped[datetime | None]


class FactorReset(NumberedTenantModel, Model):
    """Somebody asked that an account's second factor be forgotten. `email`: whose; `asked_by`: as its owner is told."""

    __tablename__ = "factor_resets"

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    email: Mapped[str]
    asked_by: Mapped[str]
    due_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class Identity(Model):
    """The person of an OpenID Connect provider who comes in as an account. `email` is their address there."""

    __tablename__ = "identities"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    issuer: Mapped[str]
    subject: Mapped[str]
    email: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    used_at: Mapped[datetime | None]

    __table_args__ = (sa.UniqueConstraint("issuer", "subject"),)


class Invitation(NumberedTenantModel, Model):
    """An e-mailed offer of a place; used once."""

    __tablename__ = "invitations"

    email: Mapped[str]
    role: Mapped[str | None]
    own_role_id: Mapped[int | None]
    invited_by: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    accepted_at: Mapped[datetime | None]

    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "email"),
        sa.ForeignKeyConstraint(["tenant_id", "own_role_id"], ["roles.tenant_id", "roles.id"]),
        sa.CheckConstraint(ONE_ROLE, name="one_role"),
    )


class MailOrder(Model):
    """An operator's order to the MTA that stands until it is withdrawn or ends. Only the owner role reads it."""

    __tablename__ = "mail_orders"

    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(server_default="")
    ends_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class SupportConsent(TenantModel, Model):
    """Operators may look around in the workspace, as this member, until then."""

    __tablename__ = "support_consents"

    member_id: Mapped[int]
    until: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["members.tenant_id", "members.id"], ondelete="CASCADE"),
    )


class OperatorAct(Model):
    """Something an operator did. `tenant_id` is empty where it was about no workspace."""

    __tablename__ = "operator_acts"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    tenant_id: Mapped[int | None] = mapped_column(sa.ForeignKey("tenants.id", ondelete="CASCADE"), index=True)
    operator: Mapped[str]
    act: Mapped[str]
    detail: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
