"""Sending, as verbs: schedule, launch, feed, record, pause, resume, cancel. Each runs in its caller's unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.billing import service as billing
from app.billing import thresholds
from app.billing.service import Cause
from app.conduct import queries as conduct
from app.conduct.service import IsBraked
from app.core import clock, queue
from app.core.db import db
from app.core.errors import N_, DomainError, NotFound, QuotaExceeded
from app.core.site import settings
from app.core.tenancy import control_plane
from app.lists import queries as lists
from app.lists import service as lists_service
from app.lists.segments.limits import allow_memory
from app.sending import counters, gate, ledger, queries, resting, states, tracked, waves
from app.sending.ledger import Answer, Moves
from app.sending.models import Content, Launch, MailingLink
from app.sending.orders import PARTS, LaunchOrder, Variant
from app.sending.plan import compiled
from app.sending.signals import tell
from app.sending.terms import HeldReason, Lane, LaunchState
from app.tenants.queries import current_workspace


class AlreadyScheduled(DomainError):
    message = N_("This mail is scheduled or on its way already. Cancel it first to change it.")


@dataclass(frozen=True, slots=True)
class CancelReceipt:
    """How many had left, how many were on the way at that moment, how many will not go. `draft`: nothing had begun."""

    sent: int
    in_flight: int
    not_sent: int
    draft: bool


# --- before it runs ---------------------------------------------------------------------------------------------


def schedule_launch(order: LaunchOrder) -> None:
    """Freeze a mailing and wait for its time; when that is now, the scheduler is told at once.

    Raises:
        AlreadyScheduled: the mailing has a launch already.
    """
    if queries.launch(order.mailing_id) is not None:
        raise AlreadyScheduled
    columns = {name: getattr(order, name) for name in LaunchOrder.__dataclass_fields__ if name not in PARTS}
    columns.update(audience=order.audience.frozen().stored(), report_to=list(order.report_to))
    columns.update(list_ids=list(order.audience.lists), conditions=[dict(each) for each in order.conditions])
    columns.update(attachments=[asdict(each) for each in order.attachments])
    launch = Launch(**columns, spread_hours=order.pace.spread_hours, per_hour=order.pace.per_hour)
    if order.own_clocks:
        launch.zone_field, launch.wall_time = order.own_clocks.zone_field, order.own_clocks.wall_time
    if order.trial:
        launch.trial_share, launch.trial_hours = order.trial.share, order.trial.hours
        launch.trial_measure = order.trial.measure
    db.session.add(launch)
    db.session.flush()
    for number, variant in enumerate(order.trial.variants if order.trial else (), start=1):
        _add_content(launch, number, variant, order.author_id)
    db.session.flush()
    tell(order.mailing_id, "due")


def _add_content(launch: Launch, number: int, words: Variant, author_id: int | None) -> Content:
    content = Content(
        mailing_id=launch.mailing_id, number=number, subject=words.subject, html=words.html, text_part=words.text_part,
        conditions=[dict(each) for each in words.conditions], attachments=[asdict(each) for each in words.attachments],
        author_id=author_id,
    )  # fmt: skip
    db.session.add(content)
    return content


def reschedule(mailing_id: int, at: datetime) -> None:
    """Give a launch that waits or is held another time.

    Raises:
        NotFound: nothing of this number was scheduled.
        NotInThatState: it has begun.
    """
    result = db.session.execute(
        sa.update(Launch)
        .where(Launch.mailing_id == mailing_id, Launch.state.in_([LaunchState.SCHEDULED, LaunchState.HELD]))
        .values(planned_at=at, state=LaunchState.SCHEDULED, held_reason="")
    )
    if not result.rowcount:  # type: ignore[attr-defined]
        raise states.why_not(mailing_id)
    tell(mailing_id, "due")


def release_held(mailing_id: int) -> None:
    """Let a held launch go, since a person has looked at it: at its time, or now where that has passed."""
    its_time = sa.func.greatest(Launch.planned_at, sa.func.now())
    states.must_move(mailing_id, LaunchState.SCHEDULED, planned_at=its_time, held_reason="")
    tell(mailing_id, "due")


def claim_due(lateness: timedelta, count: int = 50) -> list[tuple[int, int]]:
    """Move what is due to `launching`, by the database clock, and return (tenant, mailing).

    What is later than `lateness` is held, and a person is asked. Any number of schedulers may call this. Control plane.
    """
    with control_plane():
        late = Launch.planned_at < sa.func.now() - lateness
        db.session.execute(
            sa.update(Launch)
            .where(Launch.state == LaunchState.SCHEDULED, late)
            .values(state=LaunchState.HELD, held_reason=HeldReason.LATE)
        )
        due = (
            sa.select(Launch.tenant_id, Launch.mailing_id)
            .where(Launch.state == LaunchState.SCHEDULED, Launch.planned_at <= sa.func.now())
            .order_by(Launch.planned_at)
            .limit(count)
            .with_for_update(skip_locked=True)
        )
        claimed = db.session.execute(
            sa.update(Launch)
            .where(sa.tuple_(Launch.tenant_id, Launch.mailing_id).in_(due))
            .values(state=LaunchState.LAUNCHING, started_at=sa.func.now())
            .returning(Launch.tenant_id, Launch.mailing_id)
            .execution_options(synchronize_session=False)
        )
        return [(row[0], row[1]) for row in claimed]


# --- launch -----------------------------------------------------------------------------------------------------


def launch_mailing(mailing_id: int) -> None:
    """Write the ledger, reserve the quota, store the links: one transaction, all or nothing. Harmless when repeated."""
    launch = _locked(mailing_id)
    if launch is None or launch.state != LaunchState.LAUNCHING:
        return
    reason = gate.obstacle(launch)
    if reason:
        states.must_move(mailing_id, LaunchState.HELD, held_reason=reason)
        return
    who = queries.audience_of(launch)
    allow_memory()
    try:
        with db.session.begin_nested():
            launch.total = waves.lay_out(
                launch, resting.rested(launch, lists.audience(who)), gate.slice_size(launch, settings().feed_slice)
            )
            resting.note_mailed(launch)
            cause = Cause(mailing_id, launch.subject, launch.author_id)
            launch.quota_month = billing.reserve(launch.total, clock.now(), cause)
    except QuotaExceeded:
        db.session.refresh(launch)
        states.must_move(mailing_id, LaunchState.HELD, held_reason=HeldReason.QUOTA)
        thresholds.tell_refused(clock.now())
        return
    launch.suppressed = lists.audience_count(who).suppressed
    tracked.freeze(launch, current_workspace())
    _store_links(launch)
    db.session.flush()
    _run(mailing_id)
    if launch.total:
        queue.enqueue("sending.feed", mailing_id, queue=_queue_of(launch))
    else:
        _finish_if_done(mailing_id)


def _locked(mailing_id: int) -> Launch | None:
    return db.session.scalar(sa.select(Launch).where(Launch.mailing_id == mailing_id).with_for_update())


def _run(mailing_id: int) -> None:
    """Let it run; a pace counts from here, with what had been handed over before."""
    states.must_move(mailing_id, LaunchState.RUNNING, paced_from=sa.func.now(), paced_after=Launch.fed_through)


def _store_links(launch: Launch) -> None:
    """Store the links of each of the launch's contents, numbered through."""
    number = _store_links_of(launch, None, 1)
    for content in queries.contents(launch.mailing_id):
        content.first_link = number
        number = _store_links_of(launch, content, number)


def _store_links_of(launch: Launch, content: Content | None, number: int) -> int:
    links = compiled(launch, current_workspace(), content).links
    db.session.add_all(
        MailingLink(mailing_id=launch.mailing_id, number=link.number, url=link.url, label=link.label) for link in links
    )
    return number + len(links)


def _queue_of(launch: Launch) -> str:
    return "breaking" if launch.lane == Lane.BREAKING else "bulk"


# --- record -----------------------------------------------------------------------------------------------------


def record_answers(mailing_id: int, answers: Sequence[Answer]) -> Moves:
    """Move ledger rows and counts to what the MTA says, once however often it is said; the last closes it."""
    moves = ledger.move_rows(mailing_id, answers)
    ledger.count_moves(mailing_id, moves)
    counters.count_groups(mailing_id, moves.groups)
    if moves.dead_contacts:
        lists_service.suppress_bounced(moves.dead_contacts)
    if gate.note(moves):
        queue.enqueue("sending.halt", queue="breaking")
    _finish_if_done(mailing_id)
    return moves


def _finish_if_done(mailing_id: int) -> None:
    final = Launch.accepted + Launch.bounced + Launch.cancelled + Launch.expired
    row = db.session.execute(
        sa.select(Launch.state, Launch.total, Launch.accepted, Launch.quota_month).where(
            Launch.mailing_id == mailing_id, final >= Launch.total, Launch.finished_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        return
    target = LaunchState.CANCELLED if row.state == LaunchState.CANCELLING else LaunchState.FINISHED
    if states.move(mailing_id, target, finished_at=sa.func.now()):
        if row.quota_month is not None:
            billing.settle(row.quota_month, reserved=row.total, sent=row.accepted, mailing_id=mailing_id)
        queue.enqueue("reports.post_delivery_report", mailing_id)
        if queries.carried(mailing_id):
            queue.enqueue("sending.drop_files", mailing_id, queue="bulk")


# --- while it runs ----------------------------------------------------------------------------------------------


def change_the_rest(mailing_id: int, words: Variant, author_id: int | None) -> int:
    """Give whoever has not been handed over another subject and body; return how many they are.

    Raises:
        NotInThatState: the mailing neither runs nor is paused.
        Odd: something speaks against the words.
    """
    launch = _locked(mailing_id)
    if launch is None or launch.state not in (LaunchState.RUNNING, LaunchState.PAUSED):
        raise states.NotInThatState
    gate.see_that_honest(launch, words)
    before = queries.contents(mailing_id)
    content = _add_content(launch, len(before) + 1, words, author_id)
    content.first_link = 1 + max((link.number for link in queries.links(mailing_id)), default=0)
    _store_links_of(launch, content, content.first_link)
    db.session.flush()
    return waves.put_before_the_rest(launch, content.number)


def choose_content(mailing_id: int, number: int) -> None:
    """Decide a trial: the rest get this content now.

    Raises:
        NotInThatState: there is nothing to decide, or it was decided.
    """
    launch = _locked(mailing_id)
    if launch is None or not waves.decide(launch, number):
        raise states.NotInThatState
    if launch.state == LaunchState.RUNNING:
        tell(mailing_id, "running")


def pause(mailing_id: int) -> None:
    """Stop after what is in flight; nothing is lost, `resume` goes on."""
    states.must_move(mailing_id, LaunchState.PAUSED)
    tell(mailing_id, "paused")


def halt() -> None:
    """Pause whatever runs: the workspace is braked."""
    for launch in queries.open_launches():
        if launch.state == LaunchState.RUNNING and states.move(launch.mailing_id, LaunchState.PAUSED):
            tell(launch.mailing_id, "paused")


def resume(mailing_id: int) -> None:
    """Go on after a pause. What the MTA gave back is fed again at once.

    Raises:
        IsBraked: too many mails came back or were called spam.
    """
    if conduct.is_braked():
        raise IsBraked
    _run(mailing_id)
    tell(mailing_id, "running")


def cancel(mailing_id: int) -> CancelReceipt:
    """Stop a mailing for good. Before it begins it becomes a draft again; after, whoever has not got it will not.

    Raises:
        NotFound: nothing of this number was scheduled.
        NotInThatState: it is over.
    """
    launch = _locked(mailing_id)
    if launch is None:
        raise NotFound
    if launch.state in (LaunchState.SCHEDULED, LaunchState.HELD, LaunchState.LAUNCHING):
        db.session.delete(launch)
        db.session.flush()
        return CancelReceipt(0, 0, lists.audience_count(queries.audience_of(launch)).total, draft=True)
    states.must_move(mailing_id, LaunchState.CANCELLING)
    not_sent = ledger.cancel_rows(mailing_id, after=launch.fed_through)
    tell(mailing_id, "cancelled")
    db.session.refresh(launch)
    final = launch.accepted + launch.bounced + launch.cancelled + launch.expired
    receipt = CancelReceipt(launch.accepted, launch.total - final, not_sent, draft=False)
    _finish_if_done(mailing_id)
    return receipt


# --- reconcile --------------------------------------------------------------------------------------------------


def close_lost_cancellations(mailing_id: int, open_batches: set[str]) -> None:
    """Make final what a cancelled mailing had handed over and the MTA has no more (Redis lost it unanswered)."""
    launch = _locked(mailing_id)
    if launch is None or launch.state != LaunchState.CANCELLING:
        return
    for part in waves.unfinished_slices(launch):
        if part.name not in open_batches:
            ledger.cancel_rows(mailing_id, after=part.after, through=part.through)
    _finish_if_done(mailing_id)


@dataclass(frozen=True, slots=True)
class Running:
    """A launch under way, for the scheduler: whose, where, and how far."""

    tenant_id: int
    mailing_id: int
    state: LaunchState
    final: int
    fed_through: int
    total: int
    started_at: datetime | None


def launches_under_way() -> list[Running]:
    """All launches that have begun and are not over, of all tenants. Control plane. Plan: index of open launches."""
    begun = [LaunchState.LAUNCHING, LaunchState.RUNNING, LaunchState.PAUSED, LaunchState.CANCELLING]
    final = Launch.accepted + Launch.bounced + Launch.cancelled + Launch.expired
    with control_plane():
        rows = db.session.execute(
            sa.select(
                Launch.tenant_id, Launch.mailing_id, Launch.state, final,
                Launch.fed_through, Launch.total, Launch.started_at,
            ).where(Launch.state.in_(begun))
        )  # fmt: skip
        return [Running(r[0], r[1], LaunchState(r[2]), *r[3:]) for r in rows]
