"""The step of whom a mail goes to: lists and segments, without some, and how many people that are."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import format_timedelta
from flask_babel import gettext as _

from app.billing.queries import usage
from app.compose import queries, service
from app.compose.forms import AudienceForm
from app.compose.routes.blueprint import Answer, Draft, compose, draft_or_elsewhere, step_page
from app.core import clock
from app.core.access import Permission, current_member, require
from app.core.errors import Conflict, DomainError
from app.lists import queries as lists
from app.lists.recipients import Audience
from app.lists.segments import saved
from app.lists.segments.limits import within_limits
from app.sending.forecast import forecast
from app.tenants.queries import current_workspace

SAMPLE = 20


@compose.get("/mailings/<int:mailing_id>/audience")
@require(Permission.VIEW)
def audience(mailing_id: int) -> Answer:
    mailing, elsewhere = draft_or_elsewhere(mailing_id)
    return elsewhere or _page(audience_form(obj=mailing), mailing)


def audience_form(**given: Any) -> AudienceForm:
    form = AudienceForm(**given)
    form.offer(lists.lists(), saved.segments())
    return form


def _page(form: AudienceForm, mailing: Draft, *, theirs: Draft | None = None) -> str:
    return step_page(
        "audience",
        "audience",
        mailing,
        form=form,
        their_names=lists.audience_names(queries.audience_of(theirs)) if theirs else None,
        **offered(form),
    )


def offered(form: AudienceForm) -> dict[str, Any]:
    """What the boxes to tick are drawn with."""
    return {"lists": lists.lists(), "segments": saved.segments(), **_people(form.audience)}


@compose.post("/mailings/<int:mailing_id>/audience")
@require(Permission.WRITE)
def save_audience(mailing_id: int) -> Answer:
    mailing = queries.mailing(mailing_id)
    form = audience_form()
    if not form.validate_on_submit():
        return _page(form, mailing), 422
    try:
        author = current_member().id
        service.change_audience(mailing_id, form.audience, version=form.version.data or 0, author_id=author)
    except Conflict:
        form.see(mailing.version)
        return _page(form, mailing, theirs=mailing), 409
    return redirect(url_for(".preview", mailing_id=mailing_id), 303)


@compose.get("/mailings/audience")
@require(Permission.VIEW)
def counted() -> str:
    """How many people it goes to, each once, and some of them: a fragment that follows the boxes as they are ticked."""

    def ids(name: str) -> tuple[int, ...]:
        return tuple(int(each) for each in request.args.getlist(name) if each.isdecimal() and len(each) < 19)

    who = Audience(ids("list_ids"), ids("segment_ids"), ids("excluded_list_ids"), ids("excluded_segment_ids"))
    return render_template("compose/_audience.html", **_people(who))


def _people(who: Audience) -> dict[str, Any]:
    """What the fragment shows: nothing is chosen, or how many and who, or why that cannot be told."""
    if not who:
        return {"audience": None}
    try:
        with within_limits():
            count = lists.audience_count(who)
            return {"audience": count, "sample": lists.sample_contacts(who, SAMPLE), **_expected(count.total)}
    except DomainError as error:
        return {"audience": None, "trouble": _(error.message, **error.params)}


def _expected(people: int) -> dict[str, Any]:
    """When the last one would have it, and what is left of the month before."""
    expected = forecast(people, most_an_hour=current_workspace().plan.mails_an_hour)
    return {"ahead": expected, "left": usage(clock.now()).left, "lasting": format_timedelta}
