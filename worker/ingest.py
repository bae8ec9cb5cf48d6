"""Events into PostgreSQL: outcomes of the MTA move the ledger, tracking events become counts. Stored, then acked."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec
import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.core import notices, redis
from app.core.tenancy import control_plane
from app.core.unit import unit_of_work
from app.reports import service as reports
from app.sending import service as sending
from app.sending.ledger import Answer
from app.tenants.queries import current_workspace
from app.tracking import service as tracking
from app.tracking.stream import TrackStream
from mta.client import OutcomeStream
from mta.contract import Outcome, Outcomes, Status
from worker import job
from worker.carrier import NOTICE, STATES

log = structlog.get_logger(__name__)
BATCHES = 500
# Counters are one row for so many events: the more of them come together, the less each costs.
EVENTS = 4_000
# While one waits for PostgreSQL, the other reads what comes next.
FOLLOWERS = (1, 2)
# A transaction costs the same for one outcome as for hundreds: what trickles in is gathered for a moment.
GATHER_SECONDS = 0.2
BLOCK_MS = 500
PATIENCE_SECONDS = 1.0


def consumer_name() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


def run(stop: threading.Event) -> None:
    """Work until `stop`. A database or Redis that is away is waited for; what was read stays in its stream."""
    outcomes = OutcomeStream(redis.redis(), consumer_name())
    followers = [threading.Thread(target=_follow, args=(stop, number), name=f"tracks-{number}") for number in FOLLOWERS]
    for follower in followers:
        follower.start()
    _keep_on(stop, lambda: ingest_outcomes(outcomes))
    for follower in followers:
        follower.join()


def _follow(stop: threading.Event, number: int) -> None:
    tracks = TrackStream(redis.redis(), f"{consumer_name()}-{number}")
    _keep_on(stop, lambda: ingest_tracks(tracks))


def _keep_on(stop: threading.Event, step: Callable[[], int]) -> None:
    while not stop.is_set():
        try:
            if 0 < step() < BATCHES:
                stop.wait(GATHER_SECONDS)
        except (SQLAlchemyError, RedisError, OSError) as error:
            log.error("ingest_waits", error=type(error).__name__, detail=str(error)[:200])
            stop.wait(PATIENCE_SECONDS)


def ingest_outcomes(stream: OutcomeStream, *, block_ms: int = BLOCK_MS) -> int:
    """Store one read of outcomes, a transaction a tenant, and acknowledge it; return how many entries it was."""
    entries = stream.read(BATCHES, block_ms)
    for tenant_id, said in _by_tenant(entry for _, entry in entries).items():
        _store(tenant_id, said)
    stream.ack([entry_id for entry_id, _ in entries])
    return len(entries)


def _by_tenant(entries: Iterable[Outcomes]) -> dict[int, list[Outcomes]]:
    tenants: dict[int, list[Outcomes]] = defaultdict(list)
    for entry in entries:
        tenants[entry.tenant].append(entry)
    return tenants


def _store(tenant_id: int, said: Sequence[Outcomes]) -> None:
    """A workspace that was deleted in the meantime has no ledger: what is said of it is dropped."""
    mailings: dict[str, list[Outcome]] = defaultdict(list)
    for entry in said:
        mailings[entry.mailing].extend(entry.outcomes)
    _store_notices(mailings.pop(NOTICE, []))
    if not mailings:
        return
    with job.inside(tenant_id) as found:
        if found:
            with unit_of_work():
                for mailing, outcomes in sorted(mailings.items()):
                    _store_mailing(int(mailing), outcomes)


def _store_mailing(mailing_id: int, outcomes: Sequence[Outcome]) -> None:
    """Around midnight an entry holds answers of two days: each day (in the workspace's zone) is stored by itself."""
    for day, said in _by_day(outcomes, ZoneInfo(current_workspace().timezone)).items():
        moves = sending.record_answers(mailing_id, [_answer(outcome) for outcome in said])
        if moves.accepted or moves.bounced:
            reports.count_day(day, moves.accepted, moves.bounced)


def _by_day(outcomes: Sequence[Outcome], zone: ZoneInfo) -> dict[date, list[Outcome]]:
    def day(at: float) -> date:
        return datetime.fromtimestamp(at, zone).date()

    times = [outcome.at for outcome in outcomes]
    if (first := day(min(times))) == day(max(times)):
        return {first: list(outcomes)}
    days: dict[date, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        days[day(outcome.at)].append(outcome)
    return days


def _store_notices(outcomes: Sequence[Outcome]) -> None:
    if not outcomes:
        return
    with job.inside(None), control_plane(), unit_of_work():
        for outcome in outcomes:
            if outcome.status is Status.DEFERRED:
                notices.record_delay(outcome.seq, reply=_reply(outcome))
            else:
                accepted, proofs = outcome.status is Status.ACCEPTED, outcome.proofs
                told = None if proofs is None else [msgspec.structs.asdict(proof) for proof in proofs]
                notices.record_result(outcome.seq, accepted=accepted, reply=_reply(outcome), proofs=told)


def _reply(outcome: Outcome) -> str:
    """Return what the server said, with its code where there was one."""
    return f"{outcome.code or ''} {outcome.enhanced} {outcome.text}".strip()


def _answer(outcome: Outcome) -> Answer:
    return Answer(
        seq=outcome.seq,
        state=STATES[outcome.status],
        at=datetime.fromtimestamp(outcome.at, UTC),
        attempt=min(outcome.attempt, 32_000),
        code=outcome.code,
        bounce=outcome.bounce,
        reply=f"{outcome.enhanced} {outcome.text}".strip(),
        host=outcome.host,
        tls=outcome.tls,
        hard=outcome.hard,
    )


def ingest_tracks(stream: TrackStream, *, block_ms: int = BLOCK_MS) -> int:
    """Store one read of tracking events, a transaction a tenant, and acknowledge it; return how many it was."""
    entries = stream.read(EVENTS, block_ms)
    tenants = defaultdict(list)
    for entry in entries:
        tenants[entry.event.tenant_id].append(entry.event)
    for tenant_id, events in tenants.items():
        with job.inside(tenant_id) as found:
            if found:
                with unit_of_work():
                    tracking.record_events(events)
    stream.ack([entry.id for entry in entries])
    return len(entries)


def drain(*, patience: float = 0.0) -> None:
    """Store what is there now; for tests and the demo. `patience`: seconds to wait for the first entry."""
    outcomes = OutcomeStream(redis.redis(), consumer_name())
    tracks = TrackStream(redis.redis(), consumer_name())
    until = time.monotonic() + patience
    while ingest_outcomes(outcomes, block_ms=0) + ingest_tracks(tracks, block_ms=0) or time.monotonic() < until:
        continue
