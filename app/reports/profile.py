"""Who the readers of a mailing are: what became of it by what is in a field, and by list and segment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import floor, log10
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import DomainError
from app.core.tenancy import current_tenant_id
from app.lists.fields import Field
from app.lists.recipients import Audience
from app.lists.segments.limits import allow_memory, within_limits
from app.lists.states import FieldKind
from app.reports import parts
from app.reports.comparison import Rate
from app.reports.parts import BETWEEN, RANGED, Part

MOST_BANDS = 8
MOST_VALUES = 12
LEAST = 1e-6
AGES = 10
# A date whose years are fewer than this is no birthday: it is told by the year, not by the decade.
YOUNGEST = 10


@dataclass(frozen=True, slots=True)
class Group:
    """Some of a mailing's people, and what became of it among them. `part` is None for the rest of many values."""

    part: Part | None
    people: int
    accepted: int
    openers: int
    clickers: int

    @property
    def opened(self) -> Rate:
        return Rate(self.openers, self.accepted)

    @property
    def clicked(self) -> Rate:
        return Rate(self.clickers, self.accepted)


_COUNTS = (
    "count(*) AS people, count(*) FILTER (WHERE d.state = 2) AS accepted, "
    "count(x.opened_at) AS openers, count(x.clicked_at) AS clickers"
)
_FROM = (
    "deliveries d LEFT JOIN reactions x ON x.tenant_id = d.tenant_id AND x.mailing_id = d.mailing_id AND x.seq = d.seq "
    "LEFT JOIN contacts c ON c.tenant_id = d.tenant_id AND c.id = d.contact_id"
)
_OF_MAILING = "d.tenant_id = :tenant AND d.mailing_id = :mailing"


def by_field(mailing_id: int, asked: Field) -> list[Group]:
    """Return the groups of a field: its values, the most people first, or bands in their order; those of whom nothing
    is known last. In a field of several choices people count with each of theirs.

    Plan: one pass over the mailing's range of the ledger, hashed with its reactions and the contacts.
    """
    allow_memory()
    kind = FieldKind(asked.kind)
    values: dict[str, Any] = {"tenant": current_tenant_id(), "mailing": mailing_id, "field": asked.key}
    if kind is FieldKind.DATE:
        values["day"] = parts.began_on(mailing_id).isoformat()
    rows = db.session.execute(sa.text(_by_field(kind, values)), values).all()
    known = [(row[0], Group(None, *row[1:])) for row in rows]
    if kind in RANGED:
        return _banded(known, asked.key, values.get("step"))
    return _valued(known, asked, in_order=kind in (FieldKind.BIRTHDAY, FieldKind.YES_NO))


def _by_field(kind: FieldKind, values: dict[str, Any]) -> str:
    bucket, more = parts.bucket(kind), ""
    if kind is FieldKind.CHOICES:
        bucket = "coalesce(chosen.one, '')"
        more = " LEFT JOIN LATERAL jsonb_array_elements_text(CASE WHEN jsonb_typeof(c.fields -> :field) = 'array' THEN "
        more += "c.fields -> :field END) AS chosen (one) ON true"
    if kind is FieldKind.NUMBER:
        values["step"] = _step_of(bucket, values)
        bucket = f"floor(({bucket}) / CAST(:step AS numeric)) * CAST(:step AS numeric)"
    return f"SELECT {bucket}, {_COUNTS} FROM {_FROM}{more} WHERE {_OF_MAILING} GROUP BY 1"  # noqa: S608 - our words


def _step_of(number: str, values: dict[str, Any]) -> float:
    query = f"SELECT min({number}), max({number}) FROM {_FROM} WHERE {_OF_MAILING}"  # noqa: S608 - our words
    low, high = db.session.execute(sa.text(query), values).one()
    return nice_step(float(low or 0), float(high or 0))


def nice_step(low: float, high: float) -> float:
    """Return the least of 1, 2, 5, 10, 20, … (or their tenths) that cuts a range into at most eight bands. Pure."""
    if high - low < LEAST:
        return 1.0
    power = 10.0 ** floor(log10((high - low) / MOST_BANDS))
    return next(
        power * each
        for each in (1, 2, 5, 10, 20)
        if floor(high / (power * each)) - floor(low / (power * each)) < MOST_BANDS
    )


def _banded(known: Sequence[tuple[Any, Group]], key: str, step: float | None) -> list[Group]:
    """Put ages, which come one by one, into decades; numbers come in bands, by their lower ends."""
    told = {float(value): group for value, group in known if value is not None}
    if step is None:
        step = AGES if max(told, default=0) >= YOUNGEST else 1
        ages, told = told, {}
        for low in sorted({floor(age / step) * step for age in ages}):
            told[low] = _sum(group for age, group in ages.items() if low <= age < low + step)
    unknown = [replace(group, part=Part(key)) for value, group in known if value is None]
    return [*(replace(told[low], part=Part(key, _range(low, low + step))) for low in sorted(told)), *unknown]


def _range(low: float, high: float) -> str:
    return f"{low:.12g}{BETWEEN}{high:.12g}"


def _valued(known: Sequence[tuple[str, Group]], asked: Field, *, in_order: bool) -> list[Group]:
    told = [replace(group, part=Part(asked.key, value)) for value, group in known if value]
    told.sort(key=lambda group: group.part.value if in_order and group.part else "")
    if not in_order:
        told.sort(key=lambda group: (-group.people, group.part.value if group.part else ""))
    rest = [_sum(told[MOST_VALUES:])] if len(told) > MOST_VALUES else []
    unknown = [replace(group, part=Part(asked.key)) for value, group in known if not value]
    return [*told[:MOST_VALUES], *rest, *unknown]


def _sum(groups: Iterable[Group]) -> Group:
    of = list(groups)
    names = ("people", "accepted", "openers", "clickers")
    return Group(None, *(sum(getattr(group, name) for group in of) for name in names))


def by_source(mailing_id: int, audience: Audience) -> list[Group]:
    """Return what became of a mailing on each list and in each segment that it went to; who is in several counts in
    each. A segment whose condition takes too long, or cannot be read any more, is left out."""
    groups = [_of_part(mailing_id, Part(list_id=each)) for each in audience.lists]
    for each in audience.segments:
        try:
            with within_limits():
                groups.append(_of_part(mailing_id, Part(segment_id=each)))
        except DomainError:
            continue
    return groups


def _of_part(mailing_id: int, part: Part) -> Group:
    query = sa.select(sa.text(_COUNTS)).select_from(sa.text(_FROM)).where(sa.text(_OF_MAILING))
    query = query.where(parts.clause(part, mailing_id))
    row = db.session.execute(query, {"tenant": current_tenant_id(), "mailing": mailing_id}).one()
    return Group(part, *row)


def standing_out(groups: Sequence[Group]) -> Group | None:
    """Return the group that surely opened most: the one whose open rate is highest at the low end of its interval."""
    told = [group for group in groups if group.part is not None and group.openers]
    return max(told, key=lambda group: group.opened.interval[0], default=None)
