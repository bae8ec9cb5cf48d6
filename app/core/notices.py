"""Mail of the service itself to one person: verification, reset, invitation, delivery report, test.

An outbox: the row is written in the transaction that has something to say, and travels through our own MTA after it.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core import queue
from app.core.db import TENANT_DEFAULT, Model, db
from app.core.tenancy import current_tenant_id


class NoticeState(StrEnum):
    WAITING = "waiting"
    HANDED_OVER = "handed_over"
    ACCEPTED = "accepted"
    FAILED = "failed"


class Notice(Model):
    """One such mail. `tenant_id` is empty for mail of the site itself.

    The address of one that is `passing` is forgotten with its content.
    `test_of`: the mailing that it is a test of; of a test is kept what receivers find of each signature (`proofs`).
    """

    __tablename__ = "notices"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    tenant_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("tenants.id", ondelete="CASCADE"), server_default=TENANT_DEFAULT, index=True
    )
    address: Mapped[str]
    sender_name: Mapped[str]
    sender_address: Mapped[str]
    subject: Mapped[str]
    html: Mapped[str]
    text: Mapped[str]
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    state: Mapped[str] = mapped_column(server_default=NoticeState.WAITING.value)
    reply: Mapped[str] = mapped_column(server_default="")
    passing: Mapped[bool] = mapped_column(server_default=sa.false())
    test_of: Mapped[int | None]
    proofs: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    handed_over_at: Mapped[datetime | None]

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "test_of"],
            ["mailings.tenant_id", "mailings.id"],
            name="fk_notices_test_of",
            ondelete="CASCADE",
        ),
        sa.Index("ix_notices_waiting", "id", postgresql_where=sa.text("state IN ('waiting', 'handed_over')")),
        sa.Index("ix_notices_test_of", "tenant_id", "test_of", "id", postgresql_where=sa.text("test_of IS NOT NULL")),
    )


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with a notice. Content in bytes, content type as in RFC 2045.

    A file that is kept already is only named: by what it is `stored` as in the media store, and its `digest`.
    """

    name: str
    content_type: str
    content: bytes = b""
    content_id: str = ""
    stored: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class NoticeMail:
    """What a notice says. Both parts are complete: HTML and plain text. `test_of`, `passing` as in `Notice`."""

    to: str
    subject: str
    html: str
    text: str
    sender_name: str
    sender_address: str
    attachments: Sequence[Attachment] = ()
    test_of: int | None = None
    passing: bool = False


def post_notice(mail: NoticeMail) -> None:
    """Write the mail into the outbox of the present transaction; it leaves after the commit."""
    notice = Notice(
        tenant_id=current_tenant_id(),
        address=mail.to,
        sender_name=mail.sender_name,
        sender_address=mail.sender_address,
        subject=mail.subject,
        html=mail.html,
        text=mail.text,
        attachments=[_packed(a) for a in mail.attachments],
        test_of=mail.test_of,
        passing=mail.passing,
    )
    db.session.add(notice)
    db.session.flush()
    queue.enqueue("notices.feed", queue="breaking")


def _packed(attachment: Attachment) -> dict[str, str]:
    return {
        "name": attachment.name,
        "content_type": attachment.content_type,
        "content": b64encode(attachment.content).decode(),
        "content_id": attachment.content_id,
        "stored": attachment.stored,
        "digest": attachment.digest,
    }


def unpacked(packed: dict[str, str]) -> Attachment:
    return Attachment(**(packed | {"content": b64decode(packed["content"])}))  # type: ignore[arg-type]


def waiting_notices(*, handed_over_before: datetime, count: int = 100) -> list[Notice]:
    """Notices that wait, or were handed over so long ago that the hand-over must have been lost. Owner role."""
    lost = sa.and_(Notice.state == NoticeState.HANDED_OVER, Notice.handed_over_at < handed_over_before)
    query = sa.select(Notice).where(sa.or_(Notice.state == NoticeState.WAITING, lost)).order_by(Notice.id).limit(count)
    return list(db.session.scalars(query))


def mark_handed_over(ids: Sequence[int], at: datetime) -> None:
    db.session.execute(
        sa.update(Notice).where(Notice.id.in_(ids)).values(state=NoticeState.HANDED_OVER, handed_over_at=at)
    )


def record_delay(notice_id: int, *, reply: str) -> None:
    """Store why it was not taken yet."""
    db.session.execute(sa.update(Notice).where(_under_way(notice_id)).values(reply=reply))


def record_result(notice_id: int, *, accepted: bool, reply: str, proofs: list[dict[str, Any]] | None = None) -> None:
    """Store the final answer; the content is not kept, since it may hold a link that signs somebody in."""
    state = NoticeState.ACCEPTED if accepted else NoticeState.FAILED
    db.session.execute(
        sa.update(Notice)
        .where(_under_way(notice_id))
        .values(
            state=state,
            reply=reply,
            proofs=proofs,
            html="",
            text="",
            attachments=[],
            address=sa.case((Notice.passing, ""), else_=Notice.address),
        )
    )


def _under_way(notice_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(Notice.id == notice_id, Notice.state.in_([NoticeState.WAITING, NoticeState.HANDED_OVER]))


def tests_of(mailing_id: int, count: int) -> list[Notice]:
    """Return the latest tests of one of the present workspace's mailings, the newest first."""
    mine = sa.and_(Notice.tenant_id == current_tenant_id(), Notice.test_of == mailing_id)
    return list(db.session.scalars(sa.select(Notice).where(mine).order_by(Notice.id.desc()).limit(count)))


STALE_AFTER = timedelta(minutes=2)
