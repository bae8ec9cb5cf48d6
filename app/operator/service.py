"""What operators do that is not another domain's business: announcements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import N_, Invalid, NotFound
from app.core.tenancy import control_plane
from app.operator.models import Announcement
from app.operator.terms import Tone
from app.tenants import support
from app.tenants.support import Act


class EndsBeforeItBegins(Invalid):
    about = "ends_at"
    message = N_("It would end before it begins.")


@dataclass(frozen=True, slots=True)
class Words:
    """What is announced, in both languages: every member reads it in their own."""

    korean: str
    english: str
    tone: Tone


def announce(words: Words, *, begins_at: datetime, ends_at: datetime, by: str) -> None:
    """Show something to every member of every workspace from then until then.

    Raises:
        EndsBeforeItBegins: nobody would ever see it.
    """
    if ends_at <= begins_at:
        raise EndsBeforeItBegins
    support.note(Act.ANNOUNCED, by=by, detail=words.english)
    with control_plane():
        db.session.add(
            Announcement(
                korean=words.korean, english=words.english, tone=words.tone, begins_at=begins_at, ends_at=ends_at,
                author=by,
            )
        )  # fmt: skip
        db.session.flush()


def end_announcement(announcement_id: int, *, by: str) -> None:
    """Show it no longer.

    Raises:
        NotFound: it has ended already, or never was.
    """
    this = sa.and_(Announcement.id == announcement_id, Announcement.ends_at > sa.func.now())
    ending = sa.update(Announcement).where(this)
    # One that has not begun would otherwise end before it begins.
    values = {"ends_at": sa.func.now(), "begins_at": sa.func.least(Announcement.begins_at, sa.func.now())}
    with control_plane():
        ended = db.session.scalar(ending.values(values).returning(Announcement.english))
    if ended is None:
        raise NotFound
    support.note(Act.ANNOUNCEMENT_ENDED, by=by, detail=ended)
