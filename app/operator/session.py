"""Who is signed in to the console: an account whose verified address is in the settings. Cookies as in a workspace."""

from __future__ import annotations

from flask import Flask

from app.core.access import Role
from app.tenants import queries
from app.tenants.session import SignedIn, login_manager, read_cookie


def init_login(app: Flask) -> None:
    """Let operators sign in."""
    login_manager(app).user_loader(load_operator)


def load_operator(cookie: str) -> SignedIn | None:
    """Return the operator whom the cookie names, if the session has not been ended and they still are one."""
    account_id, epoch = read_cookie(cookie)
    found = queries.operator(account_id)
    return signed_in(found) if found and found.auth_epoch == epoch else None


def signed_in(account: queries.AccountView) -> SignedIn:
    return SignedIn(
        id=0,
        account_id=account.id,
        auth_epoch=account.auth_epoch,
        role=Role.ANALYST,
        name=account.display_name,
        email=account.email,
        locale=account.locale,
        theme=account.theme,
        verified=account.verified,
    )
