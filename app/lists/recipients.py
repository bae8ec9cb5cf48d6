"""Who is written to: lists and segments, without some. How they are chosen, kept and frozen; `queries` reads them.

Nobody gets a mail without a live subscription: people of a segment count where they are subscribed to any list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa

from app.core.errors import NotFound
from app.core.tenancy import current_tenant_id
from app.lists.models import ConsentNotice, Contact, Subscription
from app.lists.segments import rules
from app.lists.segments.compiling import Clause
from app.lists.segments.rules import Rule
from app.lists.segments.views import CONTACT, SUBSCRIPTION
from app.lists.states import SubscriptionState

LIVE = (SubscriptionState.SUBSCRIBED, SubscriptionState.UNCONFIRMED)
_NAMES = ("lists", "segments", "excluded_lists", "excluded_segments")


@dataclass(frozen=True, slots=True)
class DayOfYear:
    """Days of the year as ``MM-DD``, in a field of dates or birthdays."""

    field_key: str
    days: Sequence[str]


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody on these lists and in these segments, minus those on or in the excluded ones, each once.

    `rules` are the segments' rules where they are frozen; None means as the segments are now. With a `day`, only those
    in whose field of that key a date falls on one of its days of the year. `told_by`: nobody but those to whom this
    mailing owes a word about their consent, subscribed or not.
    """

    lists: tuple[int, ...] = ()
    segments: tuple[int, ...] = ()
    excluded_lists: tuple[int, ...] = ()
    excluded_segments: tuple[int, ...] = ()
    rules: Mapping[int, Rule] | None = None
    day: DayOfYear | None = None
    told_by: int | None = None

    def __bool__(self) -> bool:
        return bool(self.lists or self.segments or self.told_by)

    @property
    def plain(self) -> bool:
        """Lists alone: what the counters of lists can answer."""
        return not (self.segments or self.excluded_lists or self.excluded_segments or self.day or self.told_by)

    @staticmethod
    def of_lists(list_ids: Sequence[int]) -> Audience:
        return Audience(lists=tuple(list_ids))

    def frozen(self) -> Audience:
        """Return the audience with its segments' rules as they are now, so that later changes do not reach it."""
        return replace(self, rules=self._rules())

    def rule(self, segment_id: int) -> Rule:
        """Return the rule of one of its segments.

        Raises:
            NotFound: there is no such segment. Never taken lightly: it may be one that keeps people out.
        """
        found = self._rules().get(segment_id)
        if found is None:
            raise NotFound
        return found

    def _rules(self) -> Mapping[int, Rule]:
        return rules.rules([*self.segments, *self.excluded_segments]) if self.rules is None else self.rules

    def stored(self) -> dict[str, Any]:
        """Return what `of` reads: JSON."""
        kept = {name: list(getattr(self, name)) for name in _NAMES}
        day = asdict(self.day) if self.day else None
        rules_kept = {str(key): rule.stored() for key, rule in self._rules().items()}
        return {**kept, "rules": rules_kept, "day": day, "told_by": self.told_by}

    @staticmethod
    def of(data: Mapping[str, Any], list_ids: Sequence[int] = ()) -> Audience:
        """Return a stored audience; one from before there were segments is its lists."""
        if not data:
            return Audience.of_lists(list_ids)
        frozen = {int(key): Rule(**rule) for key, rule in data.get("rules", {}).items()}
        day = DayOfYear(**data["day"]) if data.get("day") else None
        names = {name: tuple(data[name]) for name in _NAMES}
        return Audience(**names, rules=frozen, day=day, told_by=data.get("told_by"))


def chosen(audience: Audience) -> sa.ColumnElement[bool]:
    """A condition of `Contact`: on one of the lists, or in one of the segments and subscribed to anything at all."""
    if audience.told_by is not None:
        return Contact.id.in_(_owed(audience.told_by))
    sources = [on_lists(audience.lists, [SubscriptionState.SUBSCRIBED])] if audience.lists else []
    sources += [rules.people(audience.rule(each), also=REACHABLE) for each in audience.segments]
    people = Contact.id.in_(_together(sources))
    if audience.day is None:
        return people
    said = sa.func.right(Contact.fields[audience.day.field_key].astext, len("MM-DD"))
    return people & said.in_(list(audience.day.days))


def _owed(mailing_id: int) -> sa.Select[Any]:
    mine = ConsentNotice.tenant_id == current_tenant_id(), ConsentNotice.mailing_id == mailing_id
    return sa.select(ConsentNotice.contact_id).where(*mine)


def excluded(audience: Audience) -> sa.ColumnElement[bool]:
    """A condition of `Contact`: on one of the excluded lists, or in one of the excluded segments."""
    sources = [on_lists(audience.excluded_lists, LIVE)] if audience.excluded_lists else []
    sources += [rules.people(audience.rule(each)) for each in audience.excluded_segments]
    if not sources:
        return sa.false()
    return Contact.id.in_(_together(sources))


def unreachable(audience: Audience) -> sa.Select[Any]:
    """Return the query of how many people the segments describe who are subscribed to nothing."""
    clauses = [where for where, sample in _read(audience) if sample is None or sample.count is None]
    return sa.select(sa.func.count()).select_from(CONTACT).where(sa.or_(sa.false(), *clauses), sa.not_(REACHABLE))


def _read(audience: Audience) -> list[tuple[Clause, Any]]:
    return [rules.read(audience.rule(each)) for each in audience.segments]


def on_lists(list_ids: Sequence[int], states: Sequence[SubscriptionState]) -> sa.Select[Any]:
    return sa.select(Subscription.contact_id).where(
        Subscription.tenant_id == current_tenant_id(),
        Subscription.list_id.in_(list(list_ids)),
        Subscription.state.in_(states),
    )


def _together(sources: Sequence[sa.Select[Any]]) -> sa.Select[Any]:
    """Return one query of the ids that any of these give."""
    if len(sources) == 1 and not sources[0]._has_row_limiting_clause:
        return sources[0]
    parts = sa.union(*(sa.select(each.subquery()) for each in sources)).subquery()
    return sa.select(parts.c[0])


REACHABLE: Clause = sa.exists().where(
    SUBSCRIPTION.c.contact_id == CONTACT.c.id, SUBSCRIPTION.c.state == SubscriptionState.SUBSCRIBED.value
)
