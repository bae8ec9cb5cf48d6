"""A person's e-mail address, changed: the new one must answer, and the old one is told."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.core import tokens
from app.core.db import db
from app.core.limits import limit
from app.core.tenancy import control_plane, current_tenant_id
from app.tenants import letters, queries
from app.tenants.models import Account
from app.tenants.queries import MemberView
from app.tenants.service.passwords import confirm_password
from app.tenants.service.sessions import end_sessions
from app.tenants.service.workspace import NotVerified

CHANGE_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class AddressChange:
    """What the link in the mail to the new address stands for."""

    member: MemberView
    address: str


def request_address(member: MemberView, address: str, *, password: str) -> None:
    """Mail a link to the new address. One that has an account already gets none, and no answer tells so.

    Raises:
        NotVerified: the present address is not confirmed yet.
        WrongPassword: it is another one.
        RateLimited: the address has got too many such mails today.
    """
    if not member.verified:
        raise NotVerified
    confirm_password(member, password)
    limit("address-mail", address, count=5, seconds=24 * 3600)
    workspace = queries.current_workspace()
    payload = {"tenant": workspace.id, "account": member.account_id, "epoch": member.auth_epoch, "address": address}
    if queries.verified_account(address) is None:
        letters.post_address_check(
            workspace, address, tokens.sign("address", payload), member.locale or workspace.locale
        )


def read_address_change(token: str) -> AddressChange:
    """Return what a link of the present workspace stands for.

    Raises:
        BadToken: not ours, too old, used, or the password has been changed since.
    """
    payload = tokens.read("address", token, max_age=CHANGE_SECONDS)
    member = queries.member_of_account(payload["account"])
    if payload["tenant"] != current_tenant_id() or member is None or member.auth_epoch != payload["epoch"]:
        raise tokens.BadToken
    return AddressChange(member, payload["address"])


def change_address(change: AddressChange) -> None:
    """Store the new address, tell the old one, and end every session: links to the old address open nothing now.

    Raises:
        BadToken: somebody has signed up with the address in the meantime.
    """
    member, workspace = change.member, queries.current_workspace()
    values = {"email": change.address, "auth_epoch": Account.auth_epoch + 1}
    try:
        with control_plane(), db.session.begin_nested():
            db.session.execute(sa.update(Account).where(Account.id == member.account_id).values(**values))
    except IntegrityError as error:
        raise tokens.BadToken from error
    end_sessions(member.account_id)
    letters.post_address_changed(workspace, member.email, change.address, member.locale or workspace.locale)
