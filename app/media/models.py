"""Pictures and other files of a workspace."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, NumberedTenantModel, TenantModel


class Picture(NumberedTenantModel, Model):
    """A picture as it is served. `name` is its public file name, which cannot be guessed; `digest` is of its bytes.

    With a `whole_id` it is a part of another one, cut out along the `frame` (`app.media.cropping`).
    """

    __tablename__ = "pictures"

    name: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    folder: Mapped[str] = mapped_column(server_default="")
    content_type: Mapped[str]
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    digest: Mapped[str]
    whole_id: Mapped[int | None]
    frame: Mapped[dict[str, int] | None] = mapped_column(JSONB(none_as_null=True))
    added_by: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (sa.UniqueConstraint("tenant_id", "digest", name="uq_pictures_tenant_id_digest"),)


class File(NumberedTenantModel, Model):
    """A file that goes with mails, or that they link to. `name` is its public one, `title` what readers save it as.

    The same bytes under the same title are kept once, however many mails have them.
    """

    __tablename__ = "files"

    name: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    digest: Mapped[str]
    added_by: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (sa.UniqueConstraint("tenant_id", "digest", "title"),)


class Thumbnail(TenantModel, Model):
    """A small picture of something (`subject`, as in ``template:7``), drawn of the content that has this `digest`."""

    __tablename__ = "thumbnails"

    subject: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    name: Mapped[str] = mapped_column(unique=True)
    drawn_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
