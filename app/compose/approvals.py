"""Approval: who must ask writes down what is wanted, and a second person's yes sends exactly that.

What was asked is bound to what the mail said then. Any change since voids it, and the yes launches at once (or at the
time that was wanted), so that nothing can change in between.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa

from app.compose import queries, service
from app.compose.letters import post_answer, post_request
from app.compose.models import Approval, Mailing
from app.compose.service import Order
from app.core.access import AnyRole, Permission, allowed
from app.core.db import db
from app.core.errors import N_, Conflict, Forbidden, NotFound
from app.core.tenancy import current_tenant_id
from app.sending.orders import Pace
from app.tenants.approvers import Approvers
from app.tenants.queries import MemberView, current_workspace, member, members

_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)


class ApprovalState(StrEnum):
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class MustAsk(Forbidden):
    message = N_("Your workspace wants a second person to approve this. Nothing was sent.")


class NotYours(Forbidden):
    message = N_("Nobody approves their own mail, and only those whom the workspace named may approve.")


class Decided(Conflict):
    message = N_("This was decided or withdrawn already. Nothing was done now.")


class Voided(Conflict):
    message = N_("The mail was changed after approval was asked for. It must be asked for again. Nothing was sent.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for. `planned_at` is None for at once."""

    order: Order
    planned_at: datetime | None
    note: str


def must_ask(role: AnyRole) -> bool:
    return current_workspace().must_ask(role)


def see_that_free(role: AnyRole) -> None:
    """Let only those go on who need nobody's yes.

    Raises:
        MustAsk: members of this role do.
    """
    if must_ask(role):
        raise MustAsk


def ask(mailing: Mailing, asked: Asked, *, now: datetime, member_id: int) -> Approval:
    """Write down what is wanted, in place of what was asked before, and mail those who may say yes.

    Raises what `service.launch_mailing` would: only what could go is worth asking for.
    """
    facts = service.facts_of(mailing, now=now, at=asked.planned_at)
    service.see_that_ready(mailing, asked.order, facts)
    _close(mailing.id, ApprovalState.WITHDRAWN)
    made = Approval(
        mailing_id=mailing.id,
        digest=digest_of(mailing),
        wanted=asdict(asked.order),
        planned_at=asked.planned_at,
        note=asked.note,
        asked_by=member_id,
    )
    db.session.add(made)
    db.session.flush()
    asker = member(member_id)
    for each in approvers(made):
        post_request(made, mailing, to=each, asker=asker, people=facts.people)
    return made


def _close(mailing_id: int, state: ApprovalState) -> None:
    open_ones = Approval.mailing_id == mailing_id, Approval.state == ApprovalState.ASKED
    db.session.execute(
        sa.update(Approval).where(Approval.tenant_id == current_tenant_id(), *open_ones).values(state=state)
    )


def digest_of(mailing: Mailing) -> str:
    """Return what a mailing says and to whom, as a hash: its trial's words and its segments' rules included."""
    order = service.order_of(mailing, _NO_TIME)
    words = asdict(replace(order, audience=order.audience.frozen()))
    return hashlib.sha256(json.dumps(words, sort_keys=True, default=str).encode()).hexdigest()


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


def approve(asked: Approval, *, count: int, at_once: bool, now: datetime, member_id: int) -> None:
    """Say yes, and launch what was asked for: at the time that was wanted, or at once.

    Args:
        count: how many people the approver was told of.

    Raises:
        NotYours: the member may not decide this.
        Decided: somebody has.
        Voided: the mail was changed since.
    and what `service.launch_mailing` raises.
    """
    mailing = _undecided(asked, member_id)
    if is_void(asked, mailing):
        raise Voided
    order = replace(_order(asked), version=mailing.version, count=count, typed=str(count))
    at = None if at_once else asked.planned_at
    service.launch_mailing(mailing, order, service.facts_of(mailing, now=now, at=at))
    asked.planned_at = at
    _decide(asked, ApprovalState.APPROVED, "", now, member_id)
    post_answer(asked, mailing, to=member(asked.asked_by), by=member(member_id))


def refuse(asked: Approval, reply: str, *, now: datetime, member_id: int) -> None:
    """Say no, and why. Raises `NotYours` and `Decided` as `approve`."""
    mailing = _undecided(asked, member_id)
    _decide(asked, ApprovalState.REFUSED, reply, now, member_id)
    post_answer(asked, mailing, to=member(asked.asked_by), by=member(member_id))


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


def _order(asked: Approval) -> Order:
    return Order(**(asked.wanted | {"pace": Pace(**asked.wanted["pace"])}))


def _decide(asked: Approval, state: ApprovalState, reply: str, now: datetime, member_id: int) -> None:
    asked.state, asked.reply, asked.decided_by, asked.decided_at = state, reply, member_id, now
    db.session.flush()
