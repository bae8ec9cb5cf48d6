"""The spool in Redis. See `scripts.py` for what lies where."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from typing import Any

import msgspec
import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import NoScriptError, RedisError

from mta import scripts
from mta.ceilings import Ceiling
from mta.contract import Control, Outcome, Outcomes, Plan, Status, file_key, pack, unpack_batch, unpack_plan
from mta.orders import read_orders
from mta.ports import Claim, Entry, Retry, Signal, SpoolError, SpoolFull, Tick, Word
from mta.shares import Share, Standing
from mta.state import ProcessState, pack_state

CONNECTION_ERRORS = (RedisError, OSError, asyncio.TimeoutError)
RECONNECT = 0.3
log = structlog.get_logger("mta")


class RedisSpool:
    """Implements `ports.Spool`. `process` must be unique among all processes, past ones included."""

    def __init__(self, url: str, process: str, *, dead_after: float = 10.0) -> None:
        self._redis = Redis.from_url(url, socket_connect_timeout=3, socket_timeout=10, health_check_interval=0)
        self._db = int(self._redis.connection_pool.connection_kwargs.get("db") or 0)
        self._process = process
        self._dead_after = dead_after

    async def claim(self, *, insist: bool = False) -> Claim | None:
        answer = await self._run(scripts.CLAIM, self._process, int(insist))
        if not answer:
            return None
        ref, payload, control, done, retry, now, weight, flush = answer
        try:
            batch = unpack_batch(payload)
        except msgspec.MsgspecError as error:  # of another version: who wrote it feeds it again
            log.error("batch_unreadable", batch=ref.decode(), reason=str(error))
            await self.release([ref.decode()])
            return None
        return Claim(
            ref=ref.decode(),
            batch=batch,
            control=Control(control.decode()) if control else Control.RUNNING,
            done={int(seq) for seq in done},
            retries={int(seq): _retry(text) for seq, text in _pairs(retry)},
            now=float(now),
            weight=int(weight),
            flush=flush.decode(),
        )

    async def plan(self, plan_id: str) -> Plan | None:
        try:
            data: Any = await self._redis.get(f"mta:plan:{plan_id}")
            return await self._with_files(unpack_plan(data)) if data else None
        except CONNECTION_ERRORS as error:
            raise _said(error) from error
        except msgspec.MsgspecError as error:
            log.error("plan_unreadable", plan=plan_id, reason=str(error))
            return None

    async def _with_files(self, plan: Plan) -> Plan | None:
        """Put in the contents that are kept apart; without one of them the plan is as good as missing."""
        apart = [each.digest for each in plan.attachments if each.digest]
        if not apart:
            return plan
        found = await self._redis.mget([file_key(plan.tenant, digest) for digest in apart])
        contents = dict(zip(apart, found, strict=True))
        if None in found:
            log.warning("file_missing", plan=plan.id)
            return None
        whole = [
            msgspec.structs.replace(each, content=contents[each.digest]) if each.digest else each
            for each in plan.attachments
        ]
        return msgspec.structs.replace(plan, attachments=whole)

    async def record(self, entries: Sequence[Entry]) -> list[str]:
        lost: list[str] = []
        waiting = list(entries)
        while waiting:
            arguments = [argument for entry in waiting for argument in _arguments(entry)]
            by_ref = {entry.ref: entry for entry in waiting}
            waiting = []
            for answer in await self._run(scripts.RECORD, self._process, *arguments):
                ref = answer[0].decode()
                if answer[1] == b"lost":
                    lost.append(ref)
                else:
                    waiting.append(_without(by_ref[ref], {int(seq) for seq in answer[2:]}))
        return lost

    async def release(self, refs: Collection[str]) -> None:
        await self._run(scripts.RELEASE, self._process, "close", *refs)

    async def hand_back(self, refs: Collection[str]) -> None:
        await self._run(scripts.RELEASE, self._process, "queue", *refs)

    async def tick(
        self, refs: Collection[str], mailings: Collection[tuple[int, str]], state: ProcessState, *, judge: bool
    ) -> Tick:
        names = [f"{tenant}:{mailing}" for tenant, mailing in mailings]
        silence = self._dead_after if judge else 0
        channel = scripts.wake_channel(self._db)
        lost, controls, orphans, orders = await self._run(
            scripts.TICK, self._process, channel, silence, pack_state(state), len(refs), *refs, *names
        )
        states = (Control(state.decode()) for state in controls)
        return Tick(
            lost=[ref.decode() for ref in lost],
            controls=dict(zip(mailings, states, strict=True)),
            orphans=[ref.decode() for ref in orphans],
            orders=read_orders({field.decode(): value.decode() for field, value in _pairs(orders)}),
        )

    async def grant(self, name: str, per_minute: int, wanted: int) -> tuple[int, float]:
        granted, wait = await self._run(scripts.GRANT, name, per_minute, wanted)
        return int(granted), float(wait)

    async def warm(self, ceiling: Ceiling, wanted: int) -> tuple[int, float]:
        given = (ceiling.address, ceiling.first_day, wanted, *ceiling.steps)
        granted, tomorrow = await self._run(scripts.WARM, *given)
        return int(granted), float(tomorrow)

    async def share(self, standings: Sequence[Standing]) -> list[Share]:
        said = [
            part for one in standings for part in (one.key, f"{one.pause:.3f}", f"{one.ago:.3f}", one.level, one.reason)
        ]
        return [
            Share(users, rank, float(pause), level, reason.decode("utf-8", "replace"))
            for users, rank, pause, level, reason in await self._run(scripts.SHARE, self._process, *said)
        ]

    async def leave(self) -> None:
        await self._run(scripts.LEAVE, self._process, scripts.wake_channel(self._db))
        await self._redis.aclose()

    async def signals(self) -> AsyncIterator[Signal]:
        while True:
            pubsub = self._redis.pubsub(ignore_subscribe_messages=True)
            try:
                await pubsub.subscribe(scripts.wake_channel(self._db), scripts.control_channel(self._db))
                yield Word.WORK
                yield Word.ORDERS
                async for signal in self._messages(pubsub):
                    yield signal
            except CONNECTION_ERRORS:
                await asyncio.sleep(RECONNECT)
            finally:
                await pubsub.aclose()  # type: ignore[no-untyped-call]

    async def _messages(self, pubsub: PubSub) -> AsyncIterator[Signal]:
        control = scripts.control_channel(self._db).encode()
        while True:
            message = await pubsub.get_message(timeout=5)
            if message is None:
                continue
            if message["channel"] != control:
                yield Word.WORK
            elif message["data"] == scripts.ORDERS_CHANGED:
                yield Word.ORDERS
            else:
                tenant, mailing, state = message["data"].decode().split(":")
                yield int(tenant), mailing, Control(state)

    async def _run(self, script: scripts.Script, *arguments: Any) -> Any:
        try:
            return await self._redis.evalsha(script.sha, 0, *arguments)
        except NoScriptError:
            return await self._guarded(self._redis.eval(script.text, 0, *arguments))
        except CONNECTION_ERRORS as error:
            raise _said(error) from error

    async def _guarded(self, command: Any) -> Any:
        try:
            return await command
        except CONNECTION_ERRORS as error:
            raise _said(error) from error


def _said(error: Exception) -> SpoolError:
    """Tell a Redis that is away from one that is there and refuses to store (redis.io: maxmemory, stop-writes)."""
    text = str(error)
    if "OOM " in text:
        return SpoolFull(f"Redis is out of memory (maxmemory): {text}")
    return SpoolFull(f"Redis cannot write to its disk: {text}") if "MISCONF" in text else SpoolError(text)


def _pairs(flat: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
    return zip(flat[::2], flat[1::2], strict=True)


def _retry(text: bytes) -> Retry:
    attempt, due, first_at = text.split(b";")
    return Retry(int(attempt), float(due), float(first_at))


def _without(entry: Entry, seqs: set[int]) -> Entry:
    finals = [outcome for outcome in entry.finals if outcome.seq not in seqs]
    return Entry(entry.ref, finals, entry.deferrals, entry.retries, entry.ends)


def _arguments(entry: Entry) -> list[Any]:
    retries: list[Any] = []
    for seq, retry in entry.retries.items():
        retries += (seq, f"{retry.attempt};{retry.due:.1f};{retry.first_at:.0f}")
    return [
        entry.ref,
        "1" if entry.ends else "0",
        sum(outcome.status is Status.CANCELLED and not outcome.attempt for outcome in entry.finals),
        len(entry.finals),
        *(outcome.seq for outcome in entry.finals),
        _event(entry.ref, entry.finals),
        len(entry.retries),
        *retries,
        _event(entry.ref, entry.deferrals),
    ]


def _event(ref: str, outcomes: list[Outcome]) -> bytes:
    if not outcomes:
        return b""
    tenant, mailing, batch = ref.split(":")
    return pack(Outcomes(int(tenant), mailing, batch, outcomes))
