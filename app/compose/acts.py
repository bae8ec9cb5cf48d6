"""The ways in which a mail goes out: at once or at a time, as breaking news, again and again, as a correction.

Each is a value that can be looked at, written down while somebody else is asked, and done. Whether somebody must be
asked is decided in one place, `app.compose.approvals.go`, and a new way out is one more class here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from app.compose import breaking, corrections, queries, series, service, starting
from app.compose.breaking import Aside
from app.compose.digests import digest_of
from app.compose.models import Mailing
from app.compose.recurrence import LeapDay, Rhythm
from app.compose.series import OnDate
from app.compose.service import Order
from app.lists import queries as lists
from app.sending.orders import Pace


class ActKind(StrEnum):
    LAUNCH = "launch"
    BREAKING = "breaking"
    SERIES = "series"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it: the mailing to look at now, how many people, and subjects of what would not make way."""

    mailing_id: int
    people: int
    missed: Sequence[str] = ()


class Act(Protocol):
    """One way out. `planned_at` is None for at once; `author_id` is who wants it."""

    kind: ClassVar[ActKind]

    @property
    def planned_at(self) -> datetime | None: ...

    def see_that_possible(self, mailing: Mailing, *, now: datetime) -> int:
        """Return how many people it is about, or raise the domain error that says why it cannot be."""
        ...

    def do(self, mailing: Mailing, *, now: datetime, author_id: int) -> Result: ...

    def seen(self, mailing: Mailing, *, count: int, at_once: bool) -> Act:
        """Return it as somebody approves it who was told of so many people."""
        ...

    def bound(self) -> Act:
        """Return it as it is done after an approval, for which what was approved must stay as it is."""
        ...

    def stored(self) -> dict[str, Any]:
        """Return what `act_of` reads: JSON."""
        ...


@dataclass(frozen=True, slots=True)
class Launching:
    """Now, or at a time."""

    kind: ClassVar[ActKind] = ActKind.LAUNCH
    order: Order
    planned_at: datetime | None = None

    def see_that_possible(self, mailing: Mailing, *, now: datetime) -> int:
        facts = service.facts_of(mailing, now=now, at=self.planned_at)
        service.see_that_ready(mailing, self.order, facts)
        return facts.people

    def do(self, mailing: Mailing, *, now: datetime, author_id: int) -> Result:
        facts = service.facts_of(mailing, now=now, at=self.planned_at)
        service.launch_mailing(mailing, self.order, facts)
        return Result(mailing.id, facts.people)

    def seen(self, mailing: Mailing, *, count: int, at_once: bool) -> Launching:
        order = replace(self.order, version=mailing.version, count=count, typed=str(count))
        return Launching(order, None if at_once else self.planned_at)

    def bound(self) -> Launching:
        return self

    def stored(self) -> dict[str, Any]:
        return asdict(self.order)


@dataclass(frozen=True, slots=True)
class Breaking:
    """At once, in the fast lane, while what is in `aside` makes way."""

    kind: ClassVar[ActKind] = ActKind.BREAKING
    order: Order
    aside: Aside = field(default_factory=Aside)

    @property
    def planned_at(self) -> None:
        return None

    def see_that_possible(self, mailing: Mailing, *, now: datetime) -> int:
        breaking.see_that_free(mailing, now=now)
        return Launching(self.order).see_that_possible(mailing, now=now)

    def do(self, mailing: Mailing, *, now: datetime, author_id: int) -> Result:
        breaking.see_that_free(mailing, now=now)
        went = Launching(self.order).do(mailing, now=now, author_id=author_id)
        missed = breaking.make_way(queries.audience_of(mailing), self.aside, now)
        return replace(went, missed=missed)

    def seen(self, mailing: Mailing, *, count: int, at_once: bool) -> Breaking:
        return Breaking(Launching(self.order).seen(mailing, count=count, at_once=True).order, self.aside)

    def bound(self) -> Breaking:
        return self

    def stored(self) -> dict[str, Any]:
        return {"order": asdict(self.order), "hold": list(self.aside.hold), "cancel": list(self.aside.cancel)}


@dataclass(frozen=True, slots=True)
class Repeating:
    """Again and again. One that was approved (`is_bound`) comes only while the mail says what it said then."""

    kind: ClassVar[ActKind] = ActKind.SERIES
    rhythm: Rhythm
    on_date: OnDate | None
    report_to: str = ""
    typed: str = ""
    is_bound: bool = False

    @property
    def planned_at(self) -> None:
        return None

    def see_that_possible(self, mailing: Mailing, *, now: datetime) -> int:
        series.see_that_comes(self.rhythm, now)
        people = lists.audience_count(queries.audience_of(mailing)).total
        starting.see_that_typed(mailing, people, self.typed)
        return people

    def do(self, mailing: Mailing, *, now: datetime, author_id: int) -> Result:
        people = self.see_that_possible(mailing, now=now)
        kept = series.keep(mailing, self.rhythm, self.on_date, report_to=self.report_to, author_id=author_id)
        kept.digest = digest_of(mailing) if self.is_bound else ""
        return Result(mailing.id, people)

    def seen(self, mailing: Mailing, *, count: int, at_once: bool) -> Repeating:
        return replace(self, typed=str(count))

    def bound(self) -> Repeating:
        return replace(self, is_bound=True)

    def stored(self) -> dict[str, Any]:
        days = self.rhythm
        return {
            "rule": days.rule, "at_time": days.at_time.isoformat(), "starts_on": days.starts_on.isoformat(),
            "ends_on": days.ends_on and days.ends_on.isoformat(), "skipped": sorted(map(str, days.skipped)),
            "on_date": asdict(self.on_date) if self.on_date else None, "report_to": self.report_to,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Correcting:
    """The rest of a mail that rests gets the words of this draft."""

    kind: ClassVar[ActKind] = ActKind.CORRECTION
    typed: str = ""

    @property
    def planned_at(self) -> None:
        return None

    def see_that_possible(self, mailing: Mailing, *, now: datetime) -> int:
        people = corrections.see_that_possible(mailing, now=now)
        starting.see_that_typed(mailing, people, self.typed)
        return people

    def do(self, mailing: Mailing, *, now: datetime, author_id: int) -> Result:
        self.see_that_possible(mailing, now=now)
        return Result(*corrections.finish(mailing, author_id=author_id))

    def seen(self, mailing: Mailing, *, count: int, at_once: bool) -> Correcting:
        return Correcting(str(count))

    def bound(self) -> Correcting:
        return self

    def stored(self) -> dict[str, Any]:
        return {}


def people_of(kind: str, mailing: Mailing) -> int:
    """How many people an act of this kind with a mailing is about now."""
    if kind == ActKind.CORRECTION:
        return corrections.left(mailing) or 0
    return lists.audience_count(queries.audience_of(mailing)).total


def act_of(kind: str, stored: dict[str, Any], planned_at: datetime | None) -> Act:
    """Return what was written down."""
    return _READERS[ActKind(kind)](stored, planned_at)


def _order(stored: dict[str, Any]) -> Order:
    return Order(**(stored | {"pace": Pace(**stored["pace"])}))


def _launching(stored: dict[str, Any], planned_at: datetime | None) -> Act:
    return Launching(_order(stored), planned_at)


def _breaking(stored: dict[str, Any], _planned_at: datetime | None) -> Act:
    return Breaking(_order(stored["order"]), Aside(stored["hold"], stored["cancel"]))


def _repeating(stored: dict[str, Any], _planned_at: datetime | None) -> Act:
    ends, on = stored["ends_on"], stored["on_date"]
    days = Rhythm(
        stored["rule"], time.fromisoformat(stored["at_time"]), date.fromisoformat(stored["starts_on"]),
        date.fromisoformat(ends) if ends else None, frozenset(map(date.fromisoformat, stored["skipped"])),
    )  # fmt: skip
    on_date = OnDate(on["field_key"], on["offset"], LeapDay(on["leap_day"])) if on else None
    return Repeating(days, on_date, stored["report_to"])


def _correcting(_stored: dict[str, Any], _planned_at: datetime | None) -> Act:
    return Correcting()


_READERS: dict[ActKind, Callable[[dict[str, Any], datetime | None], Act]] = {
    ActKind.LAUNCH: _launching,
    ActKind.BREAKING: _breaking,
    ActKind.SERIES: _repeating,
    ActKind.CORRECTION: _correcting,
}
