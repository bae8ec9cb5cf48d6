"""Taking everything along, and erasing everything."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from app.billing import endings
from app.core import queue
from app.core.db import db
from app.core.errors import N_, Conflict, DomainError
from app.core.tenancy import control_plane, current_tenant_id, tenant_scope
from app.custody import letters, queries, zipping
from app.custody.models import Archive, ArchiveChunk
from app.media import queries as media
from app.media import thumbnails
from app.media.store import store
from app.sending import queries as sending
from app.sending import service as sending_service
from app.tenants import erasure
from app.tenants import queries as tenants

KEPT = queries.KEPT
CHUNK = 1024 * 1024
# A job that has not finished after this long has died for good, and does not keep the next one from beginning.
LONGEST = timedelta(hours=6)
Unit = Callable[[], AbstractContextManager[None]]


class BeingWritten(Conflict):
    message = N_("Your data is being packed already. You get a mail as soon as it is ready.")


def begin_archive(member_id: int, *, now: datetime) -> int:
    """Let a job pack everything that the workspace holds, and mail the member when it is ready.

    Raises:
        BeingWritten: a job is at it.
    """
    if any(one.finished_at is None and one.created_at > now - LONGEST for one in queries.archives(now)):
        raise BeingWritten
    archive = Archive(member_id=member_id, created_at=now)
    db.session.add(archive)
    db.session.flush()
    queue.enqueue("custody.write_archive", archive.id, queue="bulk", timeout=6 * 3600)
    return archive.id


def write_archive(archive_id: int, unit: Unit, *, now: Callable[[], datetime]) -> None:
    """Write the ZIP on the disk, then store it piece by piece. Killed and run again, it begins anew."""
    with unit():
        archive = queries.archive(archive_id)
        if archive is None or archive.finished_at is not None:
            return
        _drop_chunks(archive_id)
    with TemporaryDirectory(prefix="messagepark-archive-") as folder:
        path = Path(folder) / "workspace.zip"
        with unit():
            packed = zipping.pack(path, tenants.current_workspace())
        _store(archive_id, path, unit)
        size = path.stat().st_size
    with unit():
        this = sa.update(Archive).where(Archive.tenant_id == current_tenant_id(), Archive.id == archive_id)
        values = {"finished_at": now(), "size": size, "rows": packed.rows, "files": packed.files}
        db.session.execute(this.values(values))
        letters.post_archive(archive.member_id)


def _store(archive_id: int, path: Path, unit: Unit) -> None:
    with path.open("rb") as file:
        for number, piece in enumerate(iter(lambda: file.read(CHUNK), b"")):
            with unit():
                values = {"archive_id": archive_id, "number": number, "content": piece}
                db.session.execute(sa.insert(ArchiveChunk).values(values))


def _drop_chunks(archive_id: int) -> None:
    mine = sa.and_(ArchiveChunk.tenant_id == current_tenant_id(), ArchiveChunk.archive_id == archive_id)
    db.session.execute(sa.delete(ArchiveChunk).where(mine))


def drop_expired(now: datetime) -> None:
    """Drop the archives of all workspaces that are a week old. Control plane."""
    with control_plane():
        db.session.execute(sa.delete(Archive).where(Archive.created_at < now - KEPT))


# --- the end ----------------------------------------------------------------------------------------------------


def ask_to_erase(typed: str, *, now: datetime) -> None:
    """Have the workspace erased after two weeks, and tell who manages it. Raises as `erasure.ask_to_erase`."""
    letters.post_leaving(erasure.ask_to_erase(typed, now=now))
    endings.leave()


def take_back() -> None:
    """Keep the workspace, and what it pays for, after all. Raises as `erasure.take_back`."""
    erasure.take_back()
    endings.stay()


def erase(tenant_id: int, unit: Unit, *, purge_mail: Callable[[int], None]) -> None:
    """Erase a workspace: its mailings end, then its files, and last the rows that name them and what it pays for.

    Safe to repeat. `purge_mail` has the MTA forget it: at first, so that a failure leaves rows to begin anew with, and
    in the end what came of the work that was under way.
    """
    with unit(), tenant_scope(tenant_id):
        for launch in sending.open_launches():
            with suppress(DomainError):
                sending_service.cancel(launch.mailing_id)
    purge_mail(tenant_id)
    with unit(), tenant_scope(tenant_id):
        for name in [*media.names(), *(each.name for each in media.all_files()), *thumbnails.names()]:
            store().discard(name)
    with unit():
        with tenant_scope(tenant_id):
            endings.be_gone()
        erasure.erase_rows(tenant_id)
    purge_mail(tenant_id)
