"""How a value is written: `{{joined:date.long}}`, `{{points:number}}`, `{{code:upper}}`. What does not fit stays."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal

_MONTH_AND_DAY = "MMMMd"
_DATE = {"date": "medium", "date.short": "short", "date.long": "long", "date.weekday": "EEEE"}
_NUMBER = {"number": "#,##0.###", "number.1": "#,##0.0", "number.2": "#,##0.00"}
FORMATS = frozenset({"upper", "lower", "date.day", *_DATE, *_NUMBER})


@lru_cache(maxsize=4096)
def formatted(value: str, form: str, locale: str) -> str:
    """Return a value in one of `FORMATS`, as people of `locale` write it."""
    if form == "upper":
        return value.upper()
    if form == "lower":
        return value.lower()
    if form in _NUMBER:
        return _number(value, form, locale)
    return _date(value, form, locale)


def _number(value: str, form: str, locale: str) -> str:
    try:
        number = Decimal(value.replace(",", "").strip())
    except InvalidOperation:
        return value
    return str(format_decimal(number, _NUMBER[form], locale=locale)) if number.is_finite() else value


def _date(value: str, form: str, locale: str) -> str:
    """Birthdays come as `11-23`: they have a day, and no year to be written."""
    try:
        if len(value) == 5:
            return str(format_skeleton(_MONTH_AND_DAY, date.fromisoformat(f"2000-{value}"), locale=locale))
        day = date.fromisoformat(value[:10])
    except ValueError:
        return value
    if form == "date.day":
        return str(format_skeleton(_MONTH_AND_DAY, day, locale=locale))
    return str(format_date(day, _DATE[form], locale=locale))
