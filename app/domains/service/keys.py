"""The life of DKIM keys: made, rotated, renewed. The private half never leaves the vault here."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.core import queue
from app.core.db import db
from app.core.errors import N_, Conflict
from app.core.tenancy import control_plane, current_tenant_id
from app.domains import pace, queries, vault
from app.domains.keys import KeyPair, make_pair
from app.domains.models import DomainKey, DomainRecord, SendingDomain, ServiceKey
from app.domains.queries import DomainView, key_label
from app.domains.service.rows import change, own
from app.domains.terms import (
    ED25519,
    ED25519_PURPOSES,
    ED25519_SELECTORS,
    PURPOSE_OF,
    RSA,
    SELECTORS,
    Algorithm,
    RecordState,
)

# Where the row of a domain keeps which key of a kind is in service, and since when.
TURNS = {RSA: ("active_selector", "rotated_at"), ED25519: ("active_ed25519", "ed25519_rotated_at")}


class KeyNotVisible(Conflict):
    message = N_("The other key cannot be seen in DNS yet, so nothing was changed. Set its record first.")


def make_keys(domain_id: int) -> None:
    """Make a key for each selector of a new domain."""
    for selector in SELECTORS:
        db.session.execute(insert(DomainKey).values(_key_row(domain_id, selector)))


def _key_row(domain_id: int, selector: str, algorithm: Algorithm = RSA) -> dict[str, object]:
    pair, tenant_id = make_pair(algorithm), current_tenant_id()
    locked = vault.lock(pair.private_pem, label=key_label(tenant_id, domain_id, selector))
    return {
        "tenant_id": tenant_id,
        "domain_id": domain_id,
        "selector": selector,
        "algorithm": algorithm,
        "locked": locked,
        "public": pair.public,
    }


def plan_key_work(found: DomainView, now: datetime) -> None:
    """Ask for a rotation or a fresh spare key where its time has come. Only what is a CNAME to us can change alone."""
    if any(found.rotates_alone(kind) and _has_served(found, kind, now) for kind in found.algorithms):
        queue.enqueue("domains.rotate_keys", found.id)
    elif any(_wants_fresh_spare(found, kind, now) for kind in found.algorithms):
        queue.enqueue("domains.renew_spare_key", found.id)


def _has_served(found: DomainView, algorithm: Algorithm, now: datetime) -> bool:
    return found.turn(algorithm).since <= now - pace.KEY_SERVES_FOR


def _wants_fresh_spare(found: DomainView, algorithm: Algorithm, now: datetime) -> bool:
    """Whether the spare key served before the last rotation, so long ago that no mail of it can be under way."""
    turn = found.turn(algorithm)
    key = db.session.get(DomainKey, (current_tenant_id(), found.id, turn.spare), populate_existing=True)
    if key is None:  # the second signature is older than its second key
        return True
    rested = turn.since <= now - pace.OLD_KEY_STAYS_FOR
    return found.spare(algorithm).by_alias and rested and key.created_at < turn.since


def rotate_keys(domain_id: int, *, now: datetime, algorithm: Algorithm = RSA) -> None:
    """Sign with the other key from now on. The one used so far stays published, for mail that is under way.

    Raises:
        NotFound: the workspace has no such domain.
        KeyNotVisible: receivers could not verify the other key.
    """
    found = queries.domain(domain_id)
    if not (found.verified and found.spare(algorithm).good):
        raise KeyNotVisible
    turn, (active, since) = found.turn(algorithm), TURNS[algorithm]
    db.session.execute(
        sa.update(SendingDomain)
        .where(own(domain_id), getattr(SendingDomain, active) == turn.selector)
        .values({active: turn.spare, since: now})
        .execution_options(synchronize_session=False)
    )


def rotate_when_due(domain_id: int, *, now: datetime) -> None:
    """Rotate each kind whose present key has served its time, if the other can be seen; twice rotates once.

    Raises:
        NotFound: the workspace has no such domain.
    """
    found = queries.domain(domain_id)
    for algorithm in found.algorithms:
        if _has_served(found, algorithm, now):
            with suppress(KeyNotVisible):
                rotate_keys(domain_id, now=now, algorithm=algorithm)


def renew_spare_keys(domain_id: int, *, now: datetime) -> None:
    """Replace keys that served before the last rotation, once no mail signed with them can be under way any more.

    Does nothing where that time has not come, or where the customer's DNS holds the key itself.

    Raises:
        NotFound: the workspace has no such domain.
    """
    found = queries.domain(domain_id)
    for algorithm in found.algorithms:
        if _wants_fresh_spare(found, algorithm, now):
            _renew(domain_id, found.turn(algorithm).spare, algorithm, now)


def _renew(domain_id: int, selector: str, algorithm: Algorithm, now: datetime) -> None:
    fresh = insert(DomainKey).values(_key_row(domain_id, selector, algorithm) | {"created_at": now})
    kept = {name: fresh.excluded[name] for name in ("locked", "public", "created_at")}
    db.session.execute(fresh.on_conflict_do_update(index_elements=["tenant_id", "domain_id", "selector"], set_=kept))
    _await_key(domain_id, selector, now)


def _await_key(domain_id: int, selector: str, now: datetime) -> None:
    """Nothing is signed with the fresh key before it has been seen."""
    record = sa.and_(DomainRecord.tenant_id == current_tenant_id(), DomainRecord.domain_id == domain_id)
    db.session.execute(
        sa.update(DomainRecord)
        .where(record, DomainRecord.purpose == PURPOSE_OF[selector])
        .values(state=RecordState.AWAITED, changed_at=now)
        .execution_options(synchronize_session=False)
    )


def sign_twice(domain_id: int, *, now: datetime) -> None:
    """Sign with Ed25519 as well, as soon as a key of it is seen. The keys are made the first time.

    Raises:
        NotFound: the workspace has no such domain.
    """
    if queries.domain(domain_id).ed25519:
        return
    rows = [_key_row(domain_id, selector, ED25519) | {"created_at": now} for selector in ED25519_SELECTORS]
    fresh = insert(DomainKey).values(rows).on_conflict_do_nothing().returning(DomainKey.selector)
    begins = {"ed25519_rotated_at": now} if db.session.scalars(fresh).all() else {}
    change(domain_id, ed25519=True, looks_without_change=0, next_check_at=now, **begins)


def sign_once(domain_id: int) -> None:
    """Leave out the second signature. Its keys stay published, for mail that is under way.

    Raises:
        NotFound: the workspace has no such domain.
    """
    queries.domain(domain_id)
    change(domain_id, ed25519=False)
    seen = sa.and_(DomainRecord.tenant_id == current_tenant_id(), DomainRecord.domain_id == domain_id)
    db.session.execute(sa.delete(DomainRecord).where(seen, DomainRecord.purpose.in_(ED25519_PURPOSES.values())))


def make_service_keys() -> None:
    """Make the keys of the service's own mail domain where they are missing. Control plane; may be called again."""
    with control_plane():
        present = {selector for selector, _public in queries.service_keys()}
        for selector in SELECTORS:
            if selector not in present:
                _store_service_key(selector, make_pair())


def _store_service_key(selector: str, pair: KeyPair) -> None:
    locked = vault.lock(pair.private_pem, label=key_label(None, None, selector))
    fresh = insert(ServiceKey).values(
        selector=selector, locked=locked, public=pair.public, active=selector == SELECTORS[0]
    )
    db.session.execute(fresh.on_conflict_do_nothing())


def rotate_service_key() -> None:
    """Sign the service's own mail with its other key from now on. Control plane."""
    with control_plane():
        db.session.execute(
            sa.update(ServiceKey).values(active=~ServiceKey.active).execution_options(synchronize_session=False)
        )


def relock_keys(old_secret: str) -> int:
    """Lock every private key with the present secret that is locked with an old one; return how many. Control plane.

    Raises:
        CannotOpen: a key opens with neither. Nothing may be kept then, so that no half of them is lost.
    """
    with control_plane():
        keys = [*db.session.scalars(sa.select(DomainKey).with_for_update())]
        ours = [*db.session.scalars(sa.select(ServiceKey).with_for_update())]
        labelled: list[tuple[DomainKey | ServiceKey, str]] = [
            *((key, key_label(key.tenant_id, key.domain_id, key.selector)) for key in keys),
            *((key, key_label(None, None, key.selector)) for key in ours),
        ]
        changed = 0
        for key, label in labelled:
            fresh = vault.relock(key.locked, label=label, old_secret=old_secret)
            changed += fresh != key.locked
            key.locked = fresh
        db.session.flush()
    return changed
