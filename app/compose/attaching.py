"""Putting files on a mail, changing the way they go, taking them off; and letting go of those that no mail has."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from app.compose import history
from app.compose.attachments import Attached, Way, attached, weight
from app.compose.models import Mailing, MailingVersion
from app.compose.words import size_in_words
from app.core import queue
from app.core.db import db
from app.core.errors import N_, Invalid, NotFound
from app.core.tenancy import current_tenant_id
from app.media import files as media_files
from app.media import queries as media
from app.media.kinds import safe_name
from app.sending import queries as sending
from app.sending.service import AlreadyScheduled
from app.tenants.plans import one_at_a_time
from app.tenants.queries import current_workspace

MOST = 20


class TooHeavy(Invalid):
    message = N_(
        "With “%(name)s” the mail would carry %(size)s of files; the plan %(plan)s lets it carry %(limit)s MB. What was"
        " attached before is kept. Send this one as a link, or take a larger plan."
    )


class TooMany(Invalid):
    message = N_("A mail has at most %(most)s files. “%(name)s” was not kept, the others are.")


def attach(mailing: Mailing, content: bytes, *, name: str, way: Way, author_id: int) -> Attached:
    """Put a file on a mail, at the end; in place of one of the same name. Nothing is kept of what is refused.

    Raises:
        TooHeavy, TooMany: the mail has as much as it may.
        AlreadyScheduled: it was handed over to sending.
    and what `media.files.add_file` raises.
    """
    name = safe_name(name)
    others = [each for each in _held(mailing) if each.file.title != name]
    if len(others) >= MOST:
        raise TooMany(most=MOST, name=name)
    if way is Way.ATTACH:
        _see_that_bearable(weight(others) + len(content), name)
    made = Attached(media_files.add_file(content, title=name, member_id=author_id), way)
    _keep(mailing, [*others, made], author_id)
    return made


def send_by(mailing: Mailing, file_id: int, way: Way, *, author_id: int) -> None:
    """Let a file of a mail go another way. Raises `TooHeavy`, `AlreadyScheduled`, and:

    Raises:
        NotFound: the mail has no such file.
    """
    files, chosen = _with(mailing, file_id)
    changed = [Attached(each.file, way) if each is chosen else each for each in files]
    if way is Way.ATTACH:
        _see_that_bearable(weight(changed), chosen.file.title)
    _keep(mailing, changed, author_id)


def take_off(mailing: Mailing, file_id: int, *, author_id: int) -> None:
    """Take a file off a mail; who has it already keeps it. Raises as `send_by`."""
    files, chosen = _with(mailing, file_id)
    _keep(mailing, [each for each in files if each is not chosen], author_id)
    tidy_soon()


def _held(mailing: Mailing) -> list[Attached]:
    """Return the files of a draft, which nobody else changes until the end of the transaction."""
    db.session.refresh(mailing, with_for_update=True)
    if sending.launch(mailing.id) is not None:
        raise AlreadyScheduled
    return attached(mailing.attachments)


def _with(mailing: Mailing, file_id: int) -> tuple[list[Attached], Attached]:
    files = _held(mailing)
    chosen = next((each for each in files if each.file.id == file_id), None)
    if chosen is None:
        raise NotFound
    return files, chosen


def _see_that_bearable(size: int, name: str) -> None:
    plan = current_workspace().plan
    if size > plan.attachments_bytes:
        raise TooHeavy(name=name, size=size_in_words(size), plan=plan.name, limit=plan.attachments_mb)


def _keep(mailing: Mailing, files: Sequence[Attached], author_id: int) -> None:
    """Store them. `version` stays: it guards the words, which somebody may be writing just now."""
    history.begin(mailing.id)
    mailing.attachments = [each.entry() for each in files]
    mailing.tested_version, mailing.updated_at = None, sa.func.now()
    db.session.flush()
    history.record(mailing.id, author_id=author_id)


# --- what no mail has any more -----------------------------------------------------------------------------------


def tidy_soon() -> None:
    queue.enqueue("compose.drop_unused_files", queue="bulk")


def drop_unused_files() -> None:
    """Let go of files that no mail, no version of one and nothing that was sent has. Safe to repeat."""
    one_at_a_time("media")
    mine = current_tenant_id()
    held = {
        entry["file"]
        for table in (Mailing, MailingVersion)
        for entries in db.session.scalars(
            sa.select(table.attachments).where(
                table.tenant_id == mine, sa.func.jsonb_array_length(table.attachments) > 0
            )
        )
        for entry in entries
    }
    sent = sending.stored_files()
    media_files.drop_files([each.id for each in media.all_files() if each.id not in held and each.name not in sent])
