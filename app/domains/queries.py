"""Reading sending domains: how they stand, what they need, and what mail from an address is signed with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import sqlalchemy as sa
import structlog

from app.core.db import db
from app.core.errors import NotFound
from app.core.site import settings
from app.core.tenancy import control_plane, current_tenant_id
from app.domains import vault
from app.domains.keys import record_text
from app.domains.models import DomainKey, DomainRecord, SendingDomain, ServiceKey
from app.domains.names import display, domain_of
from app.domains.records import RETURN_PATH_HOST, TRACKING_HOST, Wanted, wanted_records
from app.domains.terms import (
    COUNTED,
    DKIM_PURPOSES,
    ED25519,
    ED25519_SELECTORS,
    PURPOSE_OF,
    RSA,
    Algorithm,
    Purpose,
    RecordState,
    Standing,
    other_selector,
)

log = structlog.get_logger(__name__)

SERVICE_LABEL = "service"


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record as last seen. `by_alias`: it is a CNAME to us, so that we can change what is behind it."""

    purpose: Purpose
    state: RecordState
    found: tuple[str, ...] = ()
    by_alias: bool = False
    was_good: bool = False
    changed_at: datetime | None = None

    @property
    def good(self) -> bool:
        return self.state is RecordState.GOOD


@dataclass(frozen=True, slots=True)
class Turn:
    """Which of a kind's two keys is in service, and since when."""

    selector: str
    since: datetime

    @property
    def spare(self) -> str:
        return other_selector(self.selector)


@dataclass(frozen=True, slots=True)
class DomainView:
    """A sending domain of the present workspace. `unanswered`: what DNS did not answer for at the last look.

    `ed25519`: a second signature of that kind is wished for.
    """

    id: int
    name: str
    token: str
    verified_at: datetime | None
    active_selector: str
    ed25519: bool
    rotated_at: datetime
    active_ed25519: str
    ed25519_rotated_at: datetime
    checked_at: datetime | None
    unanswered: tuple[Purpose, ...]
    looks_without_change: int
    next_check_at: datetime
    records: Mapping[Purpose, RecordView] = field(default_factory=dict)

    @property
    def display(self) -> str:
        return display(self.name)

    @property
    def verified(self) -> bool:
        return self.verified_at is not None

    @property
    def good_count(self) -> int:
        return sum(self.record(purpose).good for purpose in COUNTED)

    @property
    def complete(self) -> bool:
        return self.verified and self.good_count == len(COUNTED)

    @property
    def settled(self) -> bool:
        """Whether everything that is asked for is there."""
        return self.complete and (self.signs_twice or not self.ed25519)

    @property
    def signs_twice(self) -> bool:
        """Whether receivers can see the key of the second signature as well. It never stands alone: few know it."""
        return self.second_selector is not None

    def record(self, purpose: Purpose) -> RecordView:
        return self.records.get(purpose) or RecordView(purpose, RecordState.UNSEEN)

    @property
    def algorithms(self) -> tuple[Algorithm, ...]:
        """The kinds of keys that the domain has."""
        return (RSA, ED25519) if self.ed25519 else (RSA,)

    def turn(self, algorithm: Algorithm) -> Turn:
        if algorithm == RSA:
            return Turn(self.active_selector, self.rotated_at)
        return Turn(self.active_ed25519, self.ed25519_rotated_at)

    @property
    def signing_selector(self) -> str | None:
        """The selector to sign with: the active one if receivers can see its key, else the other one, else none."""
        return self._visible(RSA)

    @property
    def second_selector(self) -> str | None:
        """The selector of the second signature, if there is one."""
        return self._visible(ED25519) if self.ed25519 and self.signing_selector else None

    def _visible(self, algorithm: Algorithm) -> str | None:
        turn = self.turn(algorithm)
        order = (turn.selector, turn.spare)
        return next((s for s in order if self.verified and self.record(PURPOSE_OF[s]).good), None)

    def spare(self, algorithm: Algorithm = RSA) -> RecordView:
        """Return the record of the key that is not in service."""
        return self.record(PURPOSE_OF[self.turn(algorithm).spare])

    def rotates_alone(self, algorithm: Algorithm = RSA) -> bool:
        """Tell whether the spare key can be put in service and be renewed without the customer."""
        spare = self.spare(algorithm)
        return self.verified and spare.good and spare.by_alias

    @property
    def standing(self) -> Standing:
        if not self.verified:
            return Standing.TAKEN if self.record(Purpose.OWNERSHIP).good else Standing.UNPROVEN
        if any(self._lost(purpose) for purpose in (Purpose.OWNERSHIP, *DKIM_PURPOSES.values())):
            return Standing.FAILING
        if self.signing_selector is None:
            return Standing.UNSIGNED
        return Standing.READY if self.complete else Standing.PARTIAL

    def _lost(self, purpose: Purpose) -> bool:
        seen = self.record(purpose)
        return seen.was_good and seen.state in (RecordState.MISSING, RecordState.WRONG)


@dataclass(frozen=True, slots=True)
class SigningIdentity:
    """Whom a mail is signed as (RFC 6376: d=, s=, a=), with the private key as PKCS #8 in PEM."""

    domain: str
    selector: str
    algorithm: Algorithm
    private_pem: bytes = field(repr=False)


_PLAIN = [name for name in DomainView.__dataclass_fields__ if name not in ("records", "unanswered")]


def domains() -> list[DomainView]:
    """Return the workspace's domains by name."""
    query = sa.select(SendingDomain).where(SendingDomain.tenant_id == current_tenant_id())
    rows = list(db.session.scalars(query.order_by(SendingDomain.name)))
    records = _records([row.id for row in rows])
    return [_view(row, records.get(row.id, {})) for row in rows]


def domain(domain_id: int) -> DomainView:
    """Return a domain of the workspace.

    Raises:
        NotFound: it has none of this number.
    """
    own = sa.and_(SendingDomain.tenant_id == current_tenant_id(), SendingDomain.id == domain_id)
    row = db.session.scalar(sa.select(SendingDomain).where(own).execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return _view(row, _records([domain_id]).get(domain_id, {}))


def domain_of_address(address: str) -> DomainView | None:
    """Return the workspace's domain that an address is in, verified or not."""
    return _named(domain_of(address), current_tenant_id())


def _named(name: str, tenant_id: int | None) -> DomainView | None:
    own = sa.and_(SendingDomain.tenant_id == tenant_id, SendingDomain.name == name)
    row = db.session.scalar(sa.select(SendingDomain).where(own))
    return _view(row, _records([row.id], tenant_id).get(row.id, {})) if row else None


def _view(row: SendingDomain, records: Mapping[Purpose, RecordView]) -> DomainView:
    plain = {name: getattr(row, name) for name in _PLAIN}
    return DomainView(**plain, unanswered=tuple(map(Purpose, row.unanswered)), records=records)


def _records(domain_ids: list[int], tenant_id: int | None = None) -> dict[int, dict[Purpose, RecordView]]:
    mine = DomainRecord.tenant_id == (tenant_id or current_tenant_id())
    query = sa.select(DomainRecord).where(mine, DomainRecord.domain_id.in_(domain_ids))
    found: dict[int, dict[Purpose, RecordView]] = {}
    for row in db.session.scalars(query.execution_options(populate_existing=True)) if domain_ids else ():
        view = RecordView(
            Purpose(row.purpose), RecordState(row.state), tuple(row.found), row.by_alias, row.was_good, row.changed_at
        )
        found.setdefault(row.domain_id, {})[view.purpose] = view
    return found


def wanted(found: DomainView) -> list[Wanted]:
    """Return the records that a domain needs, in the order of `Purpose`."""
    mine = sa.and_(DomainKey.tenant_id == current_tenant_id(), DomainKey.domain_id == found.id)
    rows = db.session.execute(sa.select(DomainKey.selector, DomainKey.public, DomainKey.algorithm).where(mine))
    keys = {selector: record_text(public, algorithm) for selector, public, algorithm in rows}
    if not found.ed25519:
        keys = {selector: text for selector, text in keys.items() if selector not in ED25519_SELECTORS}
    ours = settings()
    return wanted_records(found.name, found.token, keys, mail_domain=ours.mail_domain, tracking_host=ours.tracking_host)


def health(sender_address: str) -> str:
    """Return one word for the domains of the workspace: ok, warning, failing, or shared where there is none.

    What the workspace usually sends from counts most; any domain that broke counts too.
    """
    found = domains()
    if any(each.standing is Standing.FAILING for each in found):
        return "failing"
    usual = next((each for each in found if each.name == domain_of(sender_address)), None)
    if usual is None:
        return "warning" if found else "shared"
    return "ok" if usual.standing in (Standing.READY, Standing.PARTIAL) else "warning"


# --- signing ----------------------------------------------------------------------------------------------------


def signing_keys(address: str, *, tenant_id: int | None = None) -> list[SigningIdentity]:
    """Return what mail from an address is signed with: the address's own domain where it is verified, else ours.

    Without `tenant_id` the present workspace's domains count. The list is empty only where there is no key at all.
    """
    tenant_id = tenant_id or current_tenant_id()
    own = _named(domain_of(address), tenant_id) if tenant_id else None
    first, second = (own.signing_selector, own.second_selector) if own else (None, None)
    identity = _own_identity(own, tenant_id, first) if own and first else None
    other = _own_identity(own, tenant_id, second) if own and identity and second else None
    return [each for each in (identity or _service_identity(), other) if each]


def _own_identity(own: DomainView, tenant_id: int | None, selector: str) -> SigningIdentity | None:
    key = db.session.get_one(DomainKey, (tenant_id, own.id, selector))
    return _opened(own.name, key, key_label(key.tenant_id, own.id, selector))


def _service_identity() -> SigningIdentity | None:
    """The key that stands for the service. Control plane: it belongs to no workspace."""
    with control_plane():
        key = db.session.scalar(sa.select(ServiceKey).where(ServiceKey.active))
    return _opened(settings().mail_domain, key, key_label(None, None, key.selector)) if key else None


def _opened(name: str, key: DomainKey | ServiceKey, label: str) -> SigningIdentity | None:
    try:
        private = vault.unlock(key.locked, label=label)
    except vault.CannotOpen as error:
        log.error("signing_key_does_not_open", domain=name, selector=key.selector, reason=str(error))
        return None
    return SigningIdentity(name, key.selector, cast(Algorithm, key.algorithm), private)


def key_label(tenant_id: int | None, domain_id: int | None, selector: str) -> str:
    """Return whose key it is, in the words that it is locked with."""
    return f"{tenant_id}/{domain_id}/{selector}" if tenant_id else f"{SERVICE_LABEL}/{selector}"


def return_path_domain(address: str) -> str:
    """Return the domain that bounces of mail from an address go to: under its own where that leads to us (RFC 7489,
    3.1: so SPF is aligned with From), else ours."""
    own = domain_of_address(address)
    if own and own.verified and own.record(Purpose.RETURN_PATH).good:
        return f"{RETURN_PATH_HOST}.{own.name}"
    return settings().mail_domain


def link_base(address: str) -> str:
    """Return the address that links in mail from `address` begin with, where its domain has a name for them."""
    own = domain_of_address(address) if settings().tracking_host else None
    if own is None or not (own.verified and own.record(Purpose.TRACKING).good):
        return ""
    return f"{settings().scheme}://{TRACKING_HOST}.{own.name}{settings().port_suffix}"


def tenant_of_link_host(host: str) -> int | None:
    """Return whose links a host name carries. Control plane: asked before any tenant is known, outside of any app."""
    label, _, name = host.partition(".")
    if label != TRACKING_HOST or not settings().tracking_host:
        return None
    query = sa.select(SendingDomain.tenant_id).where(SendingDomain.name == name, SendingDomain.verified_at.is_not(None))
    with db.engines[None].connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        return connection.scalar(query)


def published_keys() -> list[tuple[str, str, str]]:
    """Return (token, selector, record) of every key of every workspace's domains. Control plane: for our DNS zone."""
    joined = sa.and_(DomainKey.tenant_id == SendingDomain.tenant_id, DomainKey.domain_id == SendingDomain.id)
    columns = (SendingDomain.token, DomainKey.selector, DomainKey.public, DomainKey.algorithm)
    query = sa.select(*columns).join(DomainKey, joined)
    with control_plane():
        rows = db.session.execute(query.order_by(SendingDomain.token, DomainKey.selector)).all()
    return [(token, selector, record_text(public, algorithm)) for token, selector, public, algorithm in rows]


def service_keys() -> list[tuple[str, str]]:
    """Return (selector, public key) of the service's own keys. Control plane."""
    with control_plane():
        rows = db.session.execute(sa.select(ServiceKey.selector, ServiceKey.public).order_by(ServiceKey.selector)).all()
    return [(selector, public) for selector, public in rows]
