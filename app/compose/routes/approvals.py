"""Pages of approval: what waits, one of them with its mail, and the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.compose import acts, approvals, queries, series, service
from app.compose.acts import ActKind, Repeating
from app.compose.approvals import ApprovalState, Asker
from app.compose.checklist import checklist
from app.compose.forms.approval import DecisionForm
from app.compose.routes.blueprint import Answer, Draft, compose
from app.core import clock
from app.core.access import Permission, current_member, require
from app.core.errors import DomainError
from app.lists import queries as lists
from app.sending import queries as sending
from app.tenants.queries import member, members

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """What was asked last about a mail, and whether it still holds."""

    asked: Any
    void: bool
    mine: bool
    asker: str
    decider: str


def approval_of(mailing: Draft) -> Standing | None:
    """Return where the approval of a draft stands, or None where nobody asked since it was last a draft."""
    asked = approvals.last_of(mailing.id)
    if asked is None or asked.state in (ApprovalState.WITHDRAWN, ApprovalState.APPROVED):
        return None
    mine = asked.asked_by == current_member().id
    return Standing(asked, approvals.is_void(asked, mailing), mine, _name(asked.asked_by), _name(asked.decided_by))


def asker(note: str = "") -> Asker:
    """The member who presses the button, as the one who wants it."""
    return Asker(current_member().id, current_member().role, note)


def _name(member_id: int | None) -> str:
    who = member(member_id) if member_id is not None else None
    return who.display_name if who else "–"


@compose.get("/approvals")
@require(Permission.VIEW)
def all_approvals() -> str:
    names = {each.id: each.display_name for each in members()}
    return render_template("compose/approvals.html", rows=approvals.waiting(), names=names)


@compose.get("/approvals/<int:approval_id>")
@require(Permission.VIEW)
def approval(approval_id: int) -> str:
    return _page(approvals.approval(approval_id), DecisionForm())


def _page(asked: Any, form: DecisionForm, *, problem: str = "") -> str:
    mailing, now = queries.mailing(asked.mailing_id), clock.now()
    launched = sending.launch(mailing.id)
    facts = service.facts_of(mailing, now=now, at=asked.planned_at)
    form.count.data = people = acts.people_of(asked.act, mailing)
    return render_template(
        "compose/approval.html",
        asked=asked,
        form=form,
        problem=problem,
        mailing=mailing,
        facts=facts,
        people=people,
        coming=_coming(asked),
        late=asked.planned_at is not None and asked.planned_at <= now,
        void=launched is None and asked.state == ApprovalState.ASKED and approvals.is_void(asked, mailing),
        checks=[] if launched else checklist(mailing, facts),
        names=lists.audience_names(queries.audience_of(mailing)),
        asker=_name(asked.asked_by),
        decider=_name(asked.decided_by),
        approvers=[each.display_name for each in approvals.approvers(asked)],
        mine=asked.asked_by == current_member().id,
        may_decide=_may_decide(asked),
    )


def _coming(asked: Any) -> list[datetime]:
    """The first times of what is to come again."""
    if asked.act != ActKind.SERIES or asked.state != ApprovalState.ASKED:
        return []
    act = acts.act_of(asked.act, asked.wanted, None)
    return series.next_moments(act.rhythm, clock.now(), SHOWN) if isinstance(act, Repeating) else []


def _may_decide(asked: Any) -> bool:
    who = member(current_member().id)
    return who is not None and approvals.may_decide(who, asked)


@compose.post("/approvals/<int:approval_id>/decisions")
@require(Permission.SEND)
def decide(approval_id: int) -> Answer:
    asked, form = approvals.approval(approval_id), DecisionForm()
    if not form.validate_on_submit():
        return _page(asked, form), 422
    now, member_id = clock.now(), current_member().id
    if "refuse" in request.form:
        approvals.refuse(asked, (form.reply.data or "").strip(), now=now, member_id=member_id)
        flash(_("It was sent back. Whoever asked gets a mail with your words."), "success")
        return redirect(url_for(".all_approvals"), 303)
    try:
        at_once = "at_once" in request.form
        count = form.count.data or 0
        went = approvals.approve(asked, count=count, at_once=at_once, now=now, member_id=member_id)
    except DomainError as error:
        problem = str(_(error.message, **error.params))
        return _page(approvals.approval(approval_id), form, problem=problem), error.status
    return redirect(url_for(".show", mailing_id=went), 303)


@compose.post("/approvals/<int:approval_id>/withdrawals")
@require(Permission.SEND)
def withdraw_approval(approval_id: int) -> Response:
    asked = approvals.approval(approval_id)
    approvals.withdraw(asked, member_id=current_member().id)
    flash(_("Taken back. The mail is a draft as before."), "success")
    return redirect(url_for(".send", mailing_id=asked.mailing_id), 303)
