"""What an entry of the suppression list keeps mail from, said in Python and in SQL.

An entry's key is an address (``a@b.kr``), a domain (``@b.kr``, with everything below it where the entry says so), or a
mark (``#…``) left by somebody who asked to be forgotten: a keyed hash that tells nobody who it was, and tells us when
the same address comes again. Nobody whom an entry covers is ever sent to, whatever list they are on.
"""

from __future__ import annotations

import hmac
import re
from typing import Any

import idna
import sqlalchemy as sa

from app.core.crypto import derive_key
from app.core.errors import N_, Invalid
from app.core.tenancy import current_tenant_id
from app.lists.models import Contact, Suppression

DOMAIN = "@"
ERASED = "#"
_BLOCK = 64
_DOMAIN = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+")

Text = sa.SQLColumnExpression[str]
Truth = sa.ColumnElement[bool]


class InvalidDomain(Invalid):
    message = N_("“%(domain)s” is not a domain. It looks like example.com.")


def domain_key(text: str) -> str:
    """Return the key of a domain's entry, as A-labels.

    Raises:
        InvalidDomain: the text is not a domain.
    """
    try:
        domain = idna.encode(text.strip().removeprefix("*.").lstrip("@").rstrip("."), uts46=True).decode()
    except idna.IDNAError as error:
        raise InvalidDomain(domain=text) from error
    if not _DOMAIN.fullmatch(domain):
        raise InvalidDomain(domain=text)
    return DOMAIN + domain


def erased_key(address_key: str) -> str:
    """Return the mark that somebody with this address leaves when they are forgotten (HMAC-SHA-256, RFC 2104)."""
    return ERASED + hmac.digest(_secret(), address_key.encode(), "sha256").hex()


def _secret() -> bytes:
    return derive_key(f"erased:{current_tenant_id()}")


def exact_domain(address_key: str) -> str:
    return DOMAIN + address_key.rpartition("@")[2]


def covering_keys(address_key: str) -> list[str]:
    """Return the keys of all entries that could cover an address; a parent domain's only if it says so."""
    labels = address_key.rpartition("@")[2].split(".")
    domains = [DOMAIN + ".".join(labels[at:]) for at in range(len(labels))]
    return [address_key, erased_key(address_key), *domains]


def not_suppressed(address_key: Text) -> Truth:
    """Say that no entry covers an address. One NOT EXISTS a kind, so that each can be an anti-join."""
    return sa.and_(*(~ground for ground in _grounds(address_key)))


def suppressed(address_key: Text) -> Truth:
    """Say that an entry covers an address; for a page of rows (a whole list: `suppressed_people`)."""
    return sa.or_(*_grounds(address_key))


def suppressed_people() -> sa.Select[Any]:
    """(contact_id) of everybody whom an entry covers.

    Plan: addresses from the small side by their key; contacts are walked through only if there is an entry of a kind
    that needs it (a one-time filter).
    """
    same = Suppression.address_key == Contact.address_key
    by_address = _people().join(Suppression, sa.and_(_mine(Suppression), same))
    _, domain, below, erased = _grounds(Contact.address_key)
    by_domain = _people().where(_any_of(DOMAIN), sa.or_(domain, below))
    by_mark = _people().where(_any_of(ERASED), erased)
    return sa.select(sa.union(by_address, by_domain, by_mark).subquery().c.contact_id)


def _people() -> sa.Select[Any]:
    column: sa.ColumnElement[Any] = Contact.id.label("contact_id")
    return sa.select(column).where(_mine(Contact))


def _grounds(address_key: Text) -> tuple[Truth, Truth, Truth, Truth]:
    return (_by_address(address_key), _by_domain(address_key), _by_parent(address_key), forgotten(address_key))


def _by_address(address_key: Text) -> Truth:
    return sa.exists().where(_mine(Suppression), Suppression.address_key == address_key)


def _by_domain(address_key: Text) -> Truth:
    domain = sa.literal(DOMAIN).concat(sa.func.split_part(address_key, "@", 2))
    return sa.exists().where(_mine(Suppression), Suppression.address_key == domain)


def _by_parent(address_key: Text) -> Truth:
    """Patterns of domains whose subdomains count, gathered once; there are few."""
    pattern = sa.literal("%.").concat(sa.func.replace(sa.func.substr(Suppression.address_key, 2), "_", "\\_"))
    patterns = sa.select(pattern).where(_mine(Suppression), Suppression.subdomains)
    return address_key.like(sa.func.any(sa.func.array(patterns.scalar_subquery(), type_=sa.ARRAY(sa.Text))))


def forgotten(address_key: Text) -> Truth:
    """Say that an address is somebody's who asked to be forgotten.

    Hashing costs a microsecond a row: it is done only where somebody was forgotten.
    """
    marks = sa.select(Suppression.address_key).where(_mine(Suppression), Suppression.address_key.startswith(ERASED))
    return sa.and_(_any_of(ERASED), mark_of(address_key).in_(marks))


def mark_of(address_key: Text) -> Text:
    """`erased_key` as an expression: HMAC spelled out, for PostgreSQL has SHA-256 but no HMAC of its own."""
    inner, outer = (_padded(byte) for byte in (0x36, 0x5C))
    message = sa.func.convert_to(address_key, "UTF8", type_=sa.LargeBinary)
    hashed = sa.func.sha256(outer.concat(sa.func.sha256(inner.concat(message), type_=sa.LargeBinary)))
    return sa.literal(ERASED).concat(sa.func.encode(hashed, "hex"))


def _padded(byte: int) -> sa.ColumnElement[bytes]:
    padded = bytes(part ^ byte for part in _secret().ljust(_BLOCK, b"\0"))
    return sa.literal(padded, sa.LargeBinary)


def _any_of(kind: str) -> Truth:
    return sa.exists().where(_mine(Suppression), Suppression.address_key.startswith(kind)).correlate(None)


def _mine(model: Any) -> Truth:
    """The tenant's rows. Row-level security says so too; said here, the planner can use the number."""
    mine: Truth = model.tenant_id == current_tenant_id()
    return mine
