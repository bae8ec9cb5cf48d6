"""A segment's rule, as it is stored and as it is frozen into a launch, and the people whom it describes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.core import clock
from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.lists.models import Field, Segment
from app.lists.segments import compiling, conditions, expert
from app.lists.segments.compiling import Clause, Today
from app.lists.segments.conditions import Sample
from app.lists.segments.terms import FIELD, FIXED, KIND_OF_FIELD, Kind
from app.lists.segments.views import CONTACT
from app.lists.states import FieldKind
from app.tenants.queries import current_workspace


@dataclass(frozen=True, slots=True)
class Rule:
    """What describes people: a stored condition, or SQL where there is some."""

    title: str = ""
    condition: Mapping[str, Any] = field(default_factory=dict)
    sql: str = ""

    def stored(self) -> dict[str, Any]:
        return {"title": self.title, "condition": dict(self.condition), "sql": self.sql}


def rules(segment_ids: Sequence[int]) -> dict[int, Rule]:
    """Return the rules of these segments, those put away included: what was chosen once keeps its meaning."""
    query = sa.select(Segment).where(Segment.tenant_id == current_tenant_id(), Segment.id.in_(list(segment_ids)))
    return {each.id: Rule(each.title, each.condition, each.sql) for each in db.session.scalars(query)}


def today() -> Today:
    return Today.at(clock.now(), current_workspace().timezone)


def kinds() -> dict[str, Kind]:
    """Return everything that can be asked in this workspace; of fields, also those put away."""
    query = sa.select(Field.key, Field.kind).where(Field.tenant_id == current_tenant_id())
    own = {f"{FIELD}{key}": KIND_OF_FIELD[FieldKind(kind)] for key, kind in db.session.execute(query)}
    return {**FIXED, **own}


def people(rule: Rule, *, also: Clause = compiling.EVERYBODY) -> sa.Select[Any]:
    """Return the query of the ids of those whom the rule describes, of those who also meet `also`.

    Raises:
        Unfit, NotAllowed: the condition cannot be read, or may not run.
    """
    where, sample = read(rule)
    return compiling.drawn(sa.and_(where, also), sample)


def read(rule: Rule) -> tuple[Clause, Sample | None]:
    """Return the rule as a clause about a row of `contact`, and how many of those it takes.

    Raises:
        Unfit, NotAllowed: the condition cannot be read, or may not run.
    """
    if rule.sql:
        return expert.clause(rule.sql), None
    condition = conditions.read(rule.condition, kinds())
    return compiling.clause(condition.root, today()), condition.sample


def matching(condition: Mapping[str, Any], contact_ids: Sequence[int]) -> set[int]:
    """Return which of these contacts meet a stored condition."""
    among = CONTACT.c.id.in_(list(contact_ids))
    return set(db.session.scalars(people(Rule(condition=condition), also=among)))
