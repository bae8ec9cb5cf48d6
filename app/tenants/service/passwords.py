"""Signing in, and passwords that are forgotten or changed. No answer tells whether an address is known."""

from __future__ import annotations

import sqlalchemy as sa

from app.core import queue, tokens
from app.core.crypto import hash_password, needs_rehash, verify_password
from app.core.db import db
from app.core.errors import N_, Invalid
from app.core.limits import limit
from app.core.tenancy import control_plane, current_tenant_id
from app.tenants import letters, queries
from app.tenants.models import Account
from app.tenants.passphrases import check_password
from app.tenants.queries import AccountView, MemberView
from app.tenants.service.sessions import end_sessions
from app.tenants.service.sign_up import WrongPassword, claim_address, password_hash

RESET_SECONDS = 3600


class WrongCredentials(Invalid):
    message = N_("The e-mail address or the password is not right.")


def authenticate(email: str, password: str) -> MemberView:
    """Return the member of the present workspace who has this address and password.

    Raises:
        WrongCredentials: no such member or another password; both take the same time.
    """
    member = queries.member_by_address(email)
    if not _is_right(password, member.account if member else None) or member is None:
        raise WrongCredentials
    return member


def authenticate_operator(email: str, password: str) -> AccountView:
    """Return the operator who has this address and password.

    Raises:
        WrongCredentials: no such operator or another password.
    """
    account = queries.verified_account(email)
    found = queries.operator(account.id) if account else None
    if not _is_right(password, found) or found is None:
        raise WrongCredentials
    return found


def _is_right(password: str, account: AccountView | None) -> bool:
    """Check a password, and store it anew where the hash is older than today's parameters.

    For nobody the same is asked of the database and of the processor as for somebody.
    """
    stored = password_hash(account.id if account else 0)
    right = verify_password(password, stored)
    if account and stored and right and needs_rehash(stored):
        with control_plane():
            _store(account.id, password_hash=hash_password(password))
    return right


def request_password_reset(email: str) -> None:
    """Have a reset link mailed, if the address is a member's. The work is left to a job: this takes the same time."""
    queue.enqueue("tenants.mail_password_reset", email, queue="breaking")


def mail_password_reset(email: str) -> None:
    member = queries.member_by_address(email)
    if member is None:
        return
    workspace = queries.current_workspace()
    payload = {"tenant": workspace.id, "account": member.account_id, "epoch": member.auth_epoch}
    token = tokens.sign("password-reset", payload)
    letters.post_password_reset(workspace, member.email, token, member.locale or workspace.locale)


def read_password_reset(token: str) -> MemberView:
    """Return the member whose password the link lets choose anew.

    Raises:
        BadToken: not ours, too old, or the password has been changed since.
    """
    payload = tokens.read("password-reset", token, max_age=RESET_SECONDS)
    member = queries.member_of_account(payload["account"])
    if payload["tenant"] != current_tenant_id() or member is None or member.auth_epoch != payload["epoch"]:
        raise tokens.BadToken
    return member


def reset_password(member: MemberView, *, new: str) -> None:
    """Store a new password for somebody who came by the link, which also proves that the address is theirs.

    Raises:
        WeakPassword: see `check_password`.
    """
    check_password(new, member.email)
    _set_password(claim_address(member), new)
    end_sessions(member.account_id)


def change_password(member: MemberView, *, old: str, new: str, session_id: int) -> MemberView:
    """Store a new password; every session but this one ends. Returns the member with the new epoch.

    Raises:
        WrongPassword: the old one is not right.
        WeakPassword: see `check_password`.
    """
    confirm_password(member, old)
    check_password(new, member.email)
    _set_password(member, new)
    end_sessions(member.account_id, but=session_id)
    changed = queries.member(member.id)
    assert changed is not None
    return changed


def confirm_password(member: MemberView, password: str) -> None:
    """Let somebody pass who is signed in and knows the password too: an open browser is not enough.

    Raises:
        WrongPassword: it is another one.
        RateLimited: it was tried too often.
    """
    limit("password-confirmation", str(member.account_id), count=10, seconds=900)
    if not verify_password(password, password_hash(member.account_id)):
        raise WrongPassword


def _set_password(member: MemberView, password: str) -> None:
    _store(member.account_id, password_hash=hash_password(password), auth_epoch=Account.auth_epoch + 1)
    workspace = queries.current_workspace()
    letters.post_password_changed(workspace, member.email, member.locale or workspace.locale)


def _store(account_id: int, **values: object) -> None:
    db.session.execute(sa.update(Account).where(Account.id == account_id).values(**values))


def request_workspaces_mail(email: str, locale: str) -> None:
    """Have the list of an address's workspaces mailed to it. Left to a job, for the same reason."""
    queue.enqueue("tenants.mail_workspaces", email, locale, queue="breaking")


def mail_workspaces(email: str, locale: str) -> None:
    known = queries.workspaces_of_address(email)
    if known:
        letters.post_workspaces(email, locale, known=known)
