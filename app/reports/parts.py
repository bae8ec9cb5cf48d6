"""Parts of a mailing's people: who has the same in a field, who is on a list, whom a segment describes.

A part is a condition about the ledger (`d`) and the person (`c`). Fields, lists and segments are read as they are now;
only ages are those of the day on which the mailing began.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from babel.dates import get_month_names
from flask_babel import format_decimal, get_locale
from flask_babel import gettext as _

from app.core.errors import NotFound
from app.core.tenancy import current_tenant_id
from app.lists import fields, queries
from app.lists.segments import rules
from app.lists.states import FieldKind
from app.sending import queries as sending

RANGED = (FieldKind.NUMBER, FieldKind.DATE)
BETWEEN = ".."


@dataclass(frozen=True, slots=True)
class Part:
    """People who have `value` in the field (a range as ``20..30``, the end not in it), are on the list, or in the
    segment; only one of the three."""

    field: str = ""
    value: str = ""
    list_id: int = 0
    segment_id: int = 0

    def __bool__(self) -> bool:
        return bool(self.field or self.list_id or self.segment_id)


WHOLE = Part()


def known_field(key: str) -> fields.Field:
    """Return the field of a key.

    Raises:
        NotFound: the workspace has none.
    """
    found = next((each for each in fields.fields() if each.key == key), None)
    if found is None:
        raise NotFound
    return found


def bucket(kind: FieldKind) -> str:
    """Return the SQL of what people are told apart by, in the field ``:field``; empty (or NULL) where it says nothing.

    Dates become ages in whole years on the day ``:day``.
    """
    text = "coalesce(c.fields ->> :field, '')"
    if kind is FieldKind.DATE:
        years = f"left(:day, 4)::int - left({text}, 4)::int - (right({text}, 5) > right(:day, 5))::int"
        return f"CASE WHEN {text} ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$' THEN {years} END"
    if kind is FieldKind.NUMBER:
        return "CASE WHEN jsonb_typeof(c.fields -> :field) = 'number' THEN (c.fields ->> :field)::numeric END"
    return f"left({text}, 2)" if kind is FieldKind.BIRTHDAY else text


def clause(part: Part, mailing_id: int) -> sa.ColumnElement[bool] | sa.TextClause:
    """Return a part as a condition about ``d`` and ``c``.

    Raises:
        NotFound: the field, list or segment is none of this mailing's.
    """
    if part.field:
        return _in_field(part, mailing_id)
    person: sa.ColumnElement[int] = sa.literal_column("d.contact_id", sa.BigInteger)
    if part.list_id:
        return person.in_(on_list(part.list_id))
    launch = sending.launch(mailing_id)
    if launch is None:
        raise NotFound
    return person.in_(rules.people(sending.audience_of(launch).rule(part.segment_id)))


def on_list(list_id: int) -> Any:
    """Return the query of everybody who is or was on a list."""
    query = sa.text("SELECT s.contact_id FROM subscriptions s WHERE s.tenant_id = :of AND s.list_id = :list")
    return query.bindparams(of=current_tenant_id(), list=list_id).columns(sa.column("contact_id", sa.BigInteger))


def _in_field(part: Part, mailing_id: int) -> sa.TextClause:
    kind = FieldKind(known_field(part.field).kind)
    values: dict[str, Any] = {"field": part.field}
    if kind is FieldKind.DATE:
        values["day"] = began_on(mailing_id).isoformat()
    if kind in RANGED and BETWEEN in part.value:
        low, high = bounds(part.value)
        return sa.text(f"({bucket(kind)}) >= :low AND ({bucket(kind)}) < :high").bindparams(
            **values, low=low, high=high
        )
    if kind in RANGED:
        return sa.text(f"({bucket(kind)}) IS NULL").bindparams(**values)
    if kind is FieldKind.CHOICES and part.value:
        return sa.text("c.fields -> :field @> to_jsonb(CAST(:value AS text))").bindparams(**values, value=part.value)
    if kind is FieldKind.CHOICES:
        return sa.text("coalesce(c.fields ->> :field, '[]') = '[]'").bindparams(**values)
    return sa.text(f"{bucket(kind)} = :value").bindparams(**values, value=part.value)


def bounds(value: str) -> tuple[float, float]:
    """Read a range as addresses carry it.

    Raises:
        NotFound: it is none.
    """
    low, _sep, high = value.partition(BETWEEN)
    try:
        return float(low), float(high)
    except ValueError:
        raise NotFound from None


def born_between(value: str, day: date) -> tuple[date, date]:
    """Return the first and the last day of birth of those who were of an age (a range, the end not in it) on a day."""
    young, old = (int(each) for each in bounds(value))
    return _years_before(day, old) + timedelta(days=1), _years_before(day, young)


def _years_before(day: date, years: int) -> date:
    year = max(1, day.year - years)
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def began_on(mailing_id: int) -> date:
    """Return the day on which a mailing began, by UTC: ages are to the year.

    Raises:
        NotFound: it has not begun.
    """
    launch = sending.launch(mailing_id)
    if launch is None or launch.started_at is None:
        raise NotFound
    return launch.started_at.date()


def value_name(asked: fields.Field, value: str) -> str:
    """Return what a value (or range, or nothing) of a field is called."""
    kind = FieldKind(asked.kind)
    if not value:
        return _("Not known")
    if kind in RANGED:
        return _range_name(kind, *bounds(value))
    if kind is FieldKind.YES_NO:
        return _("Yes") if value == "true" else _("No")
    if kind is FieldKind.BIRTHDAY and value.isdecimal() and 1 <= int(value) <= 12:
        return str(get_month_names("wide", "stand-alone", get_locale())[int(value)])
    return value


def _range_name(kind: FieldKind, low: float, high: float) -> str:
    whole = low == int(low) and high == int(high)
    first, last = format_decimal(low), format_decimal(high - 1 if whole else high)
    numbers = first if first == last else f"{first}–{last}"
    return _("%(years)s years", years=numbers) if kind is FieldKind.DATE else numbers


def title(part: Part, mailing_id: int) -> str:
    """Return what a part's people have in common, in words; empty for no part."""
    if part.field:
        found = known_field(part.field)
        return f"{found.title}: {value_name(found, part.value)}"
    if part.list_id:
        return queries.list_titles().get(part.list_id, "")
    launch = sending.launch(mailing_id)
    return sending.audience_of(launch).rule(part.segment_id).title if part.segment_id and launch else ""
