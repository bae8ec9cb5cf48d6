"""The ledger's own SQL: writing the audience down, cutting it into slices, moving rows forward and counting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.core import arrays
from app.core.db import db
from app.sending.models import Delivery, Launch
from app.sending.terms import WAIT_BOUNDS, DeliveryState

FINAL = DeliveryState.ACCEPTED
Order = Callable[[sa.FromClause], Sequence[sa.ColumnElement[Any]]]


class Answer(NamedTuple):
    """What became of one recipient: the words of the MTA's outcome. `at` is aware, `reply` at most 200 characters.

    `hard`: of a bounce, that writing to the address again is of no use.
    """

    seq: int
    state: DeliveryState
    at: datetime
    attempt: int = 1
    code: int = 0
    bounce: str = ""
    reply: str = ""
    host: str = ""
    tls: str = ""
    hard: bool = True


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
    """How many rows a set of answers moved, and whose addresses are dead.

    `first_accepted_at`, `last_accepted_at`: between which moments servers took what is `accepted`.
    """

    accepted: int = 0
    bounced: int = 0
    cancelled: int = 0
    expired: int = 0
    deferred: int = 0
    first_accepted_at: datetime | None = None
    last_accepted_at: datetime | None = None
    dead_contacts: list[int] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SliceRow:
    seq: int
    contact_id: int
    address: str


def write_audience(mailing_id: int, audience: sa.Select[Any], order: Order | None = None) -> int:
    """Write one row for each (contact_id, address) of `audience`, numbered from 1; return how many.

    `order` names what they are numbered by, before their contact's id.
    """
    people = audience.subquery()
    by = [*(order(people) if order else ()), people.c.contact_id]
    numbered = sa.select(
        sa.literal(mailing_id, sa.BigInteger),
        sa.func.row_number().over(order_by=by),
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


def shuffled(mailing_id: int) -> Order:
    """An order that nobody chose and that is the same whenever it is asked for."""

    def order(people: sa.FromClause) -> Sequence[sa.ColumnElement[Any]]:
        return [sa.func.md5(sa.func.concat(mailing_id, ":", people.c.contact_id))]

    return order


def slice_rows(mailing_id: int, after: int, through: int) -> list[SliceRow]:
    """Rows not final with `after` < seq <= `through`. Plan: range of the primary key."""
    query = (
        sa.select(Delivery.seq, Delivery.contact_id, Delivery.address)
        .where(Delivery.mailing_id == mailing_id, Delivery.seq > after, Delivery.seq <= through)
        .where(Delivery.state < FINAL)
        .order_by(Delivery.seq)
    )
    return [SliceRow(*row) for row in db.session.execute(query)]


def unfinished(mailing_id: int, through: int) -> sa.Select[Any]:
    """(seq) of the rows up to `through` that are not final. Plan: range of the primary key."""
    return sa.select(Delivery.seq).where(
        Delivery.mailing_id == mailing_id, Delivery.seq <= through, Delivery.state < FINAL
    )


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


# Rows are found by an array of their numbers and hashed with the answers: with fresh or no statistics the planner
# would walk through the whole mailing for each answer.
_BY_NUMBERS = sa.text("SELECT set_config('enable_nestloop', :on, true), set_config('enable_seqscan', :on, true)")
_MOVE = sa.text(
    """
    WITH changed AS (
        UPDATE deliveries AS d
        SET state = i.state, answered_at = to_timestamp(i.at), attempts = i.attempt, code = i.code,
            bounce = i.bounce, reply = i.reply, host = i.host, tls = i.tls
        FROM unnest(
            CAST(:seq AS int[]), CAST(:state AS smallint[]), CAST(:at AS float8[]), CAST(:attempt AS smallint[]),
            CAST(:code AS smallint[]), CAST(:bounce AS text[]), CAST(:reply AS text[]), CAST(:host AS text[]),
            CAST(:tls AS text[]), CAST(:hard AS smallint[])
        ) AS i (seq, state, at, attempt, code, bounce, reply, host, tls, hard)
        WHERE d.mailing_id = :mailing AND d.seq = ANY(CAST(:seq AS int[])) AND d.seq = i.seq AND d.state = :old
        RETURNING d.seq, d.contact_id, d.address, d.state, d.bounce, d.reply, d.attempts, d.answered_at, i.hard
    ), moved AS (
        SELECT *, lower(split_part(address, '@', -1)) AS domain, date_trunc('minute', answered_at, 'UTC') AS minute,
               width_bucket(
                   coalesce(extract(epoch FROM answered_at - CAST(:started AS timestamptz)), 0)::float8,
                   CAST(:bounds AS float8[])
               ) AS wait,
               :old = 0 AND (state = 1 OR attempts > 1) AS put_off
        FROM changed
    )
    SELECT state, domain, bounce, minute, wait, put_off, count(*), max(reply), max(answered_at),
           array_agg(contact_id) FILTER (WHERE state = 3 AND bounce = 'user_unknown' AND hard = 1), array_agg(seq)
    FROM moved GROUP BY state, domain, bounce, minute, wait, put_off
    """
)


def move_rows(mailing_id: int, answers: Sequence[Answer]) -> Moves:
    """Move rows forward to what `answers` say, never back: a row that is final stays. Repeating a call changes nothing.

    Of several answers for one recipient the furthest counts. The launch's row is locked first, by this as by whatever
    else changes rows: what was waiting a moment ago is waiting still. Plan: index scan by numbers, hash join.
    """
    started = db.session.scalar(
        sa.select(Launch.started_at).where(Launch.mailing_id == mailing_id).with_for_update(key_share=True)
    )
    moves, left = Moves(), _furthest(answers)
    db.session.execute(_BY_NUMBERS, {"on": "off"})
    for old in (DeliveryState.WAITING, DeliveryState.DEFERRED):
        left = _move_from(old, left, mailing_id, started, moves) if left else []
    db.session.execute(_BY_NUMBERS, {"on": "on"})
    if moves.accepted:
        moments = [answer.at for answer in answers if answer.state is DeliveryState.ACCEPTED]
        moves.first_accepted_at, moves.last_accepted_at = min(moments), max(moments)
    return moves


def _furthest(answers: Sequence[Answer]) -> list[Answer]:
    """One answer for each recipient, by number."""
    furthest: dict[int, Answer] = {}
    for answer in answers:
        if answer.seq not in furthest or furthest[answer.seq].state <= answer.state:
            furthest[answer.seq] = answer
    return [furthest[seq] for seq in sorted(furthest)]


def _move_from(
    old: DeliveryState, answers: Sequence[Answer], mailing_id: int, started: datetime | None, moves: Moves
) -> list[Answer]:
    """Move those rows that are in the state `old`, and add to `moves`; return the answers whose rows are not."""
    given = {"mailing": mailing_id, "old": int(old), "started": started}
    bounds = arrays.numbers(WAIT_BOUNDS)
    done: set[int] = set()
    for *group, dead, seqs in db.session.execute(_MOVE, {**given, "bounds": bounds, **_columns(answers)}):
        _add(moves, Group(*group), old)
        moves.dead_contacts += dead or []
        done.update(seqs)
    return [answer for answer in answers if answer.seq not in done] if len(done) < len(answers) else []


def _add(moves: Moves, group: Group, old: DeliveryState) -> None:
    name = DeliveryState(group.state).name.lower()
    setattr(moves, name, getattr(moves, name) + group.count)
    if old is DeliveryState.DEFERRED:
        moves.deferred -= group.count
    moves.groups.append(group)


def _columns(answers: Sequence[Answer]) -> dict[str, str]:
    """Arrays as text, which PostgreSQL takes apart faster than the driver puts lists together."""
    columns = dict(zip(Answer._fields, zip(*answers, strict=True), strict=True))
    numbers = {name: arrays.numbers(map(int, columns[name])) for name in ("seq", "state", "attempt", "code", "hard")}
    times = arrays.numbers(at.timestamp() for at in columns["at"])
    texts = {name: arrays.texts(columns[name]) for name in ("bounce", "reply", "host", "tls")}
    return {**numbers, "at": times, **texts}


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
            **_moments(moves),
        )
        .execution_options(synchronize_session=False)
    )


def _moments(moves: Moves) -> dict[str, Any]:
    """When the first was accepted, half of all, and the last so far; half to the grain of what is recorded at once."""
    if moves.last_accepted_at is None:
        return {}
    last = sa.literal(moves.last_accepted_at)
    halved = sa.and_(Launch.half_at.is_(None), 2 * (Launch.accepted + moves.accepted) >= Launch.total)
    return {
        "first_accepted_at": sa.func.least(Launch.first_accepted_at, moves.first_accepted_at),
        "half_at": sa.case((halved, sa.func.greatest(Launch.last_accepted_at, last)), else_=Launch.half_at),
        "last_accepted_at": sa.func.greatest(Launch.last_accepted_at, last),
    }
