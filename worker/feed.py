"""Feeding the MTA: slices of the ledger become batches while the tenant's share of its backlog is small."""

from __future__ import annotations

import time
from itertools import pairwise

from app.billing import queries as billing
from app.core import queue, unit
from app.core.site import settings
from app.core.tenancy import current_tenant_id
from app.sending import service
from app.sending.plan import addressees
from app.sending.service import Course
from mta.client import Client
from mta.contract import Batch, Lane
from worker.carrier import batch_of, client, is_stored, newest_outcome, plan_of

TURN_SECONDS = 20.0
STEP_SLICES = 8
LOOK_SECONDS = 0.05
STORED_SECONDS = 10.0


def feed(mailing_id: int) -> None:
    """Hand over a running mailing from where it stands, for up to `TURN_SECONDS`, then queue the next turn."""
    mta, until = client(), time.monotonic() + TURN_SECONDS
    while time.monotonic() < until:
        course = _course(mailing_id)
        if course is None or course.fed_through >= course.total:
            return
        mta.put_plan(plan_of(course.plan))
        _share_out(mta, course.plan.tenant_id)
        _feed_while_there_is_room(mta, course, until)
    queue.enqueue("sending.feed", mailing_id, queue="bulk")
    unit.commit()


def _share_out(mta: Client, tenant_id: int) -> None:
    """Say what the workspace's plan gives it of the line: said again with each turn, it follows a change of plan."""
    with unit.unit_of_work():
        plan = billing.bought()
    mta.set_quota(tenant_id, plan.mails_an_hour)
    mta.set_weight(tenant_id, plan.weight)


def _course(mailing_id: int) -> Course | None:
    with unit.unit_of_work():
        return service.course(mailing_id)


def _feed_while_there_is_room(mta: Client, course: Course, until: float) -> None:
    size, fed = settings().feed_slice, course.fed_through
    lane = Lane(course.plan.lane)
    while fed < course.total and time.monotonic() < until:
        room = (settings().feed_backlog - mta.backlog(course.plan.tenant_id, lane)) // size
        if room < 1:
            time.sleep(LOOK_SECONDS)
            continue
        through = min(course.total, (fed // size + min(room, STEP_SLICES)) * size)
        if not _hand_over(mta, course, fed, through):
            return
        fed = through


def _hand_over(mta: Client, course: Course, after: int, through: int) -> bool:
    """Mark, commit, then submit: a crash in between leaves rows that `reconcile` finds. False when it may not go on."""
    with unit.unit_of_work():
        rows = service.advance(course.plan.mailing_id, after, through)
    if rows is None:
        return False
    # In a transaction of its own: the one above holds the launch's row, which ingest waits for.
    with unit.unit_of_work():
        people = addressees(course.plan, rows)
    size = settings().feed_slice
    edges = [after, *range((after // size + 1) * size, through, size), through]
    batches = []
    for low, high in pairwise(edges):
        inside = [one for one in people if low < one.seq <= high]
        if inside:
            batches.append(batch_of(course.plan, low // size, inside))
    mta.submit_many(batches)
    return True


def reconcile(mailing_id: int) -> None:
    """Feed again what was handed over and is neither final nor with the MTA: lost with Redis, given back, or a crash.

    The ledger is read after the MTA's open batches; those closed in between have done marks and are skipped there.
    """
    mta = client()
    course = _course(mailing_id)
    if course is None:
        _close_cancelled(mta, mailing_id)
        return
    open_batches = mta.open_batches(course.plan.tenant_id, str(mailing_id))
    with unit.unit_of_work():
        missing = service.missing_slices(mailing_id, open_batches, settings().feed_slice)
    if missing:
        mta.put_plan(plan_of(course.plan))
        _share_out(mta, course.plan.tenant_id)
    for number in missing:
        batch = _slice_again(course, number)
        if batch is not None:
            mta.submit(batch)
    if course.fed_through < course.total:
        feed(mailing_id)


def _slice_again(course: Course, number: int) -> Batch | None:
    with unit.unit_of_work():
        rows = service.slice_of(course.plan.mailing_id, number, settings().feed_slice)
        people = addressees(course.plan, rows)
    return batch_of(course.plan, number, people) if people else None


def _stored(outcome: bytes) -> bool:
    """Wait until ingest has stored this outcome; say no when it does not come to it (the scheduler looks again)."""
    until = time.monotonic() + STORED_SECONDS
    while not is_stored(outcome):
        if time.monotonic() > until:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def _close_cancelled(mta: Client, mailing_id: int) -> None:
    tenant_id = current_tenant_id()
    assert tenant_id is not None
    open_batches = mta.open_batches(tenant_id, str(mailing_id))
    # A batch that is closed may have said its last words a moment ago: they count before anything is called lost.
    if not _stored(newest_outcome()):
        return
    with unit.unit_of_work():
        service.close_lost_cancellations(mailing_id, open_batches, settings().feed_slice)
