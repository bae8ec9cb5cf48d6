"""The Redis stream between the public endpoints and ingest: one entry an event, none of it the only copy of anything
that must not be lost (an unsubscribe is in the database before its event is here)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import structlog
from redis import Redis
from redis.exceptions import ResponseError

from app.core.redis import redis

STREAM = "track:events"
GROUP = "ingest"
# A bound for the day nobody reads: some 600 MB. Ingest empties as many in a minute, so it never bites otherwise.
MOST_ENTRIES = 2_000_000
LOST_AFTER_MS = 30_000

log = structlog.get_logger(__name__)


class TrackEvent(msgspec.Struct, frozen=True, array_like=True):
    """What one recipient (or a machine in their place) did. `at` in epoch seconds; `key` makes it itself.

    `detail` is an order, as JSON, before it is known whose click it follows.
    """

    tenant_id: int
    mailing_id: int
    seq: int
    kind: str
    at: float
    key: str
    link: int = 0
    human: bool = True
    reason: str = ""
    user_agent: str = ""
    network: str = ""
    language: str = ""
    detail: str = ""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(TrackEvent)


def new_key(at: float) -> str:
    """Return a key nobody else has; it begins with the time, so that the index on it grows at one end."""
    return f"{first_key(at)}{secrets.token_hex(5)}"


def first_key(at: float) -> str:
    """Return what the keys of events since a moment are not below."""
    return f"{int(at * 1000):012x}"


def packed(event: TrackEvent) -> bytes:
    """Return an event as it stands on the stream, in its field ``e``."""
    return _encoder.encode(event)


def put(event: TrackEvent) -> None:
    redis().xadd(STREAM, {b"e": packed(event)}, maxlen=MOST_ENTRIES, approximate=True)


def put_all(events: Sequence[TrackEvent]) -> None:
    """Put several events in one round trip."""
    pipe = redis().pipeline(transaction=False)
    for event in events:
        pipe.xadd(STREAM, {b"e": packed(event)}, maxlen=MOST_ENTRIES, approximate=True)
    pipe.execute()


def waiting() -> int:
    """How many entries nobody has acknowledged."""
    return int(redis().xlen(STREAM))


class Entry(NamedTuple):
    id: bytes
    event: TrackEvent


_Raw = list[tuple[bytes, dict[bytes, bytes]]]


class TrackStream:
    """The stream as one consumer of its group sees it: each event goes to one consumer, until it is acknowledged."""

    def __init__(self, client: Redis, consumer: str) -> None:
        self._client = client
        self._consumer = consumer

    def read(self, count: int, block_ms: int) -> list[Entry]:
        """Return events not yet acknowledged: first those a dead consumer left lying for 30 s, else new ones.

        Waits up to `block_ms` for the first. After a FLUSHALL the stream and its group are made anew.
        """
        try:
            return self._decoded(self._abandoned(count) or self._new(count, block_ms))
        except ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            self._make_group()
            return self._decoded(self._new(count, 0))

    def ack(self, ids: Sequence[bytes]) -> None:
        """Forget entries whose events are in the database."""
        if ids:
            pipe = self._client.pipeline()
            pipe.xack(STREAM, GROUP, *ids)
            pipe.xdel(STREAM, *ids)
            pipe.execute()

    def _abandoned(self, count: int) -> _Raw:
        answer: Any = self._client.xautoclaim(STREAM, GROUP, self._consumer, min_idle_time=LOST_AFTER_MS, count=count)
        return [(entry_id, fields) for entry_id, fields in answer[1] if fields]

    def _new(self, count: int, block_ms: int) -> _Raw:
        # BLOCK 0 would wait for ever.
        answer: Any = self._client.xreadgroup(GROUP, self._consumer, {STREAM: ">"}, count=count, block=block_ms or None)
        if isinstance(answer, dict):  # RESP3: the stream's name → lists of entries
            return [entry for part in answer.get(STREAM.encode(), []) for entry in part]
        return [entry for _, entries in answer or [] for entry in entries]

    def _decoded(self, raw: _Raw) -> list[Entry]:
        entries = []
        for entry_id, fields in raw:
            try:
                entries.append(Entry(entry_id, _decoder.decode(fields[b"e"])))
            except (KeyError, msgspec.MsgspecError):
                log.error("track_event_unreadable", entry=entry_id.decode())
                self.ack([entry_id])
        return entries

    def _make_group(self) -> None:
        try:
            self._client.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
