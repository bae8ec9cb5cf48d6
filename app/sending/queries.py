"""Reading launches and the ledger."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.lists.recipients import Audience
from app.sending.models import BounceCount, Content, Delivery, Launch, MailingLink, Wave
from app.sending.orders import Carried
from app.sending.terms import DeliveryState, LaunchState

OPEN_STATES = frozenset(LaunchState) - {LaunchState.FINISHED, LaunchState.CANCELLED}


def launch(mailing_id: int) -> Launch | None:
    return db.session.scalar(sa.select(Launch).where(Launch.mailing_id == mailing_id))


def audience_of(launch: Launch) -> Audience:
    """Return whom a launch goes to, its segments as they were when it was scheduled."""
    return Audience.of(launch.audience, launch.list_ids)


def has_launch(mailing_id: sa.SQLColumnExpression[int]) -> sa.ColumnElement[bool]:
    """A condition for queries of mailings: that this one was handed over to sending."""
    return sa.exists().where(Launch.tenant_id == current_tenant_id(), Launch.mailing_id == mailing_id)


def launches_of(mailing_ids: Collection[int]) -> dict[int, Launch]:
    found = db.session.scalars(sa.select(Launch).where(Launch.mailing_id.in_(mailing_ids)))
    return {row.mailing_id: row for row in found}


def open_launches() -> list[Launch]:
    """Launches that wait, run, or are held, the next due first."""
    query = sa.select(Launch).where(Launch.state.in_(OPEN_STATES)).order_by(Launch.planned_at, Launch.mailing_id)
    return list(db.session.scalars(query))


def last_launch(kind: str) -> Launch | None:
    """The launch of a kind that was ordered last."""
    return db.session.scalar(
        sa.select(Launch).where(Launch.kind == kind).order_by(Launch.requested_at.desc(), Launch.mailing_id).limit(1)
    )


def list_used_most(recent: int = 50) -> int | None:
    """The list that most of the latest launches went to."""
    latest = sa.select(Launch.list_ids).order_by(Launch.requested_at.desc()).limit(recent).subquery()
    used = sa.select(sa.func.unnest(latest.c.list_ids).label("list_id")).subquery()
    query = sa.select(used.c.list_id).group_by(used.c.list_id).order_by(sa.func.count().desc(), used.c.list_id)
    return db.session.scalar(query.limit(1))


def finished_launches(*, before: tuple[datetime, int] | None = None, count: int = 50) -> list[Launch]:
    """Launches that are over, the latest first; `before` is the (finished_at, mailing_id) of the last one seen."""
    query = sa.select(Launch).where(Launch.state.in_([LaunchState.FINISHED, LaunchState.CANCELLED]))
    if before is not None:
        query = query.where(sa.tuple_(Launch.finished_at, Launch.mailing_id) < sa.tuple_(*map(sa.literal, before)))
    return list(db.session.scalars(query.order_by(Launch.finished_at.desc(), Launch.mailing_id.desc()).limit(count)))


def ends_of_tracking(mailing_ids: Collection[int]) -> dict[int, datetime]:
    """Until when opens and clicks of these mailings count; those that count without end are left out."""
    ends = Launch.started_at + sa.func.make_interval(0, 0, 0, Launch.tracking_days)
    query = sa.select(Launch.mailing_id, ends).where(
        Launch.tenant_id == current_tenant_id(), Launch.mailing_id.in_(mailing_ids), Launch.tracking_days.is_not(None),
        Launch.started_at.is_not(None),
    )  # fmt: skip
    return {row[0]: row[1] for row in db.session.execute(query) if row[1]}


def asking_how_long(mailing_ids: Collection[int]) -> set[int]:
    """Return those of these mailings that want to know how long they are read."""
    query = sa.select(Launch.mailing_id).where(
        Launch.tenant_id == current_tenant_id(), Launch.mailing_id.in_(mailing_ids), Launch.track_reading
    )
    return set(db.session.scalars(query))


def content(mailing_id: int, number: int) -> Content | None:
    return db.session.scalar(sa.select(Content).where(Content.mailing_id == mailing_id, Content.number == number))


def contents(mailing_id: int) -> list[Content]:
    """What a launch has besides its own subject and body, in the order in which it came."""
    return list(db.session.scalars(sa.select(Content).where(Content.mailing_id == mailing_id).order_by(Content.number)))


def carried(mailing_id: int) -> list[Carried]:
    """Return the files in the mails of a launch, each once, whichever of its contents has them."""
    mine = Launch.tenant_id == current_tenant_id(), Launch.mailing_id == mailing_id
    kept = [*db.session.scalars(sa.select(Launch.attachments).where(*mine))]
    kept += [each.attachments for each in contents(mailing_id)]
    files = [Carried(**entry) for entries in kept for entry in entries]
    return list(dict.fromkeys(each for each in files if not each.linked))


def digests_on_the_way() -> set[str]:
    """Return the digests of files that mails under way carry."""
    return {each.digest for launch in open_launches() for each in carried(launch.mailing_id)}


def stored_files() -> set[str]:
    """Return the names in the store of all files that launches have, in their mails or linked."""
    mine = current_tenant_id()
    return {
        entry["stored"]
        for table in (Launch, Content)
        for entries in db.session.scalars(
            sa.select(table.attachments).where(
                table.tenant_id == mine, sa.func.jsonb_array_length(table.attachments) > 0
            )
        )
        for entry in entries
    }


def waves(mailing_id: int) -> list[Wave]:
    """The parts in which a launch goes out, in their order."""
    return list(db.session.scalars(sa.select(Wave).where(Wave.mailing_id == mailing_id).order_by(Wave.after)))


def delivery(mailing_id: int, seq: int) -> Delivery | None:
    return db.session.scalar(sa.select(Delivery).where(Delivery.mailing_id == mailing_id, Delivery.seq == seq))


def recipients(mailing_id: int, numbers: Collection[int]) -> dict[int, Delivery]:
    """Rows of a mailing's ledger by their numbers. Plan: primary key."""
    query = sa.select(Delivery).where(Delivery.mailing_id == mailing_id, Delivery.seq.in_(numbers))
    return {row.seq: row for row in db.session.scalars(query)}


def deliveries(
    mailing_id: int,
    *,
    states: Sequence[DeliveryState] | None = None,
    bounce: str | None = None,
    after_seq: int = 0,
    count: int = 50,
) -> list[Delivery]:
    """Rows of a mailing's ledger in their order, after `after_seq`. Plan: range of the primary key."""
    query = sa.select(Delivery).where(Delivery.mailing_id == mailing_id, Delivery.seq > after_seq)
    if states is not None:
        query = query.where(Delivery.state.in_(states))
    if bounce is not None:
        query = query.where(Delivery.bounce == bounce)
    return list(db.session.scalars(query.order_by(Delivery.seq).limit(count)))


def accepted_between(mailing_id: int, after: int, through: int) -> int:
    """How many of a part of the ledger were accepted. Plan: range of the primary key."""
    query = sa.select(sa.func.count()).where(
        Delivery.tenant_id == current_tenant_id(), Delivery.mailing_id == mailing_id,
        Delivery.seq > after, Delivery.seq <= through, Delivery.state == DeliveryState.ACCEPTED,
    )  # fmt: skip
    return db.session.scalar(query) or 0


def bounce_counts(mailing_id: int) -> dict[str, int]:
    """How many bounced, by class: from the counts kept with the ledger."""
    query = sa.select(BounceCount.bounce, BounceCount.people).where(BounceCount.mailing_id == mailing_id)
    return {row.bounce: row.people for row in db.session.execute(query)}


def links(mailing_id: int) -> list[MailingLink]:
    query = sa.select(MailingLink).where(MailingLink.mailing_id == mailing_id).order_by(MailingLink.number)
    return list(db.session.scalars(query))


def link_url(mailing_id: int, number: int) -> str | None:
    query = sa.select(MailingLink.url).where(MailingLink.mailing_id == mailing_id, MailingLink.number == number)
    return db.session.scalar(query)
