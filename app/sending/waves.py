"""Waves: the parts of a launch's ledger that go out at a time, or with a content, of their own.

An ordinary launch is one wave. Recipients' own clocks make one wave for each moment at which a zone's clocks show the
chosen time; a trial makes one for each variant and one for the rest; a text that is changed on the way, one more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.core import clock
from app.core.db import db
from app.core.tenancy import control_plane
from app.lists.zones import by_field, people_by_field
from app.sending import ledger, queries
from app.sending.models import Content, Launch, Wave
from app.sending.terms import LaunchState
from app.tenants.queries import current_workspace

HOUR = 3600
SLICES_AN_HOUR = 60


@dataclass(frozen=True, slots=True)
class Slice:
    """A piece of a wave that is handed over at once, `after` < seq <= `through`; its name is its batch's."""

    after: int
    through: int
    content: int

    @property
    def name(self) -> str:
        return f"{self.after + 1}-{self.through}"


# --- cutting ----------------------------------------------------------------------------------------------------


def lay_out(launch: Launch, audience: sa.Select[Any], slice_size: int) -> int:
    """Write the ledger of a launch and its waves; return how many people it has."""
    if launch.zone_field and launch.wall_time:
        total = _by_zones(launch, launch.wall_time, audience)
    elif launch.trial_share:
        total = _with_trial(launch, audience)
    else:
        total = ledger.write_audience(launch.mailing_id, audience)
        _add(launch, 0, total, clock.now(), 0)
    _set_pace(launch, total, slice_size)
    return total


def _add(launch: Launch, after: int, through: int, due_at: datetime | None, content: int) -> None:
    if through > after:
        db.session.add(Wave(mailing_id=launch.mailing_id, after=after, through=through, due_at=due_at, content=content))


def _by_zones(launch: Launch, wall_time: datetime, audience: sa.Select[Any]) -> int:
    own = current_workspace().timezone
    people = people_by_field(audience, launch.zone_field)
    moments = {value: shown_at(wall_time, value, own) for value in people}
    in_order = sorted(set(moments.values()))
    ranks = {value: in_order.index(moment) for value, moment in moments.items()}
    total = ledger.write_audience(launch.mailing_id, audience, by_field(launch.zone_field, ranks))
    after = 0
    for moment in in_order:
        through = after + sum(count for value, count in people.items() if moments[value] == moment)
        _add(launch, after, through, moment, 0)
        after = through
    return total


def shown_at(wall_time: datetime, zone: str, otherwise: str) -> datetime:
    """Return the moment at which the clocks of `zone` show a time; of `otherwise`, where that is no zone's name."""
    try:
        place = ZoneInfo(zone.strip() or otherwise)
    except (ValueError, OSError, KeyError):
        place = ZoneInfo(otherwise)
    return wall_time.replace(tzinfo=place).astimezone(UTC)


def _with_trial(launch: Launch, audience: sa.Select[Any]) -> int:
    total = ledger.write_audience(launch.mailing_id, audience, ledger.shuffled(launch.mailing_id))
    numbers = [0, *(content.number for content in queries.contents(launch.mailing_id))]
    each = max(1, total * (launch.trial_share or 0) // 100 // len(numbers))
    after, now = 0, clock.now()
    for number in numbers:
        through = min(total, after + each)
        _add(launch, after, through, now, number)
        after = through
    _add(launch, after, total, None, 0)
    launch.decide_at = now + timedelta(hours=launch.trial_hours or 1) if after < total else None
    return total


def _set_pace(launch: Launch, total: int, slice_size: int) -> None:
    if launch.spread_hours:
        launch.per_hour = max(1, -(-total // launch.spread_hours))
    launch.slice_size = slice_size
    if launch.per_hour:
        launch.slice_size = max(1, min(slice_size, launch.per_hour // SLICES_AN_HOUR))


# --- contents ---------------------------------------------------------------------------------------------------


def content_of(mailing_id: int, seq: int) -> Content | None:
    """Return the content that a recipient gets or got; None for the launch's own. Plan: two primary keys."""
    number = sa.select(Wave.content).where(Wave.mailing_id == mailing_id, Wave.after < seq, Wave.through >= seq)
    return db.session.scalar(
        sa.select(Content).where(Content.mailing_id == mailing_id, Content.number == number.scalar_subquery())
    )


def put_before_the_rest(launch: Launch, content: int) -> int:
    """Give whoever has not been handed over yet another content; return how many they are."""
    rest = sa.select(Wave).where(Wave.mailing_id == launch.mailing_id, Wave.through > launch.fed_through)
    waves = list(db.session.scalars(rest.order_by(Wave.after)))
    for wave in waves:
        if wave.after < launch.fed_through:
            _add(launch, launch.fed_through, wave.through, wave.due_at, content)
            wave.through = launch.fed_through
        else:
            wave.content = content
    db.session.flush()
    return launch.total - launch.fed_through


def decide(launch: Launch, number: int) -> bool:
    """Let whoever waits for the end of a trial have a content of the launch; tell whether anybody waited."""
    waiting = sa.select(Wave).where(Wave.mailing_id == launch.mailing_id, Wave.due_at.is_(None))
    wave = db.session.scalar(waiting)
    if wave is None or number not in {0, *(content.number for content in queries.contents(launch.mailing_id))}:
        return False
    wave.content, wave.due_at = number, clock.now()
    launch.winner = number
    db.session.flush()
    return True


# --- feeding ----------------------------------------------------------------------------------------------------


def due_wave(launch: Launch) -> Wave | None:
    """Return the wave that feeding stands in, or None where that must still wait or nothing is left."""
    return db.session.scalar(
        sa.select(Wave).where(
            Wave.mailing_id == launch.mailing_id, Wave.after <= launch.fed_through, Wave.through > launch.fed_through,
            Wave.due_at <= sa.func.now(),
        )
    )  # fmt: skip


def may_feed_through(launch: Launch, wave: Wave, now: datetime) -> int:
    """Return up to which number a due wave may be handed over at `now`, in whole slices, at the launch's pace."""
    if not launch.per_hour or launch.paced_from is None:
        return wave.through
    hours = max(0.0, (now - launch.paced_from).total_seconds()) / HOUR
    allowed = launch.paced_after + int(launch.per_hour * hours) + launch.slice_size
    return whole_slices(launch, wave, allowed)


def whole_slices(launch: Launch, wave: Wave, allowed: int) -> int:
    """Return up to which number a wave may be handed over in whole slices, so that each keeps its name."""
    if allowed >= wave.through:
        return wave.through
    whole = (allowed - wave.after) // launch.slice_size * launch.slice_size
    return max(launch.fed_through, wave.after + whole)


def slices(after: int, through: int, size: int, content: int) -> list[Slice]:
    return [Slice(low, min(low + size, through), content) for low in range(after, through, size)]


def unfinished_slices(launch: Launch) -> list[Slice]:
    """Slices that were handed over and have a row that is not final. Plan: range of the ledger's primary key."""
    rows = ledger.unfinished(launch.mailing_id, launch.fed_through).subquery()
    low = Wave.after + (rows.c.seq - 1 - Wave.after) // launch.slice_size * launch.slice_size
    query = (
        sa.select(low, sa.func.least(low + launch.slice_size, Wave.through, launch.fed_through), Wave.content)
        .select_from(rows)
        .join(Wave, sa.and_(Wave.after < rows.c.seq, Wave.through >= rows.c.seq))
        .where(Wave.mailing_id == launch.mailing_id)
        .distinct()
        .order_by(low)
    )
    return [Slice(*row) for row in db.session.execute(query)]


def launches_to_feed() -> list[tuple[int, int, int]]:
    """(tenant, mailing, fed through) of running launches of which another part has come due. Control plane.

    What goes out in one wave at full speed is not among them: it feeds itself from the moment it starts.
    """
    hours = sa.extract("epoch", sa.func.now() - Launch.paced_from) / HOUR
    in_pace = Launch.paced_after + sa.func.floor(Launch.per_hour * hours) >= Launch.fed_through
    query = (
        sa.select(Launch.tenant_id, Launch.mailing_id, Launch.fed_through)
        .join(Wave, sa.and_(Wave.tenant_id == Launch.tenant_id, Wave.mailing_id == Launch.mailing_id))
        .where(Launch.state == LaunchState.RUNNING, Launch.finished_at.is_(None))
        .where(Wave.after <= Launch.fed_through, Wave.through > Launch.fed_through, Wave.due_at <= sa.func.now())
        .where(sa.or_(sa.and_(Launch.per_hour.is_(None), Wave.after > 0), in_pace))
    )
    with control_plane():
        return [(row[0], row[1], row[2]) for row in db.session.execute(query)]


def undecided() -> Sequence[tuple[int, int]]:
    """(tenant, mailing) of trials whose time to decide has come. Control plane."""
    due = sa.select(Launch.tenant_id, Launch.mailing_id).where(
        Launch.state == LaunchState.RUNNING, Launch.winner.is_(None), Launch.decide_at <= sa.func.now()
    )
    with control_plane():
        return [(row[0], row[1]) for row in db.session.execute(due)]
