"""The stream between the public door and ingest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from app.tracking import stream
from app.tracking.stream import TrackEvent, TrackStream, new_key
from tests.support.workspaces import Place


def event(seq: int = 1) -> TrackEvent:
    return TrackEvent(tenant_id=1, mailing_id=2, seq=seq, kind="open", at=1_770_000_000.0, key=new_key(1_770_000_000.0))


@pytest.fixture
def own_stream(workspace: Place, redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrackStream]:
    monkeypatch.setattr(stream, "STREAM", f"track:test:{workspace.id}")
    yield TrackStream(redis_server, "one")
    redis_server.delete(stream.STREAM)


def test_what_is_put_is_read_once_and_forgotten_when_acknowledged(own_stream: TrackStream) -> None:
    sent = [event(1), event(2)]
    for one in sent:
        stream.put(one)
    entries = own_stream.read(10, 10)
    assert [entry.event for entry in entries] == sent
    assert own_stream.read(10, 10) == []
    own_stream.ack([entry.id for entry in entries])
    assert stream.waiting() == 0


def test_a_consumer_that_died_leaves_nothing_behind(
    own_stream: TrackStream, redis_server: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream.put(event())
    assert len(own_stream.read(10, 10)) == 1
    monkeypatch.setattr(stream, "LOST_AFTER_MS", 0)
    assert len(TrackStream(redis_server, "two").read(10, 10)) == 1


def test_the_group_is_made_again_when_redis_forgot_it(own_stream: TrackStream, redis_server: Redis) -> None:
    stream.put(event(1))
    own_stream.read(10, 10)
    redis_server.delete(stream.STREAM)
    stream.put(event(2))
    assert [entry.event.seq for entry in own_stream.read(10, 10)] == [2]


def test_an_entry_nobody_can_read_is_dropped(own_stream: TrackStream, redis_server: Redis) -> None:
    redis_server.xadd(stream.STREAM, {"e": b"\xc1"})
    stream.put(event())
    assert len(own_stream.read(10, 10)) == 1
    assert len(redis_server.xrange(stream.STREAM)) == 1


def test_keys_differ_and_grow_with_time() -> None:
    keys = [new_key(1_770_000_000 + n) for n in range(100)]
    assert sorted(keys) == keys
    assert len({new_key(1.0) for _ in range(1000)}) == 1000
