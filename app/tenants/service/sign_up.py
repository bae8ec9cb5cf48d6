"""A new workspace, and the proof that its owner's address is theirs."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.core import tokens
from app.core.access import Role
from app.core.crypto import hash_password, verify_password
from app.core.db import db
from app.core.errors import N_, Invalid
from app.core.limits import limit
from app.core.tenancy import control_plane, current_tenant_id, tenant_scope
from app.tenants import erasure, letters, queries
from app.tenants.models import Account, Member, Tenant, TenantState
from app.tenants.passphrases import check_password
from app.tenants.queries import AccountView, MemberView
from app.tenants.slugs import SlugTaken, check_slug

VERIFICATION_SECONDS = 7 * 24 * 3600
MAILS_A_DAY = 5


@dataclass(frozen=True, slots=True)
class SignUp:
    """What somebody asks for on the sign-up page. The address is in small letters."""

    email: str
    password: str
    workspace_name: str
    slug: str
    locale: str
    timezone: str


@dataclass(frozen=True, slots=True)
class Founded:
    """A new workspace and its first member."""

    tenant_id: int
    account_id: int
    member_id: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What a verification link stands for. `existing` is the verified account that the address has already."""

    member: MemberView
    existing: AccountView | None


class WrongPassword(Invalid):
    about = "password"
    message = N_("The password is not right.")


def sign_up(order: SignUp) -> Founded:
    """Make an unverified workspace with a provisional account as its owner, and mail the address.

    An address that has an account gets another letter, and nothing else differs: no answer, no time, no page tells the
    two apart, and the existing account is not touched before its owner opens the link.

    Raises:
        Invalid: the slug or the password is not allowed.
        SlugTaken: another workspace has the slug.
        RateLimited: the address has got too many such mails today.
    """
    check_slug(order.slug)
    check_password(order.password, order.email)
    if queries.slug_is_taken(order.slug):
        raise SlugTaken
    _count_mail(order.email)
    account = Account(email=order.email, password_hash=hash_password(order.password), locale=order.locale)
    tenant_id, account_id = _found(order, TenantState.UNVERIFIED, account)
    with tenant_scope(tenant_id):
        founded = _make_owner(tenant_id, account_id)
        _post_link(account_id, order.email, order.locale)
    return founded


def sign_up_proven(order: SignUp, *, name: str) -> Founded:
    """Make a workspace, active at once, for somebody whose address is proven; its owner is the address's account.

    A new account has no password: its owner comes in as the address was proven, or chooses one by mail.

    Raises:
        Invalid: the slug is not allowed.
        SlugTaken: another workspace has the slug.
    """
    check_slug(order.slug)
    if queries.slug_is_taken(order.slug):
        raise SlugTaken
    existing = queries.verified_account(order.email)
    fresh = Account(email=order.email, name=name, password_hash="", locale=order.locale, verified_at=sa.func.now())
    tenant_id, account_id = _found(order, TenantState.ACTIVE, existing or fresh)
    with tenant_scope(tenant_id):
        return _make_owner(tenant_id, account_id)


def _found(order: SignUp, state: TenantState, owner: Account | AccountView) -> tuple[int, int]:
    """Write workspace and account, if it is a new one. Control plane: no tenant is there yet."""
    tenant = Tenant(
        slug=order.slug, name=order.workspace_name, locale=order.locale, timezone=order.timezone, state=state
    )
    with control_plane():
        try:
            with db.session.begin_nested():
                db.session.add_all([tenant, owner] if isinstance(owner, Account) else [tenant])
        except IntegrityError as error:
            raise SlugTaken from error
        return tenant.id, owner.id


def _make_owner(tenant_id: int, account_id: int) -> Founded:
    member = Member(tenant_id=tenant_id, account_id=account_id, role=Role.OWNER)
    db.session.add(member)
    db.session.flush()
    return Founded(tenant_id, account_id, member.id)


def send_verification_again(member: MemberView) -> None:
    """Mail the link once more; nothing for an address that is verified.

    Raises:
        RateLimited: the address has got too many such mails today.
    """
    if not member.verified:
        _count_mail(member.email)
        _post_link(member.account_id, member.email, member.locale)


def _count_mail(email: str) -> None:
    limit("verification-mail", email, count=MAILS_A_DAY, seconds=24 * 3600)


def _post_link(account_id: int, email: str, locale: str | None) -> None:
    workspace = queries.current_workspace()
    token = tokens.sign("verification", {"tenant": workspace.id, "account": account_id})
    language = locale or workspace.locale
    # Asked for in either case, so that both take the same time.
    known = [one for one in queries.workspaces_of_address(email) if one.verified]
    if queries.verified_account(email):
        letters.post_joining(workspace, email, token, language, known=known)
    else:
        letters.post_verification(workspace, email, token, language)


def read_verification(token: str) -> Claim:
    """Return what a verification link of the present workspace stands for.

    Raises:
        BadToken: not ours, too old, or its account has been joined to another one.
    """
    payload = tokens.read("verification", token, max_age=VERIFICATION_SECONDS)
    if payload["tenant"] != current_tenant_id():
        raise tokens.BadToken
    member = queries.member_of_account(payload["account"])
    if member is None:
        raise tokens.BadToken
    return Claim(member, None if member.verified else queries.verified_account(member.email))


def verify(claim: Claim, *, password: str) -> MemberView:
    """Verify the address for somebody who has the link and knows the account's password.

    The link alone is not enough: whoever signed up with another person's address would have that person open it.

    Raises:
        WrongPassword: not the password of the account that will be the member's.
    """
    account_id = claim.existing.id if claim.existing else claim.member.account_id
    if not verify_password(password, password_hash(account_id)):
        raise WrongPassword
    return claim_address(claim.member)


def password_hash(account_id: int) -> str | None:
    """Control plane: the account may not be a member of the present workspace yet."""
    with control_plane():
        return db.session.scalar(sa.select(Account.password_hash).where(Account.id == account_id))


def claim_address(member: MemberView) -> MemberView:
    """Make the member one with a verified account and the workspace an active one; call it when ownership is proven.

    Returns:
        The member as they are now: an address that has a verified account keeps that account and its password.
    """
    if member.verified:
        return member
    if not _mark_verified(member.account_id):
        _hand_over(member)
    _activate_workspace()
    return _reread(member.id)


def _mark_verified(account_id: int) -> bool:
    """Make the account the address's verified one, unless there is one. The unique index decides."""
    change = sa.update(Account).where(Account.id == account_id).values(verified_at=sa.func.now())
    try:
        with db.session.begin_nested():
            db.session.execute(change)
    except IntegrityError:
        return False
    return True


def _hand_over(member: MemberView) -> None:
    """Give the place to the address's verified account; the provisional one ends, and its sessions with it."""
    existing = queries.verified_account(member.email)
    if existing is None:
        raise tokens.BadToken
    with control_plane():
        place = sa.and_(Member.tenant_id == current_tenant_id(), Member.id == member.id)
        db.session.execute(sa.update(Member).where(place).values(account_id=existing.id))
        db.session.execute(sa.delete(Account).where(Account.id == member.account_id, Account.verified_at.is_(None)))


def _activate_workspace() -> None:
    db.session.execute(
        sa.update(Tenant)
        .where(Tenant.id == current_tenant_id(), Tenant.state == TenantState.UNVERIFIED)
        .values(state=TenantState.ACTIVE, version=Tenant.version + 1)
    )
    erasure.keep_confirmed()


def _reread(member_id: int) -> MemberView:
    found = queries.member(member_id)
    if found is None:
        raise tokens.BadToken
    return found
