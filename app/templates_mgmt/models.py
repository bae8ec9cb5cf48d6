"""Templates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, NumberedTenantModel


class Template(NumberedTenantModel, Model):
    """A mail to start from: subject and body with merge tags. Where there is a `document`, `html` is its rendering."""

    __tablename__ = "templates"

    title: Mapped[str]
    subject: Mapped[str] = mapped_column(server_default="")
    document: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    html: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
