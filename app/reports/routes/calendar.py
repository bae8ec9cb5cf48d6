"""The calendar of mailings, and the new time of one that was moved in it."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask_babel import format_date, get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.compose import service as compose
from app.core import clock
from app.core.access import Permission, require
from app.core.errors import DomainError
from app.reports import calendar, sentences
from app.reports.calendar import Sheet, Span
from app.reports.forms import MoveForm
from app.reports.routes.door import reports
from app.reports.views import FIRST_DAY
from app.tenants.queries import current_workspace

# Calendars in Korea begin with Sunday.
MONDAY, SUNDAY = 0, 6


@reports.get("/calendar")
def calendar_page() -> str:
    return _page(*_asked())


@reports.post("/calendar/<int:mailing_id>/moves")
@require(Permission.SEND)
def move(mailing_id: int) -> Response | tuple[str, int]:
    """Give a mailing that waits, or a draft, the time at which it was dropped."""
    form = MoveForm()
    span, day = _asked()
    if not form.validate_on_submit():
        return _page(span, day, _("This is no day and time. The mailing stays where it was.")), 422
    try:
        compose.move_mailing(mailing_id, form.at.data, now=clock.now())
    except DomainError as error:
        return _page(span, day, str(_(error.message, **error.params))), error.status
    flash(_("The new time is set."), "success")
    return redirect(url_for(".calendar_page", by=span.value, day=form.at.data.date(), _anchor=f"m{mailing_id}"), 303)


def _asked() -> tuple[Span, date]:
    """Read the span and the day that the address asks for; today's month for anything that cannot be read."""
    by = request.args.get("by", "")
    try:
        day = max(date.fromisoformat(request.args.get("day", "")), FIRST_DAY)
    except ValueError:
        day = _today()
    return Span(by) if by in list(Span) else Span.MONTH, min(day, date(2200, 1, 1))


def _today() -> date:
    return clock.now().astimezone(ZoneInfo(current_workspace().timezone)).date()


def _page(span: Span, day: date, problem: str = "") -> str:
    sheet = calendar.sheet(span, day, clock.now(), current_workspace().timezone, _first_weekday())
    return render_template(
        "reports/calendar.html",
        sheet=sheet,
        title=_title(sheet),
        today=_today(),
        chips=_chips(sheet, day),
        problem=problem,
        day_names={width: sentences.weekday_names(width) for width in ("wide", "abbreviated")},
    )


def _first_weekday() -> int:
    locale = get_locale()
    return SUNDAY if locale is not None and locale.language == "ko" else MONDAY


def _title(sheet: Sheet) -> str:
    if sheet.span is Span.MONTH:
        return str(format_date(sheet.first, _("MMMM y"), rebase=False))
    first, last = (format_date(day, _("d MMMM y"), rebase=False) for day in (sheet.days[0].day, sheet.days[-1].day))
    return f"{first} – {last}"


def _chips(sheet: Sheet, day: date) -> list[dict[str, Any]]:
    labels = {Span.MONTH: _("By month"), Span.WEEK: _("By week")}
    return [
        {"label": label, "url": url_for(".calendar_page", by=span.value, day=day), "active": span is sheet.span}
        for span, label in labels.items()
    ]
