"""Who works in a workspace: invitations, roles, leaving. A workspace always keeps an owner."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.core import tokens
from app.core.access import AnyRole, Role, may_give
from app.core.crypto import hash_password, verify_password
from app.core.db import db
from app.core.errors import N_, Conflict, Forbidden, NotFound
from app.core.limits import limit
from app.core.tenancy import control_plane, current_tenant_id
from app.tenants import letters, queries
from app.tenants.models import Account, Invitation, Member
from app.tenants.passphrases import check_password
from app.tenants.plans import NoPlaceForMembers, one_at_a_time
from app.tenants.queries import AccountView, InvitationView, MemberView
from app.tenants.roles import stored_role
from app.tenants.service.sign_up import WrongPassword, password_hash
from app.tenants.service.workspace import require_verified

INVITATION_SECONDS = 14 * 24 * 3600


class LastOwner(Conflict):
    message = N_("A workspace needs an owner. Make somebody else an owner first.")


class AlreadyMember(Conflict):
    message = N_("This person is already a member.")


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invitation link stands for. `existing` is the account that the address has already."""

    invitation: InvitationView
    existing: AccountView | None


def invite(email: str, *, role: AnyRole, by: MemberView) -> None:
    """Mail somebody a place in the present workspace; a second invitation replaces the first.

    Raises:
        NotVerified: the workspace's own address is not verified yet.
        Forbidden: the role has rights that the inviter does not have.
        AlreadyMember: the address is a member's.
        NoPlaceForMembers: the plan has no place left.
        RateLimited: too many invitations to this address, or from this workspace.
    """
    require_verified()
    check_rank(by, role)
    if queries.member_by_address(email):
        raise AlreadyMember
    workspace = queries.current_workspace()
    _must_have_place(email)
    limit("invitation-mail", email, count=5, seconds=24 * 3600)
    limit("invitations", str(workspace.id), count=100, seconds=24 * 3600)
    invitation_id = _store_invitation(email, role, by)
    token = tokens.sign("invitation", {"tenant": workspace.id, "invitation": invitation_id})
    letters.post_invitation(workspace, email, token, by.locale or workspace.locale, inviter=by.display_name)


def _must_have_place(email: str) -> None:
    plan = queries.current_workspace().plan
    one_at_a_time("members")
    invited = [each for each in queries.open_invitations() if each.email != email]
    if len(queries.members()) + len(invited) >= plan.members:
        raise NoPlaceForMembers(plan=plan.name, most=plan.members)


def _store_invitation(email: str, role: AnyRole, by: MemberView) -> int:
    fresh = stored_role(role) | {"invited_by": by.id, "created_at": sa.func.now(), "accepted_at": None}
    statement = insert(Invitation).values(tenant_id=current_tenant_id(), email=email, **fresh)
    statement = statement.on_conflict_do_update(index_elements=["tenant_id", "email"], set_=fresh)
    return db.session.execute(statement.returning(Invitation.id)).scalar_one()


def withdraw_invitation(invitation_id: int) -> None:
    """Let an invitation's link work no more.

    Raises:
        NotFound: there is no such invitation (any more).
    """
    here = sa.and_(Invitation.tenant_id == current_tenant_id(), Invitation.id == invitation_id)
    if db.session.scalar(sa.delete(Invitation).where(here).returning(Invitation.id)) is None:
        raise NotFound


def read_invitation(token: str) -> Offer:
    """Return what an invitation link of the present workspace stands for.

    Raises:
        BadToken: not ours, too old, withdrawn or used.
    """
    payload = tokens.read("invitation", token, max_age=INVITATION_SECONDS)
    found = [i for i in queries.open_invitations() if i.id == payload["invitation"]]
    if payload["tenant"] != current_tenant_id() or not found:
        raise tokens.BadToken
    return Offer(found[0], queries.verified_account(found[0].email))


def accept(offer: Offer, *, name: str, password: str, locale: str) -> MemberView:
    """Take the offered place: with the account the address has and its password, or with a new account.

    Raises:
        WrongPassword: not that of the existing account.
        WeakPassword: the new one is not allowed.
        AlreadyMember: taken in another window.
        NoPlaceForMembers: the plan has become a smaller one in the meantime.
    """
    if queries.member_by_address(offer.invitation.email):
        raise AlreadyMember
    if offer.existing is None:
        account_id = _new_account(offer.invitation.email, name, password, locale)
    elif verify_password(password, password_hash(offer.existing.id)):
        account_id = offer.existing.id
    else:
        raise WrongPassword
    return _take_place(offer.invitation, account_id)


def _new_account(email: str, name: str, password: str, locale: str) -> int:
    """Write an account whose address the link has proven. Control plane: it is nobody's member yet."""
    check_password(password, email)
    with control_plane():
        account = Account(
            email=email, name=name, password_hash=hash_password(password), locale=locale, verified_at=sa.func.now()
        )
        db.session.add(account)
        db.session.flush()
        return account.id


def _take_place(invitation: InvitationView, account_id: int) -> MemberView:
    used = (
        sa.update(Invitation)
        .where(
            Invitation.tenant_id == current_tenant_id(),
            Invitation.id == invitation.id,
            Invitation.accepted_at.is_(None),
        )
        .values(accepted_at=sa.func.now())
        .returning(Invitation.role, Invitation.own_role_id)
    )
    row = db.session.execute(used).one_or_none()
    if row is None:
        raise tokens.BadToken
    _must_have_place(invitation.email)
    db.session.add(Member(tenant_id=current_tenant_id(), account_id=account_id, role=row[0], own_role_id=row[1]))
    db.session.flush()
    member = queries.member_of_account(account_id)
    assert member is not None
    return member


def give_role(member_id: int, *, role: AnyRole, by: MemberView) -> None:
    """Give a member another role.

    Raises:
        NotFound: no such member here.
        Forbidden: the member has, or would have, rights that the giver does not have.
        LastOwner: nobody would own the workspace.
    """
    target = _lock_for_change(member_id, by)
    check_rank(by, role)
    if target.role is Role.OWNER and role is not Role.OWNER:
        _keep_an_owner()
    place = sa.and_(Member.tenant_id == current_tenant_id(), Member.id == member_id)
    db.session.execute(sa.update(Member).where(place).values(**stored_role(role)))


def remove(member_id: int, *, by: MemberView) -> None:
    """Take somebody's place away, or leave it. Their sessions here end with it.

    Raises:
        NotFound, Forbidden, LastOwner: as with `give_role`.
    """
    target = _lock_for_change(member_id, by)
    if target.role is Role.OWNER:
        _keep_an_owner()
    db.session.execute(sa.delete(Member).where(Member.tenant_id == current_tenant_id(), Member.id == member_id))


def _lock_for_change(member_id: int, by: MemberView) -> MemberView:
    """Lock all owners' rows, so that two owners cannot unmake each other at the same moment, and check the rank."""
    owners = sa.select(Member.id).where(Member.tenant_id == current_tenant_id(), Member.role == Role.OWNER)
    db.session.execute(owners.order_by(Member.id).with_for_update())
    target = queries.member(member_id)
    if target is None:
        raise NotFound
    check_rank(by, target.role)
    return target


def check_rank(by: MemberView, role: AnyRole) -> None:
    """Let only those go on who have all rights of a role themselves."""
    if not may_give(by.role, role):
        raise Forbidden


def _keep_an_owner() -> None:
    count = sa.select(sa.func.count()).where(Member.tenant_id == current_tenant_id(), Member.role == Role.OWNER)
    if (db.session.scalar(count) or 0) < 2:
        raise LastOwner
