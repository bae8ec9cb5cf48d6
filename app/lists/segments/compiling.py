"""From a condition to SQL over the views: pure, the day and its zone come in as arguments.

Every leaf is either true or false, never unknown, so that "not" means what people think. What is asked of other views
is an EXISTS: the planner makes semi-joins and anti-joins of it, at any size.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from app.lists.segments.conditions import Condition, Leaf, Node, Sample
from app.lists.segments.terms import FIELD, Join, Kind, Op
from app.lists.segments.views import CONTACT, DELIVERY, MAILING, SUBSCRIPTION

Clause = sa.ColumnElement[bool]
EVERYBODY: Clause = sa.true()
_ONE: Any = sa.literal_column("1")


@dataclass(frozen=True, slots=True)
class Today:
    """What "today" means: a day in a zone."""

    day: date
    zone: ZoneInfo

    @staticmethod
    def at(now: datetime, zone: str) -> Today:
        place = ZoneInfo(zone)
        return Today(now.astimezone(place).date(), place)

    def start_of(self, day: date) -> datetime:
        """Return the moment at which a day begins here."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


def people(condition: Condition, today: Today) -> sa.Select[Any]:
    """Return the query of the ids of those who match, a random part of them where the condition says so."""
    return drawn(clause(condition.root, today), condition.sample)


def drawn(where: Clause, sample: Sample | None) -> sa.Select[Any]:
    """Return the query of the ids of those who fit, or of a part of them: always the same people for the same seed."""
    query = sa.select(CONTACT.c.id).where(where)
    if sample is None:
        return query
    lot = sa.func.md5(sa.cast(CONTACT.c.id, sa.Text) + f":{sample.seed}")
    if sample.count is not None:
        return query.order_by(lot, CONTACT.c.id).limit(sample.count)
    assert sample.percent is not None
    return query.where(lot < threshold(sample.percent))


def threshold(percent: float) -> str:
    """Return the first of the hexadecimal lots that are not drawn; beyond all of them for 100 %."""
    share = int(percent / 100 * 2**32)
    return "g" if share >= 2**32 else f"{share:08x}"


def clause(node: Node, today: Today) -> Clause:
    """Return what a condition asks, as a clause about a row of `contact`."""
    if isinstance(node, Leaf):
        return _leaf(node, today)
    parts = [clause(each, today) for each in node.of]
    if node.join is Join.ALL:
        return sa.and_(EVERYBODY, *parts) if parts else EVERYBODY
    anybody = sa.or_(sa.false(), *parts)
    return sa.not_(anybody) if node.join is Join.NONE else anybody


def _leaf(leaf: Leaf, today: Today) -> Clause:
    if leaf.what.startswith(FIELD):
        return _FIELDS[leaf.kind](leaf.what.removeprefix(FIELD), leaf, today)
    return _FIXED[leaf.what](leaf, today)


# --- fields -------------------------------------------------------------------------------------------------------


def _value(key: str) -> sa.ColumnElement[str]:
    """A field as text; one that is missing reads as empty."""
    text: sa.ColumnElement[str] = sa.func.coalesce(CONTACT.c.fields[key].astext, "")
    return text


def _emptiness(text: sa.ColumnElement[str], op: Op) -> Clause | None:
    if op in (Op.EMPTY, Op.FILLED):
        return text == "" if op is Op.EMPTY else text != ""
    return None


def _text(text: sa.ColumnElement[str], leaf: Leaf) -> Clause:
    values = [str(value) for value in leaf.value]
    answers: dict[Op, Callable[[], Clause]] = {
        Op.IS: lambda: sa.func.lower(text) == sa.func.lower(values[0]),
        Op.IS_NOT: lambda: sa.func.lower(text) != sa.func.lower(values[0]),
        Op.ONE_OF: lambda: sa.func.lower(text).in_([sa.func.lower(value) for value in values]),
        Op.CONTAINS: lambda: text.icontains(values[0], autoescape=True),
        Op.CONTAINS_NOT: lambda: ~text.icontains(values[0], autoescape=True),
        Op.STARTS: lambda: text.istartswith(values[0], autoescape=True),
        Op.ENDS: lambda: text.iendswith(values[0], autoescape=True),
        Op.EMPTY: lambda: text == "",
        Op.FILLED: lambda: text != "",
    }
    return answers[leaf.op]()


def _text_field(key: str, leaf: Leaf, _today: Today) -> Clause:
    return _text(_value(key), leaf)


def _number_field(key: str, leaf: Leaf, _today: Today) -> Clause:
    found = _emptiness(_value(key), leaf.op)
    if found is not None:
        return found
    # What is there may be older than the field's kind: only numbers are compared.
    number = sa.case(
        (sa.func.jsonb_typeof(CONTACT.c.fields[key]) == "number", sa.cast(CONTACT.c.fields[key].astext, sa.Numeric))
    )
    low, high = leaf.value[0], leaf.value[-1]
    answers: dict[Op, Clause] = {
        Op.EQ: number == low,
        Op.NE: number == low,
        Op.GT: number > low,
        Op.GE: number >= low,
        Op.LT: number < low,
        Op.LE: number <= low,
        Op.BETWEEN: number.between(low, high),
    }
    met: Clause = sa.func.coalesce(answers[leaf.op], sa.false())
    return sa.not_(met) if leaf.op is Op.NE else met


def _date_field(key: str, leaf: Leaf, today: Today) -> Clause:
    """Dates are ISO texts, and those compare as dates do."""
    text, values = _value(key), leaf.value
    there, month_day = text != "", sa.func.substr(text, 6)
    if leaf.op in (Op.ANNIVERSARY, Op.IN_MONTH):
        return _returning(month_day, leaf, today)
    if leaf.op in (Op.LAST_DAYS, Op.NEXT_DAYS):
        first, last = _around(today.day, leaf.op, int(values[0]))
        return text.between(first, last)
    answers: dict[Op, Callable[[], Clause]] = {
        Op.ON: lambda: text == values[0],
        Op.BEFORE: lambda: sa.and_(there, text < values[0]),
        Op.AFTER: lambda: text > values[0],
        Op.FROM_TO: lambda: text.between(values[0], values[1]),
        Op.EMPTY: lambda: text == "",
        Op.FILLED: lambda: there,
    }
    return answers[leaf.op]()


def _around(day: date, op: Op, days: int) -> tuple[str, str]:
    """Return the first and the last day of the last or the next days; today is among both."""
    if op is Op.LAST_DAYS:
        return (day - timedelta(days=days)).isoformat(), day.isoformat()
    return day.isoformat(), (day + timedelta(days=days)).isoformat()


def _birthday_field(key: str, leaf: Leaf, today: Today) -> Clause:
    text = _value(key)
    if leaf.op is Op.ON_DAY:
        return text == leaf.value[0]
    found = _emptiness(text, leaf.op)
    return _returning(text, leaf, today) if found is None else found


def _returning(month_day: sa.ColumnElement[str], leaf: Leaf, today: Today) -> Clause:
    """Whether a day comes round in a month, or within so many days from today."""
    if leaf.op is Op.IN_MONTH:
        return sa.func.substr(month_day, 1, 2) == f"{leaf.value[0]:02}"
    return sa.or_(*(month_day.between(first, last) for first, last in anniversaries(today.day, int(leaf.value[0]))))


def anniversaries(day: date, days: int) -> list[tuple[str, str]]:
    """Return the spans of ``MM-DD`` from `day` through `days` later; 29 February is kept on the 28th in other years."""
    if days >= 365:
        return [("01-01", "12-31")]
    end = day + timedelta(days=days)
    first, last = f"{day:%m-%d}", f"{end:%m-%d}"
    leap = end.year % 4 == 0 and (end.year % 100 != 0 or end.year % 400 == 0)
    if last == "02-28" and not leap:
        last = "02-29"
    return [(first, last)] if end.year == day.year else [(first, "12-31"), ("01-01", last)]


def _yes_no_field(key: str, leaf: Leaf, _today: Today) -> Clause:
    return _value(key) == {Op.YES: "true", Op.NO: "false", Op.EMPTY: ""}[leaf.op]


def _choice_field(key: str, leaf: Leaf, _today: Today) -> Clause:
    text = _value(key)
    found = _emptiness(text, leaf.op)
    if found is not None:
        return found
    return text.in_(leaf.value) if leaf.op is Op.ANY_OF else text.not_in(leaf.value)


def _choices_field(key: str, leaf: Leaf, _today: Today) -> Clause:
    if leaf.op in (Op.EMPTY, Op.FILLED):
        nothing = _value(key).in_(["", "[]"])
        return nothing if leaf.op is Op.EMPTY else sa.not_(nothing)
    chosen: Any = sa.func.coalesce(CONTACT.c.fields[key], _json([]))
    has = [chosen.bool_op("@>")(_json([value])) for value in leaf.value]
    if leaf.op is Op.HAS_ALL:
        return sa.and_(*has)
    return sa.or_(*has) if leaf.op is Op.HAS_ANY else sa.not_(sa.or_(*has))


def _json(value: list[Any]) -> sa.ColumnElement[Any]:
    return sa.cast(sa.literal(json.dumps(value, ensure_ascii=False), sa.Text()), JSONB())


_FIELDS: dict[Kind, Callable[[str, Leaf, Today], Clause]] = {
    Kind.TEXT: _text_field,
    Kind.NUMBER: _number_field,
    Kind.DATE: _date_field,
    Kind.BIRTHDAY: _birthday_field,
    Kind.YES_NO: _yes_no_field,
    Kind.CHOICE: _choice_field,
    Kind.CHOICES: _choices_field,
}


# --- the person, and their places in lists ------------------------------------------------------------------------


def _moment(column: sa.ColumnElement[datetime], leaf: Leaf, today: Today) -> Clause:
    """Compare a moment with days of the workspace's calendar."""
    if leaf.op in (Op.LAST_DAYS, Op.NOT_LAST_DAYS):
        recent = column >= today.start_of(today.day - timedelta(days=int(leaf.value[0])))
        return recent if leaf.op is Op.LAST_DAYS else sa.not_(recent)
    first, last = (date.fromisoformat(str(value)) for value in (leaf.value[0], leaf.value[-1]))
    start, end = today.start_of(first), today.start_of(last + timedelta(days=1))
    answers: dict[Op, Clause] = {
        Op.ON: sa.and_(column >= start, column < end),
        Op.FROM_TO: sa.and_(column >= start, column < end),
        Op.BEFORE: column < start,
        Op.AFTER: column >= end,
    }
    return answers[leaf.op]


def _place(*conditions: Clause) -> Clause:
    return sa.select(_ONE).where(SUBSCRIPTION.c.contact_id == CONTACT.c.id, *conditions).exists()


def _list(leaf: Leaf, _today: Today) -> Clause:
    """No list named means: any."""
    lists = [SUBSCRIPTION.c.list_id.in_(leaf.value)] if leaf.value else []
    if leaf.op in (Op.LISTED, Op.NOT_LISTED):
        found = _place(*lists)
    else:
        state = Op.SUBSCRIBED if leaf.op is Op.NOT_SUBSCRIBED else leaf.op
        found = _place(*lists, SUBSCRIPTION.c.state == state.value)
    return sa.not_(found) if leaf.op in (Op.NOT_LISTED, Op.NOT_SUBSCRIBED) else found


def _consent_source(leaf: Leaf, _today: Today) -> Clause:
    found = _place(SUBSCRIPTION.c.source.in_(leaf.value))
    return sa.not_(found) if leaf.op is Op.NONE_OF else found


def _consent_date(leaf: Leaf, today: Today) -> Clause:
    return _place(_moment(SUBSCRIPTION.c.created_at, leaf, today))


def _import(leaf: Leaf, _today: Today) -> Clause:
    found: Clause = sa.func.coalesce(CONTACT.c.import_id, 0).in_(leaf.value)
    return sa.not_(found) if leaf.op is Op.NONE_OF else found


# --- what was sent, and what people did with it -------------------------------------------------------------------


def _mail(*conditions: Clause) -> Clause:
    return sa.select(_ONE).where(DELIVERY.c.contact_id == CONTACT.c.id, *conditions).exists()


_SENT: Clause = DELIVERY.c.state == "accepted"
# What counts as having happened, and when it did. Opens and clicks are those of people: machines are apart.
_DONE: dict[str, tuple[Clause, Any]] = {
    "meant": (sa.true(), DELIVERY.c.started_at),
    "sent": (_SENT, DELIVERY.c.sent_at),
    "unreached": (DELIVERY.c.state.in_(["bounced", "expired"]), DELIVERY.c.sent_at),
    "opened": (DELIVERY.c.opened_at.is_not(None), DELIVERY.c.opened_at),
    "clicked": (DELIVERY.c.clicked_at.is_not(None), DELIVERY.c.clicked_at),
    "left": (DELIVERY.c.unsubscribed_at.is_not(None), DELIVERY.c.unsubscribed_at),
}


def _reaction(leaf: Leaf, today: Today) -> Clause:
    done, moment = _DONE[leaf.what]
    if leaf.op in (Op.EVER, Op.NEVER):
        return _turned(_mail(done), leaf.op is Op.NEVER)
    if leaf.op in (Op.MAILING, Op.NOT_MAILING):
        return _turned(_mail(DELIVERY.c.mailing_id.in_(leaf.value), done), leaf.op is Op.NOT_MAILING)
    if leaf.op in (Op.LAST_DAYS, Op.NOT_LAST_DAYS):
        since = today.start_of(today.day - timedelta(days=int(leaf.value[0])))
        return _turned(_mail(done, moment >= since), leaf.op is Op.NOT_LAST_DAYS)
    latest = DELIVERY.c.mailing_id.in_(_latest(int(leaf.value[0])))
    if leaf.op is Op.SOME_OF_LAST:
        return _mail(latest, done)
    nothing = sa.not_(_mail(latest, done))
    # Who got none of them cannot be told for not having opened one.
    told = leaf.what in ("opened", "clicked", "left")
    return sa.and_(_mail(latest, _SENT), nothing) if told else nothing


def _turned(found: Clause, negative: bool) -> Clause:
    return sa.not_(found) if negative else found


def _latest(count: int) -> sa.Select[Any]:
    return sa.select(MAILING.c.id).order_by(MAILING.c.started_at.desc(), MAILING.c.id.desc()).limit(count)


def _link(leaf: Leaf, _today: Today) -> Clause:
    done = _DONE["clicked"][0]
    pairs = [tuple(map(int, str(value).split(":"))) for value in leaf.value]
    found = sa.or_(
        *(
            _mail(DELIVERY.c.mailing_id == mailing, done, sa.literal(number) == sa.any_(DELIVERY.c.links_clicked))
            for mailing, number in pairs
        )
    )
    return _turned(found, leaf.op is Op.NONE_OF)


def _bounced(leaf: Leaf, today: Today) -> Clause:
    bounced = DELIVERY.c.state == "bounced"
    if leaf.op is Op.ANY_OF:
        return _mail(bounced, DELIVERY.c.bounce.in_(leaf.value))
    if leaf.op is Op.LAST_DAYS:
        since = today.start_of(today.day - timedelta(days=int(leaf.value[0])))
        return _mail(bounced, DELIVERY.c.sent_at >= since)
    return _turned(_mail(bounced), leaf.op is Op.NEVER)


_FIXED: dict[str, Callable[[Leaf, Today], Clause]] = {
    "address": lambda leaf, _today: _text(CONTACT.c.address, leaf),
    "domain": lambda leaf, _today: _text(CONTACT.c.domain, leaf),
    "name": lambda leaf, _today: _text(CONTACT.c.name, leaf),
    "known_since": lambda leaf, today: _moment(CONTACT.c.created_at, leaf, today),
    "list": _list,
    "consent_source": _consent_source,
    "consent_date": _consent_date,
    "meant": _reaction,
    "sent": _reaction,
    "unreached": _reaction,
    "opened": _reaction,
    "clicked": _reaction,
    "left": _reaction,
    "link": _link,
    "bounced": _bounced,
    "import": _import,
}
