"""Adding, naming and removing pictures."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from app.core import queue
from app.core.db import db
from app.core.errors import N_, Conflict, Invalid, NotFound
from app.core.tenancy import current_tenant_id
from app.media import queries
from app.media.cropping import Frame, cut
from app.media.models import Picture
from app.media.preparing import Prepared, prepare
from app.media.store import store
from app.media.usage import uses
from app.tenants.queries import current_workspace
from app.tenants.service import choose_logo

LOGO_BYTES = 2 * 1024 * 1024


class NoLogo(Invalid):
    message = N_("A logo is a PNG, JPEG or WebP of at most %(mb)s MB. Nothing was changed.")


class StillUsed(Conflict):
    message = N_("This picture is still used. Say that it may be missing there.")


def add_picture(content: bytes, *, title: str, folder: str = "", member_id: int | None = None) -> Picture:
    """Keep a picture; the same one twice is kept once.

    Raises:
        NoPicture, TooLarge, NoRoom: it is not kept.
    """
    return _keep(
        prepare(content), title=title.strip()[:200] or "picture", folder=folder.strip()[:80], added_by=member_id
    )


def crop_picture(cropped: Picture, frame: Frame, *, member_id: int | None = None) -> Picture:
    """Keep a part of a picture, or of the one that it is itself a part of. The whole stays.

    Raises:
        Moves, NoPart, NoRoom: it is not kept.
        NotFound: the whole is gone.
    """
    whole = cropped if cropped.whole_id is None else queries.picture(cropped.whole_id)
    content = store().get(whole.name)
    if content is None:
        raise NotFound
    origin = {"whole_id": whole.id, "frame": asdict(frame)}
    return _keep(cut(content, frame), title=whole.title, folder=whole.folder, added_by=member_id, **origin)


def _keep(prepared: Prepared, **columns: Any) -> Picture:
    digest = hashlib.sha256(prepared.content).hexdigest()
    known = db.session.scalar(
        sa.select(Picture).where(Picture.tenant_id == current_tenant_id(), Picture.digest == digest)
    )
    if known is not None:
        return known
    queries.see_that_room(len(prepared.content))
    made = Picture(
        name=f"{secrets.token_hex(16)}.{prepared.suffix}", content_type=prepared.content_type,
        size=len(prepared.content), width=prepared.width, height=prepared.height, digest=digest, **columns,
    )  # fmt: skip
    # Before the row: a picture without a row is litter, a row without its picture would be a hole in a mail.
    store().put(made.name, prepared.content, prepared.content_type)
    db.session.add(made)
    db.session.flush()
    return made


def change_picture(changed: Picture, *, title: str, folder: str) -> None:
    changed.title, changed.folder = title.strip()[:200] or changed.title, folder.strip()[:80]
    db.session.flush()


def keep_logo(content: bytes, *, title: str, member_id: int) -> Picture:
    """Keep a picture and have it be the workspace's logo.

    Raises:
        NoLogo: it is larger than a logo has to be, or moves.
        NoPicture, TooLarge, NoRoom: it is not kept.
    """
    if len(content) > LOGO_BYTES or prepare(content).content_type == "image/gif":
        raise NoLogo(mb=LOGO_BYTES // 1024 // 1024)
    kept = add_picture(content, title=title, member_id=member_id)
    choose_logo(kept.name)
    return kept


def delete_picture(removed: Picture, *, although_used: bool = False) -> None:
    """Remove a picture and what was cut out of it. What was sent already shows a gap there.

    Raises:
        StillUsed: a mail or template shows it, and nobody said that this is meant.
    """
    all_of_it = [removed, *queries.parts(removed.id)]
    if not although_used and any(uses(each.name) for each in all_of_it):
        raise StillUsed
    if current_workspace().logo == removed.name:
        choose_logo("")
    for each in all_of_it:
        queue.enqueue("media.discard", each.name)
        db.session.delete(each)
    db.session.flush()
