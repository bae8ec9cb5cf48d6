"""Who is signed in, and in which language and zone the answer is.

The cookie says `account id:auth epoch`. Each app has its own cookie key and its own members, so that a cookie of one
workspace means nothing in another; a changed password raises the epoch and ends every session from before it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Flask, current_app, g, has_request_context, request, session
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlalchemy.exc import SQLAlchemyError

from app.core.access import Role
from app.core.clock import now
from app.core.site import settings
from app.tenants import queries, support

LOCALES = ("ko", "en")
VISIT = "visit:"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person behind a request, or an operator who is `visiting` as an owner who lets them: they change nothing.

    On a workspace `id` is the member's, on the console (operators) it is 0."""

    id: int
    account_id: int
    auth_epoch: int
    role: Role
    name: str
    email: str
    locale: str | None
    theme: str
    verified: bool
    visiting: bool = False

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return f"{VISIT}{self.email}" if self.visiting else f"{self.account_id}:{self.auth_epoch}"


def init_login(app: Flask) -> None:
    """Let the members of a tenant's app sign in."""
    login_manager(app).user_loader(load_member)


def init_visitors(app: Flask) -> None:
    """On the site everybody is a visitor."""
    login_manager(app).user_loader(lambda _cookie: None)


def login_manager(app: Flask) -> LoginManager:
    """Have an app ask who is signed in; its caller says how a cookie is read."""
    manager = LoginManager()
    manager.session_protection = "basic"
    manager.init_app(app)
    return manager


def load_member(cookie: str) -> SignedIn | None:
    """Return the member whom the cookie names, if the session has not been ended and they still belong here."""
    if cookie.startswith(VISIT):
        return load_visit(cookie.removeprefix(VISIT))
    account_id, epoch = read_cookie(cookie)
    found = queries.member_of_account(account_id)
    return signed_in(found) if found and found.auth_epoch == epoch else None


def load_visit(email: str) -> SignedIn | None:
    """Return an operator as the owner who lets them look around, while that is so."""
    allowed = support.consent(now())
    still_operator = email in map(str.lower, settings().operator_emails)
    member = queries.member(allowed.member_id) if allowed and still_operator else None
    if member is None or member.role is not Role.OWNER:
        return None
    return replace(signed_in(member), name=email.partition("@")[0], email=email, visiting=True)


def read_cookie(cookie: str) -> tuple[int, int]:
    """Return account and epoch, or zeros for what is no cookie of ours."""
    account_id, _, epoch = cookie.partition(":")
    return (int(account_id), int(epoch)) if account_id.isdecimal() and epoch.isdecimal() else (0, 0)


def signed_in(member: queries.MemberView) -> SignedIn:
    return SignedIn(
        id=member.id,
        account_id=member.account_id,
        auth_epoch=member.auth_epoch,
        role=member.role,
        name=member.display_name,
        email=member.email,
        locale=member.locale,
        theme=member.theme,
        verified=member.verified,
    )


def begin(user: SignedIn) -> None:
    """Sign somebody in. Nothing that an earlier visitor of this browser had in the session survives it."""
    session.clear()
    session.permanent = True
    login_user(user)


def end() -> None:
    logout_user()
    session.clear()


def renew(user: SignedIn) -> None:
    """Go on as the same person with a new epoch, or as they are after a change."""
    login_user(user)


def choose_locale() -> str:
    """Return the language of the answer: the person's choice, else the browser's, else the workspace's."""
    if has_request_context():
        chosen = _preference("locale") or _browser_locale()
        if chosen in LOCALES:
            return str(chosen)
    return str(current_app.config["BABEL_DEFAULT_LOCALE"])


def choose_timezone() -> str:
    """Return the workspace's zone: everybody in it reads the same times."""
    return str(current_app.config["BABEL_DEFAULT_TIMEZONE"])


def _browser_locale() -> str | None:
    return request.accept_languages.best_match(LOCALES) if request.accept_languages else None


def _preference(name: str) -> str | None:
    """Read a choice of the signed-in person; an error page must come out also when the database does not answer."""
    if g.get("session_unreadable"):
        return None
    try:
        return getattr(current_user, name, None)
    except SQLAlchemyError:
        g.session_unreadable = True
        return None
