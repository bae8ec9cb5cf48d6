"""Where somebody is signed in: a row for each browser, which its owner can end from any other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import NotFound
from app.core.tenancy import control_plane, current_tenant_id
from app.tenants.models import PersonSession, Tenant

SEEN_EVERY = sa.text("interval '5 minutes'")


class Way(StrEnum):
    """How somebody came in."""

    PASSWORD = "password"  # noqa: S105 - a word, not a password
    TWO_STEPS = "two_steps"
    PASSKEY = "passkey"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Presence:
    """One browser of a person, in one of their workspaces."""

    id: int
    workspace: str
    way: str
    place: str
    device: str
    created_at: datetime
    seen_at: datetime


def open_session(account_id: int, *, way: Way, place: str, device: str) -> int:
    """Write down that somebody came in to the present workspace."""
    row = PersonSession(account_id=account_id, way=way, place=place, device=device)
    db.session.add(row)
    db.session.flush()
    return row.id


def is_open(session_id: int, account_id: int) -> bool:
    """Tell whether a session of the present workspace has not been ended, and note now and then that it is used."""
    query = sa.select(PersonSession.seen_at < sa.func.now() - SEEN_EVERY).where(_own(session_id, account_id))
    stale = db.session.scalar(query)
    if stale:
        _note_seen(session_id, account_id)
    return stale is not None


def _own(session_id: int, account_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        PersonSession.tenant_id == current_tenant_id(),
        PersonSession.id == session_id,
        PersonSession.account_id == account_id,
    )


def _note_seen(session_id: int, account_id: int) -> None:
    """Outside of the request's transaction, which may be read-only: that somebody looks is no change of theirs."""
    change = sa.update(PersonSession).where(_own(session_id, account_id)).values(seen_at=sa.func.now())
    with db.engines[None].begin() as connection:
        connection.execute(change)


def sessions_of(account_id: int) -> list[Presence]:
    """Return where a person is signed in, in all their workspaces. Control plane: shown to that person alone."""
    query = (
        sa.select(
            PersonSession.id, Tenant.name, PersonSession.way, PersonSession.place, PersonSession.device,
            PersonSession.created_at, PersonSession.seen_at,
        )
        .join(Tenant, Tenant.id == PersonSession.tenant_id)
        .where(PersonSession.account_id == account_id)
        .order_by(PersonSession.seen_at.desc(), PersonSession.id.desc())
    )  # fmt: skip
    with control_plane():
        return [Presence(*row) for row in db.session.execute(query)]


def end_session(session_id: int, account_id: int) -> None:
    """End one of a person's own sessions, in whichever workspace. Control plane.

    Raises:
        NotFound: they have no such session.
    """
    own = sa.and_(PersonSession.id == session_id, PersonSession.account_id == account_id)
    with control_plane():
        if db.session.scalar(sa.delete(PersonSession).where(own).returning(PersonSession.id)) is None:
            raise NotFound


def end_sessions(account_id: int, *, but: int = 0) -> None:
    """End all of a person's sessions everywhere, one excepted. Control plane."""
    with control_plane():
        db.session.execute(
            sa.delete(PersonSession).where(PersonSession.account_id == account_id, PersonSession.id != but)
        )


def last_seen() -> dict[int, datetime]:
    """Return when each account was last seen in the present workspace, by account."""
    query = (
        sa.select(PersonSession.account_id, sa.func.max(PersonSession.seen_at))
        .where(PersonSession.tenant_id == current_tenant_id())
        .group_by(PersonSession.account_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}
