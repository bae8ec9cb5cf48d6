"""Breaking news: the page with two fields and one button, and the clock that runs after it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.compose import approvals, breaking, queries
from app.compose.acts import Breaking
from app.compose.forms import BreakingForm
from app.compose.routes.approvals import asker
from app.compose.routes.blueprint import Answer, compose, language, viewer
from app.compose.service import Order
from app.core import clock
from app.core.access import Permission, current_member, require
from app.core.errors import DomainError, NotFound
from app.lists import queries as lists
from app.lists.recipients import Audience
from app.lists.segments import saved
from app.lists.segments.limits import within_limits
from app.sending import holding
from app.sending import queries as sending
from app.templates_mgmt import queries as templates
from app.templates_mgmt.starters import starters


@compose.get("/breaking")
@require(Permission.SEND)
def breaking_news() -> str:
    form = _form()
    usual = breaking.usual_audience()
    form.list_ids.data, form.segment_ids.data = list(usual.lists), list(usual.segments)
    return _page(form, usual)


def _form() -> BreakingForm:
    form = BreakingForm()
    own = [(f"template:{each.id}", each.title) for each in templates.templates(viewer())]
    given = [(f"starter:{each.code}", _(each.title)) for each in starters(language())]
    given.sort(key=lambda each: each[0] != breaking.STARTER)
    form.offer([*given[:1], *own, *given[1:]], lists.lists(), saved.segments())
    return form


def _page(form: BreakingForm, who: Audience, *, problem: str = "") -> str:
    kept = set(form.hold_ids.data or []) if form.is_submitted() else None
    choice = _choice(who, hold=kept, cancel=form.cancel_ids.data or [])
    return render_template(
        "compose/breaking.html", form=form, problem=problem, lists=lists.lists(), segments=saved.segments(), **choice
    )


def _choice(who: Audience, *, hold: Collection[int] | None = None, cancel: Collection[int] = ()) -> dict[str, Any]:
    """How many people it is, and what else is on its way to them; all of that is to be held, unless `hold` says."""
    told: dict[str, Any] = {"people": 0, "rivals": [], "hold": hold, "cancel": cancel, "trouble": ""}
    told["must_ask"] = approvals.must_ask(current_member().role)
    if not who:
        return told
    try:
        with within_limits():
            told["people"] = lists.audience_count(who).total
    except DomainError as error:
        return told | {"trouble": _(error.message, **error.params)}
    return told | {"rivals": holding.rivals(who, clock.now())}


@compose.get("/breaking/choice")
@require(Permission.SEND)
def breaking_choice() -> str:
    """The button and what makes way, as a fragment that follows the boxes as they are ticked."""

    def ids(name: str) -> tuple[int, ...]:
        return tuple(int(each) for each in request.args.getlist(name) if each.isdecimal() and len(each) < 19)

    who = Audience(lists=ids("list_ids"), segments=ids("segment_ids"))
    return render_template("compose/_breaking_choice.html", **_choice(who))


@compose.post("/breaking")
@require(Permission.SEND)
def send_breaking() -> Answer:
    form = _form()
    if not form.validate_on_submit():
        return _page(form, form.bulletin.audience), 422
    member, now = current_member(), clock.now()
    order = Order(
        version=1, count=form.count.data or 0, report_to_author=True, report_recipients=[], author_address=member.email
    )
    try:
        made = breaking.write(form.bulletin, author_id=member.id)
        went = approvals.go(made, Breaking(order, form.aside), asker(), now=now)
    except DomainError as error:
        return _page(form, form.bulletin.audience, problem=str(_(error.message, **error.params))), error.status
    if went is None:
        return redirect(url_for(".send", mailing_id=made.id), 303)
    if went.missed:
        left = ", ".join(went.missed)
        flash(_("This had moved on already and was left as it is: %(subjects)s", subjects=left), "warning")
    return redirect(url_for(".breaking_clock", mailing_id=went.mailing_id), 303)


@compose.post("/breaking/drafts")
@require(Permission.WRITE)
def keep_breaking() -> Answer:
    """Keep it as a draft, to look at it before it goes."""
    form = _form()
    if not form.validate_on_submit():
        return _page(form, form.bulletin.audience), 422
    made = breaking.write(form.bulletin, author_id=current_member().id)
    return redirect(url_for(".preview", mailing_id=made.id), 303)


@compose.get("/breaking/<int:mailing_id>")
@require(Permission.VIEW)
def breaking_clock(mailing_id: int) -> Answer:
    if not breaking.is_breaking(mailing_id) or sending.launch(mailing_id) is None:
        return _elsewhere(mailing_id)
    return _clock("breaking_clock", mailing_id)


def _elsewhere(mailing_id: int) -> Response:
    return redirect(url_for(".show", mailing_id=mailing_id))


@compose.get("/breaking/<int:mailing_id>/clock")
@require(Permission.VIEW)
def breaking_moments(mailing_id: int) -> str:
    """The clock alone, asked for every second while it runs."""
    return _clock("_breaking_clock", mailing_id)


def _clock(template: str, mailing_id: int) -> str:
    launch = sending.launch(queries.mailing(mailing_id).id)
    if launch is None:
        raise NotFound
    final = launch.accepted + launch.bounced + launch.cancelled + launch.expired
    return render_template(
        f"compose/{template}.html",
        launch=launch,
        final=final,
        clock=breaking.clock_of(mailing_id, clock.now()),
        seconds=_seconds,
        resting=holding.held(),
    )


def _seconds(span: Any) -> str:
    """A span as a stop-watch shows it: ``8.2 s``, ``1:05 min``."""
    if span is None:
        return "–"
    whole = span.total_seconds()
    if whole < 60:
        return _("%(seconds)s s", seconds=f"{whole:.1f}")
    return _("%(minutes)s min", minutes=f"{int(whole) // 60}:{int(whole) % 60:02d}")
