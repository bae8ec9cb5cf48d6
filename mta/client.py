"""The product's side of the MTA: hand over plans and batches, control a mailing, read outcomes. Synchronous."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from redis import Redis
from redis.exceptions import NoScriptError, ResponseError

from mta import classify, erasing, scripts
from mta.contract import (
    MAX_BATCH,
    Batch,
    Control,
    Lane,
    Outcomes,
    Plan,
    file_key,
    pack,
    pack_batch,
    reference,
    unpack_outcomes,
)
from mta.orders import read_orders
from mta.overview import Overview, overview
from mta.ports import EVERYWHERE
from mta.settings import Settings

FLUSH_SECONDS = 60
PLAN_SECONDS = 14 * 24 * 3600
# Longer than anybody is tried. A file that is gone is asked for again: its plan counts as missing.
FILE_SECONDS = 4 * 24 * 3600
CLAIM_AFTER_MS = 30_000
PURGE_SECONDS = 90.0


class Client:
    """Hands work to the MTA. Takes any redis-py client; all methods raise `redis.RedisError` when Redis is away.

    Everything may be called again after an error whose effect is unknown: nothing happens twice.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._db = database_number(redis)

    def put_plan(self, plan: Plan) -> None:
        """Store a plan for 14 days from now. Put it again when feeding later than that; it must not change."""
        self._redis.set(_plan_key(plan.id), pack(plan), ex=PLAN_SECONDS)

    def has_plan(self, plan_id: str) -> bool:
        """Tell whether the plan is there, and keep it for 14 days from now if so."""
        return bool(self._redis.expire(_plan_key(plan_id), PLAN_SECONDS))

    def drop_plan(self, plan_id: str) -> None:
        """Forget a plan whose mailing is finished. (Batches that still name it would be released, not lost.)"""
        self._redis.delete(_plan_key(plan_id))

    def put_file(self, tenant: int, digest: str, content: bytes) -> None:
        """Store the content of an attachment for 4 days from now, for all plans of the tenant that name its digest."""
        self._redis.set(file_key(tenant, digest), content, ex=FILE_SECONDS)

    def has_file(self, tenant: int, digest: str) -> bool:
        """Tell whether the content is there, and keep it for 4 days from now if so."""
        return bool(self._redis.expire(file_key(tenant, digest), FILE_SECONDS))

    def drop_file(self, tenant: int, digest: str) -> None:
        """Forget content that no mailing on its way has. (A plan that still names it would count as missing.)"""
        self._redis.delete(file_key(tenant, digest))

    def submit(self, batch: Batch) -> bool:
        """Queue a batch. Return False, and do nothing, if it is open already or all its recipients are final.

        Raises:
            ValueError: the batch is empty or larger than `MAX_BATCH`, or an id holds a colon.
        """
        return bool(self._run(scripts.SUBMIT, *self._submission(batch)))

    def submit_many(self, batches: Iterable[Batch]) -> list[bool]:
        """Queue several in one round trip; each result as in `submit`. Stop before the first invalid one by raising."""
        submissions = [self._submission(batch) for batch in batches]
        self._redis.script_load(scripts.SUBMIT.text)
        pipeline = self._redis.pipeline(transaction=False)
        for arguments in submissions:
            pipeline.evalsha(scripts.SUBMIT.sha, 0, *arguments)
        return [bool(answer) for answer in pipeline.execute()]

    def _submission(self, batch: Batch) -> list[Any]:
        if not 0 < len(batch.recipients) <= MAX_BATCH:
            raise ValueError(f"a batch holds 1 to {MAX_BATCH} recipients, not {len(batch.recipients)}")
        ref = reference(batch.tenant, batch.mailing, batch.id)
        seqs = [recipient.seq for recipient in batch.recipients]
        return [scripts.wake_channel(self._db), batch.lane, ref, pack_batch(batch), *seqs]

    def backlog(self, tenant: int, lane: Lane) -> int:
        """Return how many recipients were handed over in this lane and are neither final nor deferred yet."""
        return int(self._redis.hget(f"mta:backlog:{lane}", str(tenant)) or 0)

    def open_batches(self, tenant: int, mailing: str) -> set[str]:
        """Return the ids of the mailing's batches that the MTA still works on, deferred ones included."""
        members: Any = self._redis.smembers(f"mta:open:{tenant}:{mailing}")
        return {member.decode() for member in members}

    def control(self, tenant: int, mailing: str, state: Control) -> None:
        """Pause, resume or cancel a mailing; every process obeys within a second.

        `cancelled`: whoever is not in flight gets a `cancelled` outcome, deferred ones too; so does what is fed later.
        `paused`: batches are closed without outcomes, as soon as what is in flight was answered; so is whatever is fed
        later. `running`: batches fed from now on are sent. Those who got an outcome are not sent to again.
        """
        self._run(scripts.CONTROL, scripts.control_channel(self._db), tenant, mailing, Control(state).value)

    def set_rate(self, tenant: int, per_hour: int) -> None:
        """Let a tenant's mail leave at this rate on average, a batch at a time; 0 takes the limit away."""
        self._limit("mta:rates", tenant, per_hour)
        if not per_hour:
            self._redis.delete(f"mta:paid:{tenant}")

    def set_quota(self, tenant: int, per_hour: int) -> None:
        """Let no more of a tenant's mails leave in an hour, over all machines; 0 takes the limit away.

        The hour begins with its first mail. What is over it waits in its queue. The transactional lane is free.
        """
        self._limit("mta:quotas", tenant, per_hour)

    def set_weight(self, tenant: int, weight: int) -> None:
        """Give a tenant this many turns beside others of the same lane; 1 is everybody's."""
        self._limit("mta:weights", tenant, weight if weight > 1 else 0)

    def _limit(self, table: str, tenant: int, number: int) -> None:
        if number:
            self._redis.hset(table, str(tenant), str(number))
        else:
            self._redis.hdel(table, str(tenant))

    # The operator's orders: they stand until they are taken back, and every process obeys within a second.

    def stop_tenant(self, tenant: int, reason: str) -> None:
        """Let nothing of a tenant leave, in any lane. What is queued or fed later is kept; cancelling works."""
        self._order(f"tenant:{tenant}", reason)

    def release_tenant(self, tenant: int) -> None:
        self._order(f"tenant:{tenant}", None)

    def suspend(self, destination: str, reason: str) -> None:
        """Send nothing to a destination; what is for it waits without counting attempts."""
        self._order(f"destination:{destination}", reason)

    def resume(self, destination: str) -> None:
        """Send to a destination again, and at once what waited for it."""
        self._order(f"destination:{destination}", None)
        self.flush_destination(destination)

    def flush_destination(self, destination: str) -> None:
        """Try now what is deferred there, and forget why it was to be left alone for a while."""
        now = time.time()
        told: Any = self._redis.hgetall(scripts.ORDERS)
        old = [f for f, at in told.items() if f.startswith(b"flush:") and float(at) < now - FLUSH_SECONDS]
        if old:
            self._redis.hdel(scripts.ORDERS, *old)
        self._order(f"flush:{destination}", f"{now:.3f}")
        self._flush("", destination)

    def stand_by(self, stopped: Mapping[int, str], suspended: Mapping[str, str], logged: Mapping[str, float]) -> None:
        """Make these all the tenants that are stopped, all the destinations that are suspended, and all the logs."""
        told: Any = self._redis.hgetall(scripts.ORDERS)
        orders = read_orders({field.decode(): value.decode() for field, value in told.items()})
        for tenant in orders.stopped.keys() - stopped.keys():
            self.release_tenant(tenant)
        for destination in orders.suspended.keys() - suspended.keys():
            self.resume(destination)
        for tenant, reason in stopped.items():
            if orders.stopped.get(tenant) != reason:
                self.stop_tenant(tenant, reason)
        for destination, reason in suspended.items():
            if orders.suspended.get(destination) != reason:
                self.suspend(destination, reason)
        for whose in orders.logged.keys() - logged.keys():
            self.log_attempts(whose, until=0)
        for whose, until in logged.items():
            if orders.logged.get(whose) != round(until):
                self.log_attempts(whose, until=until)

    def flush_tenant(self, tenant: int) -> None:
        """Try now what is deferred of a tenant."""
        self._flush(str(tenant), EVERYWHERE)

    def log_attempts(self, whose: str, *, until: float) -> None:
        """Have every process log a line for each attempt of a tenant, or of `EVERYBODY`, until then; 0: no longer."""
        self._order(f"log:{whose}", str(round(until)) if until else None)

    def _order(self, field: str, value: str | None) -> None:
        pipeline = self._redis.pipeline(transaction=True)
        if value is None:
            pipeline.hdel(scripts.ORDERS, field)
        else:
            pipeline.hset(scripts.ORDERS, field, value)
        pipeline.publish(scripts.control_channel(self._db), scripts.ORDERS_CHANGED)
        pipeline.execute()

    def _flush(self, tenant: str, destination: str) -> None:
        skip = 0
        while skip >= 0:
            skip = int(self._run(scripts.FLUSH, tenant, destination, skip))

    def purge(self, tenant: int, *, seconds: float = PURGE_SECONDS) -> None:
        """Remove whatever there is of a tenant: plans, batches, who is deferred, done marks, outcomes not read yet.

        Nothing of it may be fed any more. What is in flight is waited for, up to so many seconds. Safe to repeat.

        Raises:
            erasing.StillBusy: a server kept it waiting for longer; the tenant stays stopped.
        """
        self.stop_tenant(tenant, "erased")
        erasing.forget(self._redis, tenant, seconds=seconds)

    def overview(self) -> Overview:
        """Return what all processes do, and what waits for whom."""
        return overview(self._redis)

    def _run(self, script: scripts.Script, *arguments: Any) -> Any:
        return run(self._redis, script, *arguments)


class OutcomeStream:
    """Reads outcomes for the product as one consumer of the group `ingest`; any number of consumers may share the work.

    An entry is delivered until it is acknowledged: after a crash, to the consumer of the same name at once, to another
    one 30 s later. So an entry can come twice, and a recipient's later outcome before an earlier one: move rows
    forward only.
    """

    def __init__(self, redis: Redis, consumer: str, *, claim_after_ms: int = CLAIM_AFTER_MS) -> None:
        self._redis = redis
        self._consumer = consumer
        self._claim_after_ms = claim_after_ms
        self._own: str | None = "0"
        self._claim_at = 0.0

    def read(self, count: int = 100, block_ms: int = 1000) -> list[tuple[bytes, Outcomes]]:
        """Return up to `count` entries, oldest first, waiting up to `block_ms` for the first (0: do not wait)."""
        return self._grouped(lambda: self._own_pending(count) or self._claimed(count) or self._new(count, block_ms))

    def ack(self, ids: Sequence[bytes]) -> None:
        """Say that these entries are stored for good; they leave the stream."""
        if ids:
            run(self._redis, scripts.ACK, *ids)

    def waiting(self) -> int:
        """Return how many entries are not acknowledged yet."""
        return int(self._redis.xlen(scripts.OUTCOMES))

    def _grouped(self, read: Callable[[], list[tuple[bytes, Outcomes]]]) -> list[tuple[bytes, Outcomes]]:
        try:
            return read()
        except ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            self._create_group()
            return read()

    def _create_group(self) -> None:
        try:
            self._redis.xgroup_create(scripts.OUTCOMES, scripts.INGEST, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):  # another consumer was faster
                raise

    def _own_pending(self, count: int) -> list[tuple[bytes, Outcomes]]:
        """What this consumer was given before it crashed; only asked for until there is no more."""
        if self._own is None:
            return []
        answer: Any = self._redis.xreadgroup(scripts.INGEST, self._consumer, {scripts.OUTCOMES: self._own}, count=count)
        entries = _stream_entries(answer)
        self._own = entries[-1][0].decode() if entries else None
        return _decoded(entries)

    def _claimed(self, count: int) -> list[tuple[bytes, Outcomes]]:
        if time.monotonic() < self._claim_at:
            return []
        answer: Any = self._redis.xautoclaim(
            scripts.OUTCOMES, scripts.INGEST, self._consumer, self._claim_after_ms, count=count
        )
        if not answer[1]:
            self._claim_at = time.monotonic() + self._claim_after_ms / 3000
        return _decoded(answer[1])

    def _new(self, count: int, block_ms: int) -> list[tuple[bytes, Outcomes]]:
        answer: Any = self._redis.xreadgroup(
            scripts.INGEST, self._consumer, {scripts.OUTCOMES: ">"}, count=count, block=block_ms or None
        )
        return _decoded(_stream_entries(answer))


def run(redis: Redis, script: scripts.Script, *arguments: Any) -> Any:
    try:
        return redis.evalsha(script.sha, 0, *arguments)
    except NoScriptError:
        return redis.eval(script.text, 0, *arguments)


def database_number(redis: Redis) -> int:
    return int(redis.get_connection_kwargs().get("db") or 0)


def _plan_key(plan_id: str) -> str:
    return f"mta:plan:{plan_id}"


def _stream_entries(answer: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """RESP2 answers with a list of pairs, RESP3 with a dict."""
    if not answer:
        return []
    if isinstance(answer, dict):
        entries = next(iter(answer.values()))
        return list(entries[0]) if entries and isinstance(entries[0], list) else list(entries)
    return list(answer[0][1])


def _decoded(entries: Sequence[tuple[bytes, dict[bytes, bytes] | None]]) -> list[tuple[bytes, Outcomes]]:
    return [(entry_id, unpack_outcomes(fields[b"o"])) for entry_id, fields in entries if fields]


def meaning(code: int, enhanced: str, text: str) -> tuple[str, bool]:
    """Return what a refusal means that somebody else tells of (a late bounce): its class, and whether writing to the
    address again is of no use. By the MTA's own rules.

    Raises:
        SettingsError: the file of rules cannot be read.
    """
    rule = _classifier().classify(code, enhanced, text)
    return rule.bounce.value, rule.hard


@lru_cache(maxsize=1)
def _classifier() -> classify.Classifier:
    return classify.load(Settings.from_env().bounces)
