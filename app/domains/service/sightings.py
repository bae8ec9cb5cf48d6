"""Taking in what DNS says of a domain."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app.core.db import db
from app.core.tenancy import control_plane, current_tenant_id
from app.domains import pace, queries
from app.domains.letters import post_alarm
from app.domains.models import DomainRecord, SendingDomain
from app.domains.queries import DomainView
from app.domains.records import Wanted, judge, relevant
from app.domains.resolver import Sightings
from app.domains.service.keys import plan_key_work
from app.domains.service.rows import change, own
from app.domains.terms import Purpose, RecordState, Standing

LEASE = sa.text("interval '10 minutes'")


def claim_due(count: int = 100) -> list[tuple[int, int]]:
    """Return (tenant, domain) of what is to be looked at now, and keep them from others for a while. Control plane."""
    due = (
        sa.select(SendingDomain.tenant_id, SendingDomain.id)
        .where(SendingDomain.next_check_at <= sa.func.now())
        .order_by(SendingDomain.next_check_at)
        .limit(count)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    claimed = (
        sa.update(SendingDomain)
        .where(SendingDomain.tenant_id == due.c.tenant_id, SendingDomain.id == due.c.id)
        .values(next_check_at=sa.func.now() + LEASE)
        .returning(SendingDomain.tenant_id, SendingDomain.id)
        .execution_options(synchronize_session=False)
    )
    with control_plane():
        rows = db.session.execute(claimed).all()
    return [(tenant_id, domain_id) for tenant_id, domain_id in rows]


def record_sightings(domain_id: int, wanted: list[Wanted], seen: Sightings, *, now: datetime, asked: bool) -> None:
    """Take in what DNS said. What it did not answer for stays as it was. `asked`: a person wants to know.

    Raises:
        NotFound: the domain is gone.
    """
    db.session.execute(sa.select(SendingDomain.id).where(own(domain_id)).with_for_update())
    before = queries.domain(domain_id)
    for record in wanted:
        sighting = seen.get(record.purpose)
        if sighting is not None:
            state = judge(record, sighting)
            _store_record(
                before, record, state, relevant(record, sighting), by_alias=sighting.alias == record.value, now=now
            )
    _settle_ownership(queries.domain(domain_id), now)
    after = queries.domain(domain_id)
    moved = asked or any(after.record(p).state is not before.record(p).state for p in Purpose)
    looks = 0 if moved else before.looks_without_change + 1
    change(
        domain_id,
        checked_at=now,
        unanswered=[purpose.value for purpose, sighting in seen.items() if sighting is None],
        looks_without_change=looks,
        next_check_at=pace.next_look(now, settled=after.settled, looks_without_change=looks),
    )
    plan_key_work(after, now)
    if after.standing is Standing.FAILING and before.standing is not Standing.FAILING:
        post_alarm(after)


def _store_record(
    before: DomainView, record: Wanted, state: RecordState, found: list[str], *, by_alias: bool, now: datetime
) -> None:
    was = before.record(record.purpose)
    values = {
        "state": state,
        "found": found,
        "by_alias": by_alias,
        "was_good": was.was_good or state is RecordState.GOOD,
        "changed_at": now if state is not was.state or was.changed_at is None else was.changed_at,
    }
    fresh = insert(DomainRecord).values(
        tenant_id=current_tenant_id(), domain_id=before.id, purpose=record.purpose, **values
    )
    db.session.execute(fresh.on_conflict_do_update(index_elements=["tenant_id", "domain_id", "purpose"], set_=values))


def _settle_ownership(found: DomainView, now: datetime) -> None:
    """Verify a domain whose proof is there, and let it go where the proof has been gone for long."""
    proof = found.record(Purpose.OWNERSHIP)
    if proof.good and not found.verified:
        _verify(found, now)
    gone = proof.state in (RecordState.MISSING, RecordState.WRONG)
    if found.verified and gone and proof.changed_at and proof.changed_at <= now - pace.OWNERSHIP_LAPSES_AFTER:
        change(found.id, verified_at=None)


def _verify(found: DomainView, now: datetime) -> None:
    """Mark it verified, unless another workspace has the name: the index across workspaces decides, not a look."""
    try:
        with db.session.begin_nested():
            change(found.id, verified_at=now)
    except IntegrityError:
        return
