"""Tables of sending domains, their records as last seen, and keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, NumberedTenantModel, TenantModel
from app.domains.terms import ED25519_SELECTORS, RSA, SELECTORS, RecordState


class SendingDomain(NumberedTenantModel, Model):
    """A domain that a workspace sends from. `name` in A-labels; `verified_at` while its ownership counts as proven.

    A name may be verified in one workspace only; that is an index across all of them. `ed25519`: whether its mails
    carry a second signature of that kind, whose keys take turns by themselves (`active_ed25519`).
    """

    __tablename__ = "sending_domains"

    name: Mapped[str]
    token: Mapped[str]
    verified_at: Mapped[datetime | None]
    active_selector: Mapped[str] = mapped_column(server_default=SELECTORS[0])
    ed25519: Mapped[bool] = mapped_column(server_default=sa.false())
    rotated_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    active_ed25519: Mapped[str] = mapped_column(server_default=ED25519_SELECTORS[0])
    ed25519_rotated_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    checked_at: Mapped[datetime | None]
    unanswered: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    looks_without_change: Mapped[int] = mapped_column(server_default="0")
    next_check_at: Mapped[datetime] = mapped_column(server_default=sa.func.now(), index=True)

    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "name"),
        sa.Index("uq_sending_domains_verified_name", "name", unique=True,
                 postgresql_where=sa.text("verified_at IS NOT NULL")),
    )  # fmt: skip


def _of_domain() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "domain_id"], ["sending_domains.tenant_id", "sending_domains.id"], ondelete="CASCADE"
    )


class DomainRecord(TenantModel, Model):
    """A record of a domain as it was last definitely seen. `was_good`: it has been right at some time."""

    __tablename__ = "domain_records"

    domain_id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(server_default=RecordState.UNSEEN.value)
    found: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    by_alias: Mapped[bool] = mapped_column(server_default=sa.false())
    was_good: Mapped[bool] = mapped_column(server_default=sa.false())
    changed_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (_of_domain(),)


class DomainKey(TenantModel, Model):
    """A key of a domain. `locked` is the private half as `app.domains.vault` keeps it."""

    __tablename__ = "domain_keys"

    domain_id: Mapped[int] = mapped_column(primary_key=True)
    selector: Mapped[str] = mapped_column(primary_key=True)
    algorithm: Mapped[str] = mapped_column(server_default=RSA)
    locked: Mapped[bytes]
    public: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (_of_domain(),)


class DmarcReport(NumberedTenantModel, Model):
    """What a receiver said of mail in the name of a domain over some time. The same one twice is one."""

    __tablename__ = "dmarc_reports"

    domain_id: Mapped[int]
    organisation: Mapped[str]
    report_key: Mapped[str]
    policy: Mapped[str] = mapped_column(server_default="")
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (_of_domain(), sa.UniqueConstraint("tenant_id", "domain_id", "organisation", "report_key"))


class DmarcSource(TenantModel, Model):
    """Mails of a report that came from one address, and whether DKIM or SPF proved the From address."""

    __tablename__ = "dmarc_sources"

    report_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    address: Mapped[str]
    mails: Mapped[int]
    disposition: Mapped[str] = mapped_column(server_default="")
    dkim: Mapped[bool]
    spf: Mapped[bool]
    header_from: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "report_id"], ["dmarc_reports.tenant_id", "dmarc_reports.id"], ondelete="CASCADE"
        ),
    )


class ServiceKey(Model):
    """A key of the service's own mail domain. Only the owner role reads it: it belongs to no workspace."""

    __tablename__ = "service_keys"

    selector: Mapped[str] = mapped_column(primary_key=True)
    algorithm: Mapped[str] = mapped_column(server_default=RSA)
    locked: Mapped[bytes]
    public: Mapped[str]
    active: Mapped[bool] = mapped_column(server_default=sa.false())
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
