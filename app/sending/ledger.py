"""The ledger's own SQL: writing the audience down, cutting it into slices, moving rows forward and counting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from app.core.db import db
from app.sending.models import Delivery, Launch
from app.sending.terms import WAIT_BOUNDS, DeliveryState

FINAL = DeliveryState.ACCEPTED


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one recipient: the words of the MTA's outcome. `at` is aware, `reply` at most 200 characters."""

    seq: int
    state: DeliveryState
    at: datetime
    attempt: int = 1
    code: int = 0
    bounce: str = ""
    reply: str = ""
    host: str = ""
    tls: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that moved alike: by their domain, their bounce class, the minute of the answer and the wait for it.

    `put_off` tells rows that were deferred for the first time; `reply` and `at` are those of one of them.
    """

    state: int
    domain: str
    bounce: str
    minute: datetime
    wait: int
    put_off: bool
    count: int
    reply: str
    at: datetime


@dataclass(slots=True)
class Moves:
    """How many rows a set of answers moved, and whose addresses are dead."""

    accepted: int = 0
    bounced: int = 0
    cancelled: int = 0
    expired: int = 0
    deferred: int = 0
    dead_contacts: list[int] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SliceRow:
    seq: int
    contact_id: int
    address: str


def write_audience(mailing_id: int, audience: sa.Select[Any]) -> int:
    """Write one row for each (contact_id, address) of `audience`, numbered from 1 in its order; return how many."""
    people = audience.subquery()
    numbered = sa.select(
        sa.literal(mailing_id, sa.BigInteger),
        sa.func.row_number().over(order_by=people.c.contact_id),
        people.c.contact_id,
        people.c.address,
    )
    result = db.session.execute(
        sa.insert(Delivery)
        .from_select(["mailing_id", "seq", "contact_id", "address"], numbered, include_defaults=False)
        .inline()
        .execution_options(preserve_rowcount=True)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def slice_rows(mailing_id: int, after: int, through: int) -> list[SliceRow]:
    """Rows not final with `after` < seq <= `through`. Plan: range of the primary key."""
    query = (
        sa.select(Delivery.seq, Delivery.contact_id, Delivery.address)
        .where(Delivery.mailing_id == mailing_id, Delivery.seq > after, Delivery.seq <= through)
        .where(Delivery.state < FINAL)
        .order_by(Delivery.seq)
    )
    return [SliceRow(*row) for row in db.session.execute(query)]


def unfinished_slices(mailing_id: int, through: int, size: int) -> set[int]:
    """Numbers of the slices up to `through` that still have a row that is not final. Plan: range of the primary key."""
    number = (Delivery.seq - 1) // size
    unfinished = (Delivery.mailing_id == mailing_id, Delivery.seq <= through, Delivery.state < FINAL)
    query = sa.select(number).where(*unfinished).distinct()
    return set(db.session.scalars(query))


def cancel_rows(mailing_id: int, *, after: int, through: int | None = None) -> int:
    """Make the rows that nobody was told of final, as cancelled; return how many."""
    condition = [Delivery.mailing_id == mailing_id, Delivery.seq > after, Delivery.state < FINAL]
    if through is not None:
        condition.append(Delivery.seq <= through)
    deferred = db.session.scalar(sa.select(sa.func.count()).where(*condition, Delivery.state == DeliveryState.DEFERRED))
    result = db.session.execute(
        sa.update(Delivery).where(*condition).values(state=DeliveryState.CANCELLED, answered_at=sa.func.now())
    )
    moved = int(result.rowcount)  # type: ignore[attr-defined]
    count_moves(mailing_id, Moves(cancelled=moved, deferred=-int(deferred or 0)))
    return moved


_COLUMNS: dict[str, Any] = {
    "seq": sa.Integer, "state": sa.SmallInteger, "at": sa.DateTime(timezone=True), "attempt": sa.SmallInteger,
    "code": sa.SmallInteger, "bounce": sa.Text, "reply": sa.Text, "host": sa.Text,
    "tls": sa.Text,
}  # fmt: skip


def move_rows(mailing_id: int, answers: Sequence[Answer]) -> Moves:
    """Move rows forward to what `answers` say, never back: a row that is final stays. Repeating a call changes nothing.

    Plan: nested loop from the answers into the primary key, once to lock and once to update.
    """
    incoming = _incoming(answers)
    before = (
        sa.select(Delivery.seq, Delivery.state)
        .join(incoming, incoming.c.seq == Delivery.seq)
        .where(Delivery.mailing_id == mailing_id, Delivery.state < FINAL, Delivery.state <= incoming.c.state)
        .with_for_update(of=Delivery)
        .cte("before")
    )
    changed = (
        sa.update(Delivery)
        .where(Delivery.mailing_id == mailing_id, Delivery.seq == before.c.seq, incoming.c.seq == before.c.seq)
        .values(
            state=incoming.c.state, answered_at=incoming.c.at, attempts=incoming.c.attempt, code=incoming.c.code,
            bounce=incoming.c.bounce, reply=incoming.c.reply, host=incoming.c.host,
            tls=incoming.c.tls,
        )
        .returning(
            Delivery.contact_id, Delivery.address, Delivery.state, Delivery.bounce, Delivery.reply, Delivery.attempts,
            Delivery.answered_at, before.c.state.label("old_state"),
        )
        .cte("changed")
    )  # fmt: skip
    return _moves(db.session.execute(_grouped(changed, mailing_id)).all())


def _grouped(changed: sa.CTE, mailing_id: int) -> sa.Select[Any]:
    row = changed.c
    started = sa.select(Launch.started_at).where(Launch.mailing_id == mailing_id).scalar_subquery()
    waited = sa.cast(sa.func.coalesce(sa.extract("epoch", row.answered_at - started), 0), sa.Double)
    bounds = sa.cast(list(WAIT_BOUNDS), ARRAY(sa.Double))
    put_off = sa.and_(
        row.old_state == DeliveryState.WAITING, sa.or_(row.state == DeliveryState.DEFERRED, row.attempts > 1)
    )
    keys = (
        row.state,
        row.old_state,
        sa.func.lower(sa.func.substring(row.address, "[^@]*$")).label("domain"),
        row.bounce,
        sa.func.date_trunc("minute", row.answered_at, "UTC").label("minute"),
        sa.func.width_bucket(waited, bounds).label("wait"),
        put_off.label("put_off"),
    )
    inner = sa.select(*keys, row.reply, row.answered_at, row.contact_id).subquery()
    names = [inner.c[key.name] for key in keys]
    dead = sa.func.array_agg(inner.c.contact_id).filter(inner.c.bounce == "user_unknown")
    return sa.select(
        *names, sa.func.count(), sa.func.max(inner.c.reply), sa.func.max(inner.c.answered_at), dead
    ).group_by(*names)


def _incoming(answers: Sequence[Answer]) -> sa.CTE:
    """The answers as rows; of several for one recipient the furthest counts."""
    arrays = [
        sa.bindparam(None, [_plain(getattr(a, name)) for a in answers], ARRAY(kind), unique=True)
        for name, kind in _COLUMNS.items()
    ]
    columns = [sa.column(name, kind) for name, kind in _COLUMNS.items()]
    raw = sa.func.unnest(*arrays).table_valued(*columns, name="raw").render_derived()
    query = sa.select(raw).ext(distinct_on(raw.c.seq)).order_by(raw.c.seq, raw.c.state.desc())
    return query.cte("incoming")


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, DeliveryState) else value


def _moves(rows: Sequence[Any]) -> Moves:
    moves = Moves()
    for state, old_state, domain, bounce, minute, wait, put_off, count, reply, at, dead in rows:
        name = DeliveryState(state).name.lower()
        setattr(moves, name, getattr(moves, name) + count)
        if old_state == DeliveryState.DEFERRED:
            moves.deferred -= count
        moves.dead_contacts.extend(dead or [])
        moves.groups.append(Group(state, domain, bounce, minute, wait, put_off, count, reply, at))
    return moves


def count_moves(mailing_id: int, moves: Moves) -> None:
    """Add the moves to the launch's counts, in the same transaction."""
    db.session.execute(
        sa.update(Launch)
        .where(Launch.mailing_id == mailing_id)
        .values(
            accepted=Launch.accepted + moves.accepted,
            bounced=Launch.bounced + moves.bounced,
            cancelled=Launch.cancelled + moves.cancelled,
            expired=Launch.expired + moves.expired,
            deferred=Launch.deferred + moves.deferred,
        )
        .execution_options(synchronize_session=False)
    )
