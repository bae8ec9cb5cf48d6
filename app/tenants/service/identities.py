"""Coming in on a provider's word. An account is joined to a provider's person only by an address that the provider says
is theirs, and where the account has a second factor only after that was shown too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.core.errors import N_, Invalid, NotFound
from app.tenants import queries
from app.tenants.member_letters import Letter, post_to
from app.tenants.models import Identity
from app.tenants.providers import Shown, provider_name
from app.tenants.queries import MemberView


class NotProven(Invalid):
    message = N_("%(provider)s does not say that this e-mail address is yours, so it opens nothing. Use your password.")


class NobodyHere(Invalid):
    message = N_("Nobody in this workspace has the address %(email)s. Ask an administrator to invite you.")


@dataclass(frozen=True, slots=True)
class Connection:
    """A provider that somebody comes in by, and the address they have there."""

    id: int
    provider: str
    email: str
    created_at: datetime
    used_at: datetime | None


def member_shown(shown: Shown) -> MemberView:
    """Return the member of the present workspace whom a provider has shown: one who came in so before, else one with
    an address that is proven on both sides.

    Raises:
        NotProven: the provider vouches for no address.
        NobodyHere: no member is meant.
    """
    query = sa.select(Identity.account_id).where(Identity.issuer == shown.issuer, Identity.subject == shown.subject)
    account_id = db.session.scalar(query)
    known = queries.member_of_account(account_id) if account_id else None
    if known:
        return known
    if not shown.proven:
        raise NotProven(provider=provider_name(shown.issuer))
    found = queries.member_by_address(shown.email)
    if found is None or not found.verified:
        raise NobodyHere(email=shown.email)
    return found


def join_identity(member: MemberView, shown: Shown) -> None:
    """Have the provider's person be this member from now on, and write to the member if that is new."""
    values = {"account_id": member.account_id, "issuer": shown.issuer, "subject": shown.subject, "email": shown.email}
    fresh = insert(Identity).values(**values, used_at=sa.func.now())
    fresh = fresh.on_conflict_do_nothing(index_elements=["issuer", "subject"])
    if db.session.scalar(fresh.returning(Identity.id)) is not None:
        post_to(member, lambda: _letter(shown))
        return
    same = sa.and_(Identity.issuer == shown.issuer, Identity.subject == shown.subject)
    seen = {"used_at": sa.func.now(), "email": shown.email}
    db.session.execute(sa.update(Identity).where(same, Identity.account_id == member.account_id).values(**seen))


def _letter(shown: Shown) -> Letter:
    name = provider_name(shown.issuer)
    return Letter(
        subject=_("You can sign in with %(provider)s now", provider=name),
        paragraphs=[
            _("You came in with %(provider)s as %(email)s.", provider=name, email=shown.email),
            _("Was that not you? Disconnect it under Signing in, and choose another password."),
        ],
        button=_("Signing in"),
        path="/settings/security",
    )


def connections_of(account_id: int) -> list[Connection]:
    """Return the providers that a person comes in by."""
    columns: list[Any] = [Identity.id, Identity.issuer, Identity.email, Identity.created_at, Identity.used_at]
    rows = db.session.execute(sa.select(*columns).where(Identity.account_id == account_id).order_by(Identity.id))
    return [Connection(i, provider_name(issuer), email, made, used) for i, issuer, email, made, used in rows]


def disconnect(identity_id: int, account_id: int) -> None:
    """Have a provider's person be nobody's any more.

    Raises:
        NotFound: the account has no such connection.
    """
    own = sa.and_(Identity.id == identity_id, Identity.account_id == account_id)
    if db.session.scalar(sa.delete(Identity).where(own).returning(Identity.id)) is None:
        raise NotFound
