"""Making, taking back and recognising keys; doing once what is asked for twice."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.api import queries
from app.api.models import ApiAnswer, ApiKey
from app.core.access import Permission, allowed
from app.core.crypto import derive_key
from app.core.db import db
from app.core.errors import N_, Conflict, DomainError, Forbidden, Invalid
from app.core.tenancy import current_tenant_id
from app.tenants.queries import MemberView, member

# What the interface can ask for; who a key belongs to and what is paid stays with people.
SCOPES = (Permission.VIEW, Permission.EDIT_LISTS, Permission.WRITE, Permission.SEND)
MOST_KEYS = 50
KEPT_FOR = timedelta(hours=24)
LONGEST_NAME = 200
_MARK = "mp"


class KeyRefused(DomainError):
    message = N_("This key is not valid here. It may have been revoked, or its last day may be over.")
    status = 401


class WrongPlace(Forbidden):
    message = N_("This key may not be used from your network address.")


class BeyondRights(Forbidden):
    message = N_("A key may do no more than you may yourself. No key was made.")


class TooManyKeys(Invalid):
    message = N_("A workspace can have %(count)s keys. Revoke one first.")


class NoNetwork(Invalid):
    about = "networks"
    message = N_("“%(text)s” is not a network. It looks like 203.0.113.7 or 203.0.113.0/24.")


class OverAlready(Invalid):
    about = "expires_on"
    message = N_("The last day must not be over already.")


class OtherRequest(Conflict):
    message = N_("This Idempotency-Key was used for another request in the last 24 hours. Nothing was done.")
    status = 422


@dataclass(frozen=True, slots=True)
class Wish:
    """What a key is to be. `networks` as typed: addresses or networks."""

    name: str
    scopes: frozenset[Permission]
    expires_on: date | None = None
    networks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever comes with a key: the key by number and name, the member it belongs to, what it may do."""

    id: int
    name: str
    member: MemberView
    scopes: frozenset[Permission]


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given before."""

    status: int
    body: bytes


def make_key(wish: Wish, *, maker: MemberView, today: date) -> str:
    """Make a key and return it. It is nowhere else: whoever does not keep it makes another one.

    Raises:
        BeyondRights: it would be able to do something that its maker is not allowed to.
        TooManyKeys, NoNetwork, OverAlready: it cannot be made.
    """
    if not wish.scopes <= _of(maker):
        raise BeyondRights
    if wish.expires_on and wish.expires_on < today:
        raise OverAlready
    if len(queries.keys()) >= MOST_KEYS:
        raise TooManyKeys(count=MOST_KEYS)
    prefix = secrets.token_hex(6)
    token = f"{_MARK}_{prefix}_{secrets.token_urlsafe(32)}"
    made = ApiKey(
        member_id=maker.id, name=wish.name, prefix=prefix, digest=_digest(token), expires_on=wish.expires_on,
        scopes=[each.value for each in SCOPES if each in wish.scopes], networks=[_network(t) for t in wish.networks],
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    return token


def _of(maker: MemberView) -> frozenset[Permission]:
    return frozenset(each for each in SCOPES if allowed(maker.role, each))


def _network(text: str) -> str:
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        raise NoNetwork(text=text) from None


def _digest(token: str) -> bytes:
    return hmac.digest(derive_key("api-key"), token.encode(), "sha256")


def offered(maker: MemberView) -> list[Permission]:
    """Return what a member may let a key do."""
    return [each for each in SCOPES if each in _of(maker)]


def revoke(key_id: int, *, now: datetime) -> None:
    """End a key at once; its row stays for the log."""
    queries.key(key_id).revoked_at = now
    db.session.flush()


def holder(token: str, *, place: str, today: date) -> Holder:
    """Return who comes with this key from this address, and note the day.

    Raises:
        KeyRefused: it is no key of this workspace, was revoked, is over, or its member has left.
        WrongPlace: it may not be used from there.
    """
    found = queries.key_by_prefix(token.split("_")[1]) if token.count("_") >= 2 else None
    genuine = hmac.compare_digest(found.digest if found else bytes(32), _digest(token))
    if found is None or not genuine or found.revoked_at or (found.expires_on and found.expires_on < today):
        raise KeyRefused
    owner = member(found.member_id)
    if owner is None:
        raise KeyRefused
    if found.networks and not _is_within(place, found.networks):
        raise WrongPlace
    if found.used_on != today:
        _note_used(found.id, today)
    return Holder(found.id, found.name, owner, frozenset(map(Permission, found.scopes)) & _of(owner))


def _is_within(place: str, networks: Sequence[str]) -> bool:
    try:
        address: IPv4Address | IPv6Address = ip_address(place)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    known: list[IPv4Network | IPv6Network] = [ip_network(each) for each in networks]
    return any(address in each for each in known)


def _note_used(key_id: int, today: date) -> None:
    """Outside of the request's transaction, which may be read-only: that somebody looks is no change of theirs."""
    mine = sa.and_(ApiKey.tenant_id == current_tenant_id(), ApiKey.id == key_id)
    with db.engines[None].begin() as connection:
        connection.execute(sa.update(ApiKey).where(mine).values(used_on=today))


def answered_before(key_id: int, name: str, request: bytes, *, now: datetime) -> Kept | None:
    """Return what this key was answered when it asked for this under this name; None: it is the first time.

    The same request on its way a second time waits here for the first: both write the same row.

    Raises:
        OtherRequest: the name stands for another request.
    """
    mine = ApiAnswer.tenant_id == current_tenant_id()
    db.session.execute(sa.delete(ApiAnswer).where(mine, ApiAnswer.created_at < now - KEPT_FOR))
    digest = hashlib.sha256(request).digest()
    written = insert(ApiAnswer).values(key_id=key_id, name=name, digest=digest).on_conflict_do_nothing()
    if db.session.scalar(written.returning(ApiAnswer.key_id)) is not None:
        return None
    row = db.session.scalars(sa.select(ApiAnswer).where(mine, ApiAnswer.key_id == key_id, ApiAnswer.name == name)).one()
    if row.digest != digest:
        raise OtherRequest
    return Kept(row.status, row.body)


def keep_answer(key_id: int, name: str, kept: Kept) -> None:
    """Write down the answer to a request that came with a name."""
    mine = sa.and_(ApiAnswer.tenant_id == current_tenant_id(), ApiAnswer.key_id == key_id, ApiAnswer.name == name)
    db.session.execute(sa.update(ApiAnswer).where(mine).values(status=kept.status, body=kept.body))
