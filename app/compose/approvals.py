"""Approval: the one door through which mails go out, whichever way (`app.compose.acts`).

Who needs nobody's yes goes through; who must ask writes down what is wanted, and a second person's yes does exactly
that. What was asked is bound to what the mail said then: any change since voids it, and the yes does it at once (or at
the time that was wanted), so that nothing can change in between. What comes again stays bound as long as it comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from app.compose import queries
from app.compose.acts import Act, ActKind, Result, act_of
from app.compose.digests import digest_of
from app.compose.letters import post_answer, post_request
from app.compose.models import Approval, Mailing
from app.core.access import AnyRole, Permission, allowed
from app.core.db import db
from app.core.errors import N_, Conflict, Forbidden, NotFound
from app.core.tenancy import current_tenant_id
from app.tenants.approvers import Approvers
from app.tenants.queries import MemberView, current_workspace, member, members


class ApprovalState(StrEnum):
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class NotYours(Forbidden):
    message = N_("Nobody approves their own mail, and only those whom the workspace named may approve.")


class Decided(Conflict):
    message = N_("This was decided or withdrawn already. Nothing was done now.")


class Voided(Conflict):
    message = N_("The mail was changed after approval was asked for. It must be asked for again. Nothing was sent.")


@dataclass(frozen=True, slots=True)
class Asker:
    """The member who wants it, and what they write to whoever must approve it."""

    member_id: int
    role: AnyRole
    note: str = ""


def must_ask(role: AnyRole) -> bool:
    """Whether what members of a role want to go out needs somebody's yes. Nothing but `go` and labels asks this."""
    return current_workspace().must_ask(role)


def go(mailing: Mailing, act: Act, asker: Asker, *, now: datetime) -> Result | None:
    """Do what is wanted, or ask for it where the workspace wants a second person; return what came of it, None: asked.

    Raises what `act.see_that_possible` does: only what could be done is worth asking for.
    """
    if not must_ask(asker.role):
        return act.do(mailing, now=now, author_id=asker.member_id)
    _ask(mailing, act, asker, people=act.see_that_possible(mailing, now=now))
    return None


def _ask(mailing: Mailing, act: Act, asker: Asker, *, people: int) -> None:
    """Write down what is wanted, in place of what was asked before, and mail those who may say yes."""
    _close(mailing.id, ApprovalState.WITHDRAWN)
    made = Approval(
        mailing_id=mailing.id,
        act=act.kind,
        digest=digest_of(mailing),
        wanted=act.stored(),
        planned_at=act.planned_at,
        note=asker.note,
        asked_by=asker.member_id,
    )
    db.session.add(made)
    db.session.flush()
    for each in approvers(made):
        post_request(made, mailing, to=each, asker=member(asker.member_id), people=people)


def _close(mailing_id: int, state: ApprovalState) -> None:
    open_ones = Approval.mailing_id == mailing_id, Approval.state == ApprovalState.ASKED
    db.session.execute(
        sa.update(Approval).where(Approval.tenant_id == current_tenant_id(), *open_ones).values(state=state)
    )


def approval(approval_id: int) -> Approval:
    """Return what was asked in this workspace.

    Raises:
        NotFound: it has none of this number.
    """
    mine = Approval.tenant_id == current_tenant_id(), Approval.id == approval_id
    found = db.session.scalar(sa.select(Approval).where(*mine))
    if found is None:
        raise NotFound
    return found


def last_of(mailing_id: int) -> Approval | None:
    """Return what was asked last about a mailing."""
    mine = Approval.tenant_id == current_tenant_id(), Approval.mailing_id == mailing_id
    return db.session.scalar(sa.select(Approval).where(*mine).order_by(Approval.id.desc()).limit(1))


def waiting() -> Sequence[tuple[Approval, Mailing]]:
    """Return what waits for a yes, the oldest first."""
    same = sa.and_(Mailing.tenant_id == Approval.tenant_id, Mailing.id == Approval.mailing_id)
    query = sa.select(Approval, Mailing).join(Mailing, same).where(Approval.tenant_id == current_tenant_id())
    rows = db.session.execute(query.where(Approval.state == ApprovalState.ASKED).order_by(Approval.id))
    return [(row[0], row[1]) for row in rows]


def is_void(asked: Approval, mailing: Mailing) -> bool:
    return asked.digest != digest_of(mailing)


def approvers(asked: Approval) -> list[MemberView]:
    return [each for each in members() if may_decide(each, asked)]


def may_decide(who: MemberView, asked: Approval) -> bool:
    """Whether a member may say yes or no: somebody else, who may send, and whom the workspace lets decide."""
    if who.id == asked.asked_by or not allowed(who.role, Permission.SEND):
        return False
    return allowed(who.role, Permission.APPROVE) or current_workspace().approved_by == Approvers.ANYBODY


def approve(asked: Approval, *, count: int, at_once: bool, now: datetime, member_id: int) -> int:
    """Say yes, and do what was asked for, at the time that was wanted or at once; return the mailing to look at now.

    Args:
        count: how many people the approver was told of.

    Raises:
        NotYours: the member may not decide this.
        Decided: somebody has.
        Voided: the mail was changed since.
    and what the act itself raises; then nothing was decided.
    """
    mailing = _undecided(asked, member_id)
    if is_void(asked, mailing):
        raise Voided
    act = act_of(asked.act, asked.wanted, asked.planned_at).seen(mailing, count=count, at_once=at_once).bound()
    with db.session.begin_nested():
        asked.planned_at = act.planned_at
        # A correction's draft is gone once it is done: what is remembered stays with the mail that it corrected.
        if asked.act == ActKind.CORRECTION and mailing.replaces_id:
            asked.mailing_id = mailing.replaces_id
        _decide(asked, ApprovalState.APPROVED, "", now, member_id)
        subject = mailing.subject
        went = act.do(mailing, now=now, author_id=asked.asked_by)
    post_answer(asked, subject, to=member(asked.asked_by), by=member(member_id))
    return went.mailing_id


def refuse(asked: Approval, reply: str, *, now: datetime, member_id: int) -> None:
    """Say no, and why. Raises `NotYours` and `Decided` as `approve`."""
    mailing = _undecided(asked, member_id)
    _decide(asked, ApprovalState.REFUSED, reply, now, member_id)
    post_answer(asked, mailing.subject, to=member(asked.asked_by), by=member(member_id))


def withdraw(asked: Approval, *, member_id: int) -> None:
    """Take back what one has asked for.

    Raises:
        NotYours: somebody else asked.
        Decided: it was decided already.
    """
    if asked.asked_by != member_id:
        raise NotYours
    if asked.state != ApprovalState.ASKED:
        raise Decided
    _close(asked.mailing_id, ApprovalState.WITHDRAWN)


def _undecided(asked: Approval, member_id: int) -> Mailing:
    who = member(member_id)
    if who is None or not may_decide(who, asked):
        raise NotYours
    db.session.refresh(asked, with_for_update=True)
    if asked.state != ApprovalState.ASKED:
        raise Decided
    return queries.mailing(asked.mailing_id)


def _decide(asked: Approval, state: ApprovalState, reply: str, now: datetime, member_id: int) -> None:
    asked.state, asked.reply, asked.decided_by, asked.decided_at = state, reply, member_id, now
    db.session.flush()
