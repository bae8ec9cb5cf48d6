"""Who is signed in, and in which language and zone the answer is.

The cookie says `account id:auth epoch:session id`. Each app has its own cookie key and its own members, so that a
cookie of one workspace means nothing in another; a changed password raises the epoch and ends every session from before
it, and a session whose row is gone has ended too. (An operator's cookie on the console names no session.)
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace

from flask import Flask, current_app, g, has_request_context, request, session
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlalchemy.exc import SQLAlchemyError

from app.core.access import AnyRole, Permission, Role, allowed
from app.core.actor import Actor, ActorKind, act_as, cut_address, device_words
from app.core.clock import now
from app.core.site import settings
from app.tenants import queries, service, support
from app.tenants.providers import Shown

LOCALES = ("ko", "en")
VISIT = "visit:"
HALF = "half"
HALF_SECONDS = 600


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person behind a request, or an operator who is `visiting` as an owner who lets them: they change nothing.

    On a workspace `id` is the member's, on the console (operators) it is 0."""

    id: int
    account_id: int
    auth_epoch: int
    role: AnyRole
    name: str
    email: str
    locale: str | None
    theme: str
    verified: bool
    visiting: bool = False
    session_id: int = 0

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def may(self, permission: str) -> bool:
        """For pages, which offer only what one may do."""
        return allowed(self.role, Permission(permission))

    def get_id(self) -> str:
        if self.visiting:
            return f"{VISIT}{self.email}"
        ids = (self.account_id, self.auth_epoch, *([self.session_id] if self.session_id else []))
        return ":".join(map(str, ids))


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
    ids, _, session_id = cookie.rpartition(":")
    account_id, epoch = read_cookie(ids)
    found = queries.member_of_account(account_id)
    if found is None or found.auth_epoch != epoch or not session_id.isdecimal():
        return None
    return signed_in(found, int(session_id)) if service.is_open(int(session_id), account_id) else None


def load_visit(email: str) -> SignedIn | None:
    """Return an operator as the owner who lets them look around, while that is so."""
    consent = support.consent(now())
    still_operator = email in map(str.lower, settings().operator_emails)
    member = queries.member(consent.member_id) if consent and still_operator else None
    if member is None or member.role is not Role.OWNER:
        return None
    return replace(signed_in(member, 0), name=email.partition("@")[0], email=email, visiting=True)


def read_cookie(cookie: str) -> tuple[int, int]:
    """Return account and epoch, or zeros for what is no cookie of ours."""
    account_id, _, epoch = cookie.partition(":")
    return (int(account_id), int(epoch)) if account_id.isdecimal() and epoch.isdecimal() else (0, 0)


def signed_in(member: queries.MemberView, session_id: int) -> SignedIn:
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
        session_id=session_id,
    )


def come_in(member: queries.MemberView, way: service.Way) -> None:
    """Sign a member in to the present workspace, and write down from where."""
    place, device = cut_address(request.remote_addr or ""), device_words(request.user_agent.string)
    act_as(Actor(ActorKind.MEMBER, member.id, member.display_name, place, device))
    begin(signed_in(member, service.open_session(member.account_id, way=way, place=place, device=device)))


def stay_at_door(member: queries.MemberView, wanted: str, shown: Shown | None = None) -> None:
    """Remember that somebody knows the password, or was shown by a provider, and has yet to show the second factor.
    They are not signed in."""
    session.clear()
    half = {"account": member.account_id, "epoch": member.auth_epoch, "at": time.time(), "next": wanted}
    session[HALF] = half | ({"shown": asdict(shown)} if shown else {})


def at_door() -> tuple[queries.MemberView, str] | None:
    """Return who is half way in, and the page they want; None: nobody, or it took them too long."""
    half = session.get(HALF)
    if not half or time.time() - half["at"] > HALF_SECONDS:
        return None
    member = queries.member_of_account(half["account"])
    return (member, half["next"]) if member and member.auth_epoch == half["epoch"] else None


def shown_at_door() -> Shown | None:
    """Return whom a provider has shown, if that is how the one who is half way in came here."""
    shown = session.get(HALF, {}).get("shown")
    return Shown(**shown) if shown else None


def begin(user: SignedIn) -> None:
    """Sign somebody in. Nothing that an earlier visitor of this browser had in the session survives it."""
    session.clear()
    session.permanent = True
    login_user(user)


def end() -> None:
    """Sign out: the session's row goes, so that a copy of the cookie is worth nothing either."""
    if current_user.is_authenticated and current_user.session_id:
        service.end_session(current_user.session_id, current_user.account_id)
    logout_user()
    session.clear()


def renew(member: queries.MemberView) -> None:
    """Go on as the same person with a new epoch, or as they are after a change."""
    login_user(signed_in(member, current_user.session_id))


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
