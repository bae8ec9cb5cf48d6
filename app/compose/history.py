"""What a mail said before: a version with each change of its words, so that none of them is lost."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import defer

from app.compose import queries
from app.compose.models import Mailing, MailingVersion
from app.core.db import db
from app.core.errors import NotFound
from app.core.tenancy import current_tenant_id

KEPT = 100
ONE_SITTING = timedelta(minutes=5)
WORDS = ("subject", "document", "html", "text_part", "attachments")


def begin(mailing_id: int) -> None:
    """Keep what a mail without versions says now, before its first change."""
    source = [getattr(Mailing, name) for name in ("tenant_id", *WORDS, "author_id")]
    said = sa.select(*source, Mailing.id, Mailing.updated_at, Mailing.updated_at).where(
        Mailing.tenant_id == current_tenant_id(),
        Mailing.id == mailing_id,
        sa.or_(Mailing.subject != "", Mailing.html != ""),
        ~sa.exists().where(*_of(mailing_id)),
    )
    columns = ["tenant_id", *WORDS, "author_id", "mailing_id", "began_at", "saved_at"]
    db.session.execute(sa.insert(MailingVersion).from_select(columns, said))


def record(mailing_id: int, *, author_id: int, anew: bool = False) -> None:
    """Keep what a mail says now: in the newest version where its author still sits at it, else (or `anew`) in one more.

    A mail that changed from blocks to HTML or back begins a version: blocks cannot be made of HTML again.
    """
    mailing, newest = queries.mailing(mailing_id), _newest(mailing_id)
    words = {name: getattr(mailing, name) for name in WORDS}
    if newest is not None and all(getattr(newest, name) == value for name, value in words.items()):
        return
    if newest is None or anew or not _goes_on(newest, mailing, author_id):
        db.session.add(MailingVersion(mailing_id=mailing_id, author_id=author_id, **words))
        db.session.flush()
        _forget_the_oldest(mailing_id)
        return
    for name, value in words.items():
        setattr(newest, name, value)
    newest.saved_at = mailing.updated_at
    db.session.flush()


def _goes_on(newest: MailingVersion, mailing: Mailing, author_id: int) -> bool:
    same_kind = (newest.document is None) == (mailing.document is None)
    return newest.author_id == author_id and same_kind and mailing.updated_at - newest.began_at < ONE_SITTING


def _forget_the_oldest(mailing_id: int) -> None:
    kept = sa.select(MailingVersion.id).where(*_of(mailing_id)).order_by(MailingVersion.id.desc())
    beyond = kept.offset(KEPT).limit(1).scalar_subquery()
    db.session.execute(sa.delete(MailingVersion).where(*_of(mailing_id), MailingVersion.id <= beyond))


def _newest(mailing_id: int) -> MailingVersion | None:
    return db.session.scalar(
        sa.select(MailingVersion).where(*_of(mailing_id)).order_by(MailingVersion.id.desc()).limit(1)
    )


def versions(mailing_id: int) -> list[MailingVersion]:
    """Return the versions of a mail, the newest first, without what they say but for the subject."""
    query = sa.select(MailingVersion).where(*_of(mailing_id)).order_by(MailingVersion.id.desc())
    heavy = (MailingVersion.document, MailingVersion.html, MailingVersion.text_part)
    return list(db.session.scalars(query.options(*(defer(column) for column in heavy))))


def version(mailing_id: int, version_id: int) -> MailingVersion:
    """Return one version of a mail.

    Raises:
        NotFound: the mail has none of this number.
    """
    found = db.session.scalar(sa.select(MailingVersion).where(*_of(mailing_id), MailingVersion.id == version_id))
    if found is None:
        raise NotFound
    return found


def _of(mailing_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return MailingVersion.tenant_id == current_tenant_id(), MailingVersion.mailing_id == mailing_id
