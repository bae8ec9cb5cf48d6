"""Feeding the MTA: slices of the ledger become batches while the tenant's share of its backlog is small."""

from __future__ import annotations

import time
from collections.abc import Sequence

from app.billing import queries as billing
from app.core import queue, unit
from app.core.site import settings
from app.core.tenancy import current_tenant_id
from app.sending import feeding, service, waves
from app.sending import queries as sending
from app.sending.feeding import Course
from app.sending.plan import MailPlan, addressees
from app.sending.waves import Slice
from mta.client import Client
from mta.contract import Lane
from worker.carrier import batch_of, client, is_stored, newest_outcome, plan_of, put

TURN_SECONDS = 20.0
STEP_SLICES = 8
LOOK_SECONDS = 0.05
STORED_SECONDS = 10.0


def feed(mailing_id: int) -> None:
    """Hand over what is due of a running mailing, for up to `TURN_SECONDS`, then queue the next turn."""
    mta, until = client(), time.monotonic() + TURN_SECONDS
    while time.monotonic() < until:
        course = _course(mailing_id)
        if course is None or course.fed_through >= course.through:
            return
        _put(mta, course.plan)
        _share_out(mta, course.plan.tenant_id)
        _feed_while_there_is_room(mta, course, until)
    queue.enqueue("sending.feed", mailing_id, queue="bulk")
    unit.commit()


def _put(mta: Client, plan: MailPlan) -> None:
    put(mta, plan_of(plan), {file.digest: file.stored for file in plan.attachments})


def drop_files(mailing_id: int) -> None:
    """Let the MTA forget the files of a mailing that is over, but for those that another one still carries."""
    mta, tenant_id = client(), current_tenant_id()
    assert tenant_id is not None
    for digest in {file.digest for file in sending.carried(mailing_id)} - sending.digests_on_the_way():
        mta.drop_file(tenant_id, digest)


def _share_out(mta: Client, tenant_id: int) -> None:
    """Say what the workspace's plan gives it of the line: said again with each turn, it follows a change of plan."""
    with unit.unit_of_work():
        plan = billing.bought()
    mta.set_quota(tenant_id, plan.mails_an_hour)
    mta.set_weight(tenant_id, plan.weight)


def _course(mailing_id: int) -> Course | None:
    with unit.unit_of_work():
        return feeding.course(mailing_id)


def _feed_while_there_is_room(mta: Client, course: Course, until: float) -> None:
    lane = Lane(course.plan.lane)
    parts = waves.slices(course.fed_through, course.through, course.slice_size, course.content)
    while parts and time.monotonic() < until:
        room = (settings().feed_backlog - mta.backlog(course.plan.tenant_id, lane)) // course.slice_size
        if room < 1:
            time.sleep(LOOK_SECONDS)
            continue
        turn, parts = parts[: min(room, STEP_SLICES)], parts[min(room, STEP_SLICES) :]
        if not _hand_over(mta, course.plan, turn):
            return


def _hand_over(mta: Client, plan: MailPlan, parts: Sequence[Slice]) -> bool:
    """Mark, commit, then submit: a crash in between leaves rows that `reconcile` finds. False when it may not go on."""
    with unit.unit_of_work():
        rows = feeding.advance(plan.mailing_id, parts[0].after, parts[-1].through)
    if rows is None:
        return False
    # In a transaction of its own: the one above holds the launch's row, which ingest waits for.
    with unit.unit_of_work():
        people = addressees(plan, rows)
    inside = [(part, [one for one in people if part.after < one.seq <= part.through]) for part in parts]
    mta.submit_many([batch_of(plan, part, some) for part, some in inside if some])
    return True


def reconcile(mailing_id: int) -> None:
    """Feed again what was handed over and is neither final nor with the MTA: lost with Redis, given back, or a crash.

    The ledger is read after the MTA's open batches; those closed in between have done marks and are skipped there.
    """
    mta, tenant_id = client(), current_tenant_id()
    assert tenant_id is not None
    open_batches = mta.open_batches(tenant_id, str(mailing_id))
    with unit.unit_of_work():
        runs = feeding.is_running(mailing_id)
        missing = feeding.missing_slices(mailing_id, open_batches)
    if not runs:
        _close_cancelled(mta, mailing_id)
        return
    if missing:
        _share_out(mta, tenant_id)
    for content in sorted({part.content for part in missing}):
        _feed_again(mta, mailing_id, content, [part for part in missing if part.content == content])
    feed(mailing_id)


def _feed_again(mta: Client, mailing_id: int, content: int, parts: Sequence[Slice]) -> None:
    with unit.unit_of_work():
        plan = feeding.plan_with(mailing_id, content)
    if plan is None:
        return
    _put(mta, plan)
    for part in parts:
        with unit.unit_of_work():
            people = addressees(plan, feeding.slice_of(mailing_id, part))
        if people:
            mta.submit(batch_of(plan, part, people))


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
        service.close_lost_cancellations(mailing_id, open_batches)
