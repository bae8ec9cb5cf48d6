"""Tables of the mails that Korean law owes about consent: which are switched on, and who was told of what."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, TenantModel


class ConsentLetter(TenantModel, Model):
    """One kind of letter. It is written since `since`, and at all only where that is set; `next_at`: looked at again.

    `intro_ko`, `intro_en`: the workspace's own first sentence, where it wants another.
    """

    __tablename__ = "consent_letters"

    kind: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime | None]
    intro_ko: Mapped[str] = mapped_column(server_default="")
    intro_en: Mapped[str] = mapped_column(server_default="")
    next_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class ConsentNotice(TenantModel, Model):
    """Somebody is told by a mailing what they said about a list, at `said_at`: that they want its mails, or not.

    `event_at` makes it one event: the moment it was said, or the day two (four, six …) years later.
    """

    __tablename__ = "consent_notices"

    contact_id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    event_at: Mapped[datetime] = mapped_column(primary_key=True)
    said_at: Mapped[datetime]
    state: Mapped[str]
    locale: Mapped[str]
    mailing_id: Mapped[int]

    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "contact_id"], ["contacts.tenant_id", "contacts.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "list_id"], ["lists.tenant_id", "lists.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "mailing_id"], ["mailings.tenant_id", "mailings.id"], ondelete="CASCADE"),
        sa.Index("ix_consent_notices_mailing", "tenant_id", "mailing_id", "contact_id"),
        sa.Index("ix_consent_notices_list", "tenant_id", "list_id"),
    )
