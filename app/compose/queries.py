"""Reading mailings as they are written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from app.compose.models import Mailing, Pattern
from app.core.db import db
from app.core.errors import NotFound
from app.core.tenancy import current_tenant_id
from app.document.uses import Use
from app.lists import queries as lists
from app.lists.fields import fields
from app.lists.recipients import Audience
from app.sending import queries as sending

PAGE = 50
OWN_VALUES = ("name", "email")


def mailing(mailing_id: int) -> Mailing:
    """Return a mailing of this workspace.

    Raises:
        NotFound: it has none of this number.
    """
    query = sa.select(Mailing).where(Mailing.tenant_id == current_tenant_id(), Mailing.id == mailing_id)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def drafts(*, text: str = "", before: tuple[datetime, int] | None = None, count: int = PAGE) -> list[Mailing]:
    """Return a page of mailings that were never handed to sending, the one changed last first.

    `before` is the (updated_at, id) of the last one seen. Plan: the workspace's mailings, newest first, anti-join on
    the key of launches.
    """
    query = sa.select(Mailing).where(
        Mailing.tenant_id == current_tenant_id(), ~sending.has_launch(Mailing.id), *_worded(text)
    )
    if before:
        query = query.where(sa.tuple_(Mailing.updated_at, Mailing.id) < sa.tuple_(*map(sa.literal, before)))
    return list(db.session.scalars(query.order_by(Mailing.updated_at.desc(), Mailing.id.desc()).limit(count)))


def newest(*, before: int | None = None, count: int = PAGE) -> list[Mailing]:
    """Return a page of all mailings, sent or not, the one made last first, those behind the mailing `before`.

    Plan: the primary key backwards.
    """
    query = sa.select(Mailing).where(Mailing.tenant_id == current_tenant_id())
    if before is not None:
        query = query.where(Mailing.id < before)
    return list(db.session.scalars(query.order_by(Mailing.id.desc()).limit(count)))


def _worded(text: str) -> list[sa.ColumnElement[bool]]:
    return [Mailing.subject.icontains(word, autoescape=True) for word in text.split()]


def cursor_of(row: Mailing) -> str:
    """Return where a page ended, for a URL: microseconds since 1970 and the number."""
    return f"{(row.updated_at - _EPOCH) // timedelta(microseconds=1)}-{row.id}"


def read_cursor(cursor: str) -> tuple[datetime, int] | None:
    """Return what `cursor_of` wrote, or None where it is something else."""
    moment, _, number = cursor.partition("-")
    if not (moment.isdecimal() and number.isdecimal()) or len(cursor) > 40:
        return None
    return _EPOCH + timedelta(microseconds=min(int(moment), 10**16)), int(number)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def audience_of(mailing: Mailing | Pattern) -> Audience:
    """Return whom a draft, or one begun with a pattern, would go to."""
    return Audience(
        lists=tuple(mailing.list_ids),
        segments=tuple(mailing.segment_ids),
        excluded_lists=tuple(mailing.excluded_list_ids),
        excluded_segments=tuple(mailing.excluded_segment_ids),
    )


def written_before(mailing_id: int, *, count: int) -> list[Mailing]:
    """Return other mails that say something, sent or not, the one changed last first: to begin a new one with."""
    mine = sa.and_(Mailing.tenant_id == current_tenant_id(), Mailing.id != mailing_id, Mailing.html != "")
    query = sa.select(Mailing).where(mine).order_by(Mailing.updated_at.desc(), Mailing.id.desc())
    return list(db.session.scalars(query.limit(count)))


@dataclass(frozen=True, slots=True)
class TagField:
    """A value that merge tags can show. `sample` is what the first person of the audience has."""

    name: str
    title: str
    sample: str


def tag_fields(who: Audience) -> list[TagField]:
    people = lists.sample_contacts(who, 1)
    sample = lists.values_of(people[0]) if people else {}
    titles = {field.key: field.title for field in fields()}
    return [TagField(name, titles.get(name, name), sample.get(name, "")) for name in known_tags(who)]


def known_tags(who: Audience) -> list[str]:
    """Return the names that merge tags may have: a contact's own, the workspace's fields, and what people here have."""
    values = [lists.values_of(contact) for contact in lists.sample_contacts(who, 50)]
    made = [field.key for field in fields()]
    return list(dict.fromkeys([*OWN_VALUES, *made, *(name for each in values for name in each)]))


def showing(picture: str) -> list[Use]:
    """Return the mailings that show a picture, by its public name."""
    query = sa.select(Mailing.id, Mailing.subject).where(
        Mailing.tenant_id == current_tenant_id(), Mailing.html.contains(picture, autoescape=True)
    )
    return [Use("mailing", mailing_id, subject) for mailing_id, subject in db.session.execute(query)]
