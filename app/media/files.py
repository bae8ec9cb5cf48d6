"""Keeping files that go with mails, and letting go of those that none has any more."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection

import sqlalchemy as sa

from app.core import queue
from app.core.db import db
from app.core.errors import N_, Invalid
from app.core.tenancy import current_tenant_id
from app.media import kinds, queries
from app.media.models import File
from app.media.store import store
from app.tenants.plans import one_at_a_time

MOST_BYTES = 15 * 1024 * 1024


class FileTooLarge(Invalid):
    message = N_("“%(name)s” is larger than %(mb)s MB. It was not kept; what was there before is.")


def add_file(content: bytes, *, title: str, member_id: int | None = None) -> File:
    """Keep a file; the same one under the same name twice is kept once.

    Raises:
        NoFile, Runs, RunsInside, FileTooLarge, NoRoom: it is not kept.
    """
    title = kinds.safe_name(title)
    if len(content) > MOST_BYTES:
        raise FileTooLarge(name=title, mb=MOST_BYTES // 1024 // 1024)
    content_type = kinds.content_type(content, title)
    digest = hashlib.sha256(content).hexdigest()
    one_at_a_time("media")
    same = File.tenant_id == current_tenant_id(), File.digest == digest, File.title == title
    known = db.session.scalar(sa.select(File).where(*same))
    if known is not None:
        return known
    queries.see_that_room(len(content))
    made = File(
        name=f"{secrets.token_hex(16)}{_suffix(title)}", title=title, content_type=content_type, size=len(content),
        digest=digest, added_by=member_id,
    )  # fmt: skip
    # Before the row, as with pictures.
    store().put(made.name, content, content_type, saved_as=title)
    db.session.add(made)
    db.session.flush()
    return made


def _suffix(title: str) -> str:
    suffix = kinds.suffix_of(title)
    return f".{suffix}" if suffix.isascii() and suffix.isalnum() else ""


def drop_files(file_ids: Collection[int]) -> None:
    """Let go of files that no mail has any more."""
    for gone in queries.files(file_ids).values():
        queue.enqueue("media.discard", gone.name)
        db.session.delete(gone)
    db.session.flush()
