"""How numbers and times read, and what every template may call. `register(app)` is all a factory needs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from flask import Flask
from flask_babel import (
    format_date,
    format_datetime,
    format_decimal,
    format_percent,
    format_timedelta,
    get_locale,
    get_timezone,
    gettext,
    to_user_timezone,
)
from flask_login import current_user

from app.core.clock import now
from app.web import assets, fields, navigation

NONE = "–"
RELATIVE_UNDER = timedelta(hours=24)
DATE_PATTERNS = {"ko": "M월 d일 (E)", "en": "EEE d MMM"}
DATE_WITH_YEAR = {"ko": "y년 M월 d일 (E)", "en": "EEE d MMM y"}
TIME_PATTERNS = {"ko": "aaaa h:mm", "en": "HH:mm"}
FULL_PATTERNS = {"ko": "y년 M월 d일 EEEE aaaa h:mm:ss", "en": "EEEE d MMMM y, HH:mm:ss"}


def num(value: float | None) -> str:
    """Return a number with thousands separators: 18204 → ``18,204``."""
    return NONE if value is None else str(format_decimal(value))


def pct(fraction: float | None) -> str:
    """Return a fraction as a percentage with one decimal: 0.824 → ``82.4%``."""
    return NONE if fraction is None else format_percent(fraction, "0.0%" if 0 < fraction < 1 else "0%")


def when(moment: datetime | None) -> str:
    """Return how long ago or until, within a day; otherwise the date and time in the tenant's zone."""
    if moment is None:
        return NONE
    distance = moment - now()
    return _relative(distance) if abs(distance) < RELATIVE_UNDER else at(moment)


def _relative(distance: timedelta) -> str:
    if abs(distance) < timedelta(minutes=1):
        return str(gettext("just now") if distance <= timedelta() else gettext("in a moment"))
    return str(format_timedelta(distance, granularity="minute", add_direction=True, threshold=1))


def at(moment: datetime | None) -> str:
    """Return the date and time in the tenant's zone, without the year if it is this one."""
    if moment is None:
        return NONE
    return f"{day(moment)} {format_datetime(moment, TIME_PATTERNS[language()])}"


def day(moment: datetime | date | None) -> str:
    """Return the day in the tenant's zone, without the year if it is this one."""
    if moment is None:
        return NONE
    local = to_user_timezone(moment).date() if isinstance(moment, datetime) else moment
    this_year = local.year == to_user_timezone(now()).year
    patterns = DATE_PATTERNS if this_year else DATE_WITH_YEAR
    return str(format_date(local, patterns[language()], rebase=False))


def clock_time(moment: datetime | None) -> str:
    """Return the time of day in the tenant's zone."""
    return NONE if moment is None else str(format_datetime(moment, TIME_PATTERNS[language()]))


def full_time(moment: datetime) -> str:
    """Return day, time and the name of the zone, as the title of a shorter time."""
    return f"{format_datetime(moment, FULL_PATTERNS[language()])} ({get_timezone()})"


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def language() -> str:
    """Return ``ko`` or ``en``: the language of this answer."""
    locale = get_locale()
    return "ko" if locale is not None and locale.language == "ko" else "en"


def current_theme() -> str:
    """Return the member's choice of theme; ``auto`` follows the reader's system."""
    theme = getattr(current_user, "theme", None)
    return theme if theme in {"light", "dark"} else "auto"


def register(app: Flask) -> None:
    """Give an app its filters and template globals."""
    app.jinja_env.filters.update(num=num, pct=pct, when=when, at=at, day=day, time=clock_time)
    app.jinja_env.globals.update(
        asset=assets.asset,
        control=fields.control,
        current_theme=current_theme,
        endpoint_url=navigation.endpoint_url,
        field_kind=fields.field_kind,
        form_error_list=fields.form_error_list,
        full_time=full_time,
        iso=iso,
        language=language,
        nav_items=navigation.nav_items,
    )
