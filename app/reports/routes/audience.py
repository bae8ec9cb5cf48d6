"""How the audience grew and shrank."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core import clock
from app.core.errors import DomainError, NotFound
from app.lists import queries as lists
from app.lists.churn import Span, Way
from app.lists.segments.limits import within_limits
from app.reports import growth, views
from app.reports.exhibits import Exhibit
from app.reports.routes.door import reports
from app.reports.routes.exhibits import exhibition
from app.reports.statistics import Unit
from app.tenants.queries import current_workspace


@reports.get("/statistics/audience")
def audience_growth() -> str | Response:
    """Who joined and left, how and why, and who stays awake."""
    zone = current_workspace().timezone
    today = clock.now().astimezone(ZoneInfo(zone)).date()
    asked, last = views.asked_period(request.args, today)
    unit, titles = asked if asked is Unit.DAY else Unit.MONTH, lists.list_titles()
    list_id = request.args.get("list", 0, type=int)
    if list_id and list_id not in titles:
        raise NotFound
    span = growth.span_of(unit, last, zone, list_id)
    found = growth.periods(unit, span, today=today)
    told = [growth.leaving(found, span)]
    if not list_id:
        told += [_awake(last, zone), growth.reasons(span), growth.words_of_leavers(span)]
    return exhibition(
        "audience",
        [growth.growth(found, unit, span), *(each for each in told if each)],
        title=_("Growth of the audience"),
        back=(url_for(".statistics_page"), _("Statistics")),
        chips=growth.chips(unit, list_id, titles),
    )


def _awake(last: date, zone: str) -> Exhibit | None:
    """Of an audience too large to be looked through in time, the rest is told."""
    try:
        with within_limits():
            return growth.awake(last, zone)
    except DomainError:
        return None


@reports.get("/statistics/audience/people")
def audience_people() -> str | Response:
    """Who joined or left in some days."""
    try:
        first, last = (date.fromisoformat(request.args.get(name, "")) for name in ("first", "last"))
    except ValueError:
        raise NotFound from None
    word = request.args.get("way", "")
    if word and word not in list(Way):
        raise NotFound
    way = Way(word) if word else None
    span = Span(first, max(first, last), current_workspace().timezone, request.args.get("list", 0, type=int))
    return exhibition(
        "people",
        [growth.movers(span, way)],
        title=growth.way_name(way),
        back=(url_for(".audience_growth", list=span.list_id or None), _("Growth of the audience")),
    )
