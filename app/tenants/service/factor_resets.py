"""A second factor that is lost: somebody else asks for its end, its owner is told and may stop it, and a day later
whoever knows the password comes in without it. Who shows the factor meanwhile has not lost it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import format_datetime
from flask_babel import gettext as _

from app.core import tokens
from app.core.db import db
from app.core.errors import N_, Conflict, Forbidden, NotFound
from app.core.tenancy import control_plane, current_tenant_id
from app.tenants import queries
from app.tenants.member_letters import Letter, post_to
from app.tenants.models import Account, FactorReset, Member, Passkey, RecoveryCode
from app.tenants.queries import MemberView
from app.tenants.service.membership import check_rank
from app.tenants.service.second_factor import factors
from app.tenants.service.sessions import end_sessions

WAIT = timedelta(hours=24)
# Who does not come in for so long may have found the phone again.
OPEN_FOR = timedelta(days=7)
PURPOSE = "factor reset"


class NoFactor(Conflict):
    message = N_("This person has no second step. Nothing was changed.")


class AskedAlready(Conflict):
    message = N_("The reset was asked for already. It waits for its day.")


class NotForOneself(Forbidden):
    message = N_("Nobody resets their own second step. Ask somebody else who manages members, or use a recovery code.")


@dataclass(frozen=True, slots=True)
class Reset:
    """A reset that waits. `asked_by`: as its person is told."""

    id: int
    account_id: int
    asked_by: str
    due_at: datetime


def reset_factor(member_id: int, *, by: MemberView, now: datetime) -> None:
    """Have a member's second step reset a day from now, by somebody who manages members.

    Raises:
        NotFound: no such member here.
        NotForOneself: it is their own.
        Forbidden: the member has rights that the asker does not have.
        NoFactor, AskedAlready: as they say.
    """
    target = _member(member_id)
    if target.account_id == by.account_id:
        raise NotForOneself
    check_rank(by, target.role)
    ask_reset(member_id, by=by.display_name, now=now)


def _member(member_id: int) -> MemberView:
    target = queries.member(member_id)
    if target is None:
        raise NotFound
    return target


def ask_reset(member_id: int, *, by: str, now: datetime) -> None:
    """Write down that the second step of a member of the present workspace ends a day from now, and tell them.

    Raises:
        NotFound, NoFactor, AskedAlready: as with `reset_factor`.
    """
    target = _member(member_id)
    if not factors(target.account_id).any:
        raise NoFactor
    if target.account_id in waiting_resets(now):
        raise AskedAlready
    row = FactorReset(
        tenant_id=current_tenant_id(), account_id=target.account_id, email=target.email, asked_by=by, due_at=now + WAIT
    )
    db.session.add(row)
    db.session.flush()
    token = tokens.sign(PURPOSE, {"tenant": current_tenant_id(), "reset": row.id})
    post_to(target, lambda: _warning(by, row.due_at, token))


def _warning(by: str, due_at: datetime, token: str) -> Letter:
    return Letter(
        subject=_("Your second step will be reset"),
        paragraphs=[
            _("%(who)s asked for it. From %(time)s on, your password alone opens your workspaces.", who=by,
              time=format_datetime(due_at)),
            _("Passkeys, the app's codes and recovery codes end then, in all your workspaces."),
            _("You did not ask for this, or have found your phone? Stop it here."),
        ],
        button=_("Stop it"),
        path=f"/second-factor-resets/{token}",
    )  # fmt: skip


def waiting_resets(now: datetime) -> dict[int, Reset]:
    """Return what was asked for in the present workspace and has not ended, by account."""
    mine = FactorReset.tenant_id == current_tenant_id(), FactorReset.ended_at.is_(None)
    columns: list[Any] = [FactorReset.id, FactorReset.account_id, FactorReset.asked_by, FactorReset.due_at]
    query = sa.select(*columns).where(*mine, FactorReset.due_at > now - OPEN_FOR)
    return {row.account_id: Reset(*row) for row in db.session.execute(query)}


def accounts_with_factor() -> set[int]:
    """Return which members' accounts have a second step."""
    keys = sa.exists().where(Passkey.account_id == Account.id)
    query = sa.select(Account.id).join(Member, Member.account_id == Account.id)
    mine = Member.tenant_id == current_tenant_id()
    return set(db.session.scalars(query.where(mine, sa.or_(Account.totp_secret.is_not(None), keys))))


def read_reset(token: str, *, now: datetime) -> Reset:
    """Return the reset that a link in a warning can stop.

    Raises:
        BadToken: not ours, or it has ended.
    """
    payload = tokens.read(PURPOSE, token, max_age=int((WAIT + OPEN_FOR).total_seconds()))
    for reset in waiting_resets(now).values():
        if payload["tenant"] == current_tenant_id() and reset.id == payload["reset"]:
            return reset
    raise tokens.BadToken


def end_resets(account_id: int) -> None:
    """Let nothing come of what was asked for about an account, in whichever workspace. Control plane."""
    _end(FactorReset.account_id == account_id)


def _end(*which: sa.ColumnElement[bool]) -> bool:
    change = sa.update(FactorReset).where(FactorReset.ended_at.is_(None), *which).values(ended_at=sa.func.now())
    with control_plane():
        return bool(db.session.scalars(change.returning(FactorReset.id)).all())


def use_reset(member: MemberView, *, now: datetime) -> None:
    """Forget the second step of somebody whose first step was right, if a reset has waited out its day."""
    account_id = member.account_id
    mine = FactorReset.account_id == account_id
    if not _end(mine, FactorReset.due_at <= now, FactorReset.due_at > now - OPEN_FOR):
        return
    end_resets(account_id)
    db.session.execute(sa.delete(Passkey).where(Passkey.account_id == account_id))
    db.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    db.session.execute(sa.update(Account).where(Account.id == account_id).values(totp_secret=None))
    end_sessions(account_id)
    post_to(member, _notice)


def _notice() -> Letter:
    return Letter(
        subject=_("Your second step was reset"),
        paragraphs=[
            _("Somebody came in with your password alone, as had been asked for a day before."),
            _("Add a new second step now. Was that not you? Choose another password at once."),
        ],
        button=_("Signing in"),
        path="/settings/security",
    )
