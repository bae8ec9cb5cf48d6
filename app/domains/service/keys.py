"""The life of DKIM keys: made, rotated, renewed. The private half never leaves the vault here."""

from __future__ import annotations

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
    DKIM_PURPOSES,
    ED25519,
    ED25519_SELECTOR,
    RSA,
    SELECTORS,
    Algorithm,
    Purpose,
    RecordState,
    other_selector,
)


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
    if not found.rotates_alone:
        return
    if found.rotated_at <= now - pace.KEY_SERVES_FOR:
        queue.enqueue("domains.rotate_keys", found.id)
    elif found.rotated_at <= now - pace.OLD_KEY_STAYS_FOR and _key_is_old(found, other_selector(found.active_selector)):
        queue.enqueue("domains.renew_spare_key", found.id)


def _key_is_old(found: DomainView, selector: str) -> bool:
    """Whether a key was in service before the last rotation."""
    key = db.session.get_one(DomainKey, (current_tenant_id(), found.id, selector), populate_existing=True)
    return key.created_at < found.rotated_at


def rotate_keys(domain_id: int, *, now: datetime) -> None:
    """Sign with the other key from now on. The one used so far stays published, for mail that is under way.

    Raises:
        NotFound: the workspace has no such domain.
        KeyNotVisible: receivers could not verify the other key.
    """
    found = queries.domain(domain_id)
    spare = other_selector(found.active_selector)
    if not (found.verified and found.record(DKIM_PURPOSES[spare]).good):
        raise KeyNotVisible
    db.session.execute(
        sa.update(SendingDomain)
        .where(own(domain_id), SendingDomain.active_selector == found.active_selector)
        .values(active_selector=spare, rotated_at=now)
        .execution_options(synchronize_session=False)
    )


def rotate_when_due(domain_id: int, *, now: datetime) -> None:
    """Rotate if the present key has served its time; running twice rotates once. Raises as `rotate_keys`."""
    if queries.domain(domain_id).rotated_at <= now - pace.KEY_SERVES_FOR:
        rotate_keys(domain_id, now=now)


def renew_spare_key(domain_id: int, *, now: datetime) -> None:
    """Replace the key that served before the last rotation, once no mail signed with it can be under way any more.

    Does nothing where that time has not come, or where the customer's DNS holds the key itself.

    Raises:
        NotFound: the workspace has no such domain.
    """
    found = queries.domain(domain_id)
    spare = other_selector(found.active_selector)
    by_alias = found.record(DKIM_PURPOSES[spare]).by_alias
    if not by_alias or found.rotated_at > now - pace.OLD_KEY_STAYS_FOR or not _key_is_old(found, spare):
        return
    fresh = insert(DomainKey).values(_key_row(domain_id, spare) | {"created_at": now})
    kept = {name: fresh.excluded[name] for name in ("locked", "public", "created_at")}
    db.session.execute(fresh.on_conflict_do_update(index_elements=["tenant_id", "domain_id", "selector"], set_=kept))
    _await_key(domain_id, spare, now)


def _await_key(domain_id: int, selector: str, now: datetime) -> None:
    """Nothing is signed with the fresh key before it has been seen."""
    record = sa.and_(DomainRecord.tenant_id == current_tenant_id(), DomainRecord.domain_id == domain_id)
    db.session.execute(
        sa.update(DomainRecord)
        .where(record, DomainRecord.purpose == DKIM_PURPOSES[selector])
        .values(state=RecordState.AWAITED, changed_at=now)
        .execution_options(synchronize_session=False)
    )


def sign_twice(domain_id: int, *, now: datetime) -> None:
    """Sign with Ed25519 as well, as soon as its key is seen. The key is made the first time.

    Raises:
        NotFound: the workspace has no such domain.
    """
    if queries.domain(domain_id).ed25519:
        return
    fresh = insert(DomainKey).values(_key_row(domain_id, ED25519_SELECTOR, ED25519))
    db.session.execute(fresh.on_conflict_do_nothing())
    change(domain_id, ed25519=True, looks_without_change=0, next_check_at=now)


def sign_once(domain_id: int) -> None:
    """Leave out the second signature. Its key stays published, for mail that is under way.

    Raises:
        NotFound: the workspace has no such domain.
    """
    queries.domain(domain_id)
    change(domain_id, ed25519=False)
    seen = sa.and_(DomainRecord.tenant_id == current_tenant_id(), DomainRecord.domain_id == domain_id)
    db.session.execute(sa.delete(DomainRecord).where(seen, DomainRecord.purpose == Purpose.DKIM_ED25519))


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
