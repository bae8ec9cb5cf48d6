"""Mailings as they are written."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, NumberedTenantModel


class MailingKind(StrEnum):
    NEWSLETTER = "newsletter"
    NOTICE = "notice"
    ADVERTISING = "advertising"
    BREAKING = "breaking"


class Mailing(NumberedTenantModel, Model):
    """One message to one audience, editable until it is launched. `version` rises with each save.

    `html` is what is sent. Where there is a `document`, it is rendered from that; else somebody wrote it as HTML.
    `trial` holds variants to try (`app.compose.trials`); `replaces_id` is the running mailing whose rest gets this one.
    `text_part` is the author's own; empty, it is derived from the HTML.
    """

    __tablename__ = "mailings"

    subject: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[str] = mapped_column(server_default=MailingKind.NEWSLETTER.value)
    sender_name: Mapped[str] = mapped_column(server_default="")
    sender_address: Mapped[str] = mapped_column(server_default="")
    reply_to: Mapped[str] = mapped_column(server_default="")
    document: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    html: Mapped[str] = mapped_column(server_default="")
    text_part: Mapped[str] = mapped_column(server_default="")
    list_ids: Mapped[list[int]] = mapped_column(ARRAY(sa.BigInteger), server_default="{}")
    segment_ids: Mapped[list[int]] = mapped_column(ARRAY(sa.BigInteger), server_default="{}")
    excluded_list_ids: Mapped[list[int]] = mapped_column(ARRAY(sa.BigInteger), server_default="{}")
    excluded_segment_ids: Mapped[list[int]] = mapped_column(ARRAY(sa.BigInteger), server_default="{}")
    report_to_author: Mapped[bool] = mapped_column(server_default=sa.true())
    report_recipients: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), server_default="{}")
    trial: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    replaces_id: Mapped[int | None]
    author_id: Mapped[int | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
