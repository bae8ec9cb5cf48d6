"""Small pictures of mails and templates as a browser has drawn them, each for the content it was drawn of."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.core import queue
from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.media.models import Thumbnail
from app.media.store import store


def drawn(subject: str, digest: str) -> bytes | None:
    """Return the picture of a subject, where one was drawn of just this content."""
    name = db.session.scalar(
        sa.select(Thumbnail.name).where(
            Thumbnail.tenant_id == current_tenant_id(), Thumbnail.subject == subject, Thumbnail.digest == digest
        )
    )
    return store().get(name) if name else None


def keep(subject: str, digest: str, content: bytes) -> None:
    """Keep the picture of a subject in place of the one before."""
    forget([subject])
    name = f"{secrets.token_hex(16)}.png"
    store().put(name, content, "image/png")
    row = insert(Thumbnail).values(subject=subject, digest=digest, name=name)
    replaced = {"digest": digest, "name": name, "drawn_at": sa.func.now()}
    db.session.execute(row.on_conflict_do_update(index_elements=["tenant_id", "subject"], set_=replaced))


def forget(subjects: list[str]) -> None:
    """Let go of the pictures of what has changed or is gone."""
    gone = sa.delete(Thumbnail).where(Thumbnail.tenant_id == current_tenant_id(), Thumbnail.subject.in_(subjects))
    for name in db.session.scalars(gone.returning(Thumbnail.name)).all():
        queue.enqueue("media.discard", name)


def subjects() -> list[str]:
    return list(db.session.scalars(sa.select(Thumbnail.subject).where(Thumbnail.tenant_id == current_tenant_id())))


def names() -> list[str]:
    """Return the names in the store of all of them."""
    return list(db.session.scalars(sa.select(Thumbnail.name).where(Thumbnail.tenant_id == current_tenant_id())))
