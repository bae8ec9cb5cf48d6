"""Templates."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, NumberedTenantModel


class Template(NumberedTenantModel, Model):
    """A mail to start from: subject and HTML body with merge tags."""

    __tablename__ = "templates"

    title: Mapped[str]
    subject: Mapped[str] = mapped_column(server_default="")
    html: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
