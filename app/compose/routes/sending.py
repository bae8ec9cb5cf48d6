"""The last step, and the helm of a mailing that waits or runs: launch, reschedule, pause, resume, cancel."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.compose import approvals, corrections, queries, service, starting, trials
from app.compose.acts import Launching
from app.compose.checklist import checklist
from app.compose.forms import LaunchForm, TimeForm
from app.compose.routes.approvals import approval_of, asker
from app.compose.routes.blueprint import Answer, Draft, compose, draft_or_elsewhere, step_page, steps_of
from app.compose.service import Order
from app.compose.starting import NotTyped
from app.compose.times import local_time, moment
from app.core import clock
from app.core.access import Permission, current_member, require
from app.core.errors import Conflict, DomainError, NotFound
from app.document import law
from app.lists import queries as lists
from app.lists.fields import fields
from app.lists.states import FieldKind
from app.sending import queries as sending
from app.sending import service as sending_service
from app.sending.terms import LaunchState
from app.tenants.queries import current_workspace

WAITING = (LaunchState.SCHEDULED, LaunchState.HELD)


@compose.get("/mailings/<int:mailing_id>/send")
@require(Permission.VIEW)
def send(mailing_id: int) -> Answer:
    mailing, elsewhere = draft_or_elsewhere(mailing_id)
    if elsewhere:
        return elsewhere
    later = request.args.get("when") == "later" or "at" in request.args
    times = TimeForm(request.args if "at" in request.args else None, meta={"csrf": False})
    form = _launch_form(mailing)
    form.report_recipients.data = ", ".join(mailing.report_recipients)
    if later and "at" in request.args and times.validate():
        form.at.data = times.at.data
    elif later and "at" not in request.args and mailing.wished_at:
        times.at.data = local_time(mailing.wished_at, current_workspace().timezone)
    elif later and "at" not in request.args and mailing.at_time:
        times.at.data = starting.usual_time(mailing.at_time, clock.now())
    return _send_page(mailing, form, times, later=later)


def _launch_form(mailing: Draft | None = None) -> LaunchForm:
    form = LaunchForm(obj=mailing)
    form.offer([each for each in fields() if each.kind == FieldKind.TEXT])
    return form


def _send_page(mailing: Draft, form: LaunchForm, times: TimeForm, *, later: bool, problem: str = "") -> str:
    at = _planned(form, times)
    facts = service.facts_of(mailing, now=clock.now(), at=at)
    form.see(mailing.version)
    form.count.raw_data = None
    form.count.data = facts.people
    return step_page(
        "send",
        "send",
        mailing,
        form=form,
        times=times,
        later=later,
        at=at,
        facts=facts,
        problem=problem,
        checks=checklist(mailing, facts),
        subject=law.subject(mailing.subject, mailing.kind, current_workspace().legal),
        trial=trials.plan_of(mailing),
        correction=corrections.left(mailing),
        undo_hint=_undo_hint(mailing),
        must_be_typed=starting.must_be_typed(mailing, corrections.left(mailing) or facts.people),
        names=lists.audience_names(queries.audience_of(mailing)),
        must_ask=approvals.must_ask(current_member().role),
        asked=approval_of(mailing),
        earliest=local_time(clock.now(), current_workspace().timezone),
    )


def _undo_hint(mailing: Draft) -> str:
    seconds = starting.undo_seconds(mailing)
    if not seconds:
        return _("It begins at once. You can stop it for those who have not got it yet.")
    return _("You can take it back for %(seconds)s seconds, and stop it later for those who have not got it yet.",
             seconds=seconds)  # fmt: skip


def _planned(form: LaunchForm, times: TimeForm) -> datetime | None:
    """The moment that was chosen; a time that does not exist is told at its field."""
    if form.at.data is None:
        return None
    times.at.data = form.at.data
    try:
        return moment(form.at.data, current_workspace().timezone)
    except DomainError as error:
        times.at.errors = [_(error.message, **error.params)]
        form.at.data = None
        return None


@compose.post("/mailings/<int:mailing_id>/launches")
@require(Permission.SEND)
def launch(mailing_id: int) -> Answer:
    mailing = queries.mailing(mailing_id)
    form = _launch_form()
    times = TimeForm(None, meta={"csrf": False})
    later = bool(request.form.get("at"))
    if not form.validate_on_submit() or (later and _planned(form, times) is None):
        return _send_page(mailing, form, times, later=later), 422
    act = Launching(_order(form), _planned(form, times))
    try:
        went = approvals.go(mailing, act, asker((form.note.data or "").strip()), now=clock.now())
    except NotTyped as error:
        form.typed.errors = [_(error.message, **error.params)]
        return _send_page(mailing, form, times, later=later), error.status
    except DomainError as error:
        if sending.launch(mailing_id) is not None:
            raise
        problem = _problem(error)
        return _send_page(mailing, form, times, later=later, problem=problem), error.status
    return redirect(url_for(".show" if went else ".send", mailing_id=mailing_id), 303)


def _problem(error: DomainError) -> str:
    if type(error) is Conflict:
        return _(
            "Somebody changed this mail after you had opened this page. Nothing was sent: look again, then decide."
        )
    return str(_(error.message, **error.params))


def _order(form: LaunchForm) -> Order:
    return Order(
        version=form.version.data or 0,
        count=form.count.data or 0,
        report_to_author=form.report_to_author.data,
        report_recipients=form.recipients,
        author_address=current_member().email,
        pace=form.pace,
        zone_field=form.zone_field.data if form.at.data else "",
        typed=form.typed.data or "",
    )


@compose.get("/mailings/<int:mailing_id>")
@require(Permission.VIEW)
def show(mailing_id: int) -> Answer:
    mailing = queries.mailing(mailing_id)
    launched = sending.launch(mailing_id)
    if launched is None:
        return redirect(url_for(".body" if mailing.subject else ".mail", mailing_id=mailing_id))
    return _helm("show", mailing, launched, steps=steps_of("send", mailing))


@compose.get("/mailings/<int:mailing_id>/progress")
@require(Permission.VIEW)
def progress(mailing_id: int) -> Answer:
    """Where it stands, as a fragment that the page asks for while something moves.

    When the state is not the one `seen` there, the whole page is asked for: its buttons are others now.
    """
    launched = _launched(mailing_id)
    page = make_response(_helm("_progress", queries.mailing(mailing_id), launched))
    if request.args.get("seen", launched.state) != launched.state:
        page.headers["HX-Refresh"] = "true"
    return page


def _helm(template: str, mailing: Draft, launched: Any, **values: Any) -> str:
    who = sending.audience_of(launched)
    final = launched.accepted + launched.bounced + launched.cancelled + launched.expired
    return render_template(
        f"compose/{template}.html",
        mailing=mailing,
        launch=launched,
        final=final,
        ahead=launched.planned_at > clock.now(),
        people=launched.total or lists.audience_count(who).total,
        names=lists.audience_names(who),
        parts=trials.parts_of(launched.mailing_id, launched.subject),
        undecided=launched.trial_share is not None and launched.winner is None,
        **values,
    )


def _launched(mailing_id: int) -> Any:
    found = sending.launch(mailing_id)
    if found is None:
        raise NotFound
    return found


@compose.get("/mailings/<int:mailing_id>/schedule")
@require(Permission.VIEW)
def schedule(mailing_id: int) -> Answer:
    launched = _launched(mailing_id)
    if launched.state not in WAITING:
        return redirect(url_for(".show", mailing_id=mailing_id))
    form = TimeForm()
    form.at.data = local_time(launched.planned_at, current_workspace().timezone)
    return _schedule_page(mailing_id, form)


def _schedule_page(mailing_id: int, form: TimeForm) -> str:
    earliest = local_time(clock.now(), current_workspace().timezone)
    return _helm("schedule", queries.mailing(mailing_id), _launched(mailing_id), form=form, earliest=earliest)


@compose.post("/mailings/<int:mailing_id>/schedule")
@require(Permission.SEND)
def reschedule(mailing_id: int) -> Answer:
    form = TimeForm()
    if not form.validate_on_submit():
        return _schedule_page(mailing_id, form), 422
    try:
        service.reschedule_mailing(mailing_id, form.at.data, now=clock.now())
    except DomainError as error:
        form.at.errors = [_(error.message, **error.params)]
        return _schedule_page(mailing_id, form), 422
    flash(_("The new time is set."), "success")
    return redirect(url_for(".show", mailing_id=mailing_id), 303)


@compose.post("/mailings/<int:mailing_id>/releases")
@require(Permission.SEND)
def release(mailing_id: int) -> Response:
    sending_service.release_held(mailing_id)
    released = _launched(mailing_id)
    waits = released.planned_at > clock.now()
    flash(_("It goes out at its time.") if waits else _("It goes out now."), "success")
    return redirect(url_for(".show", mailing_id=mailing_id), 303)


@compose.post("/mailings/<int:mailing_id>/pauses")
@require(Permission.SEND)
def pause(mailing_id: int) -> Response:
    sending_service.pause(mailing_id)
    flash(_("Paused. What is on its way this second still arrives; the rest waits."), "success")
    return redirect(url_for(".show", mailing_id=mailing_id), 303)


@compose.post("/mailings/<int:mailing_id>/resumptions")
@require(Permission.SEND)
def resume(mailing_id: int) -> Response:
    sending_service.resume(mailing_id)
    flash(_("It goes on."), "success")
    return redirect(url_for(".show", mailing_id=mailing_id), 303)


@compose.post("/mailings/<int:mailing_id>/cancellations")
@require(Permission.SEND)
def cancel(mailing_id: int) -> Response:
    receipt = sending_service.cancel(mailing_id)
    if not receipt.draft:
        return redirect(url_for(".receipt", mailing_id=mailing_id), 303)
    words = ngettext(
        "Nothing went out: the one person it was for will not get it. It is a draft again.",
        "Nothing went out: none of %(people)s people gets it. It is a draft again.",
        receipt.not_sent,
        people=f"{receipt.not_sent:,}",
    )
    flash(words, "success")
    return redirect(url_for(".send", mailing_id=mailing_id), 303)


@compose.get("/mailings/<int:mailing_id>/receipt")
@require(Permission.VIEW)
def receipt(mailing_id: int) -> Answer:
    """What a cancellation came to, in the numbers of this moment."""
    launched = _launched(mailing_id)
    if launched.state not in (LaunchState.CANCELLING, LaunchState.CANCELLED):
        return redirect(url_for(".show", mailing_id=mailing_id))
    return _helm("receipt", queries.mailing(mailing_id), launched)


@compose.get("/mailings/<int:mailing_id>/receipt/numbers")
@require(Permission.VIEW)
def receipt_numbers(mailing_id: int) -> str:
    """The receipt's numbers alone, asked for while some are on the way."""
    return _helm("_receipt", queries.mailing(mailing_id), _launched(mailing_id))
