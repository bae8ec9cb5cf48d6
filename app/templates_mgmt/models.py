"""Templates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, NumberedTenantModel


class Template(NumberedTenantModel, Model):
    """A mail to start from: subject and body with merge tags. Where there is a `document`, `html` is its rendering.

    `version` rises with each save. `seen_by`, `changed_by`: who does (`app.templates_mgmt.sharing`); where that is only
    one member, it is the owner.
    """

    __tablename__ = "templates"

    title: Mapped[str]
    folder: Mapped[str] = mapped_column(server_default="")
    subject: Mapped[str] = mapped_column(server_default="")
    document: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    html: Mapped[str] = mapped_column(server_default="")
    version: Mapped[int] = mapped_column(server_default="1")
    seen_by: Mapped[str] = mapped_column(server_default="everyone")
    changed_by: Mapped[str] = mapped_column(server_default="writers")
    owner_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"], ["members.tenant_id", "members.id"], ondelete="SET NULL (owner_id)"
        ),
    )


class TemplateVersion(NumberedTenantModel, Model):
    """What a template was before a change at `saved_at`, by whom it was changed then."""

    __tablename__ = "template_versions"

    template_id: Mapped[int]
    title: Mapped[str]
    subject: Mapped[str]
    document: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    html: Mapped[str]
    author_id: Mapped[int | None]
    saved_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "template_id"], ["templates.tenant_id", "templates.id"], ondelete="CASCADE"
        ),
        sa.Index(None, "tenant_id", "template_id", "id"),
    )
