"""What is gathered before it is written to the stream."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

import pytest
from redis.exceptions import ConnectionError as RedisIsAway

from app.tracking import outbox, stream
from app.tracking.outbox import Outbox
from app.tracking.stream import TrackEvent, new_key


class Stream:
    """Stands for Redis: takes what is put, unless it is away."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.trips = 0
        self.away = False

    def put_all(self, events: Sequence[TrackEvent]) -> None:
        if self.away:
            raise RedisIsAway
        self.trips += 1
        self.taken += [event.seq for event in events]


@pytest.fixture
def redis(monkeypatch: pytest.MonkeyPatch) -> Stream:
    made = Stream()
    monkeypatch.setattr(stream, "put_all", made.put_all)
    return made


def event(seq: int) -> TrackEvent:
    return TrackEvent(tenant_id=1, mailing_id=2, seq=seq, kind="open", at=1.0, key=new_key(1.0))


def written(redis: Stream, count: int) -> list[int]:
    until = time.monotonic() + 10
    while len(redis.taken) < count and time.monotonic() < until:
        time.sleep(0.002)
    return redis.taken


def test_what_is_put_is_written_in_order_without_being_asked(redis: Stream) -> None:
    box = Outbox()
    for seq in range(700):
        box.put(event(seq))
    assert written(redis, 700) == list(range(700))
    assert redis.trips < 700
    box.put(event(700))
    assert written(redis, 701)[-1] == 700


def test_while_redis_is_away_nothing_is_lost(redis: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "PATIENCE_SECONDS", 0.01)
    redis.away = True
    box = Outbox()
    for seq in range(3):
        box.put(event(seq))
    with pytest.raises(RedisIsAway):
        box.flush()
    redis.away = False
    assert written(redis, 3) == [0, 1, 2]


def test_it_does_not_grow_without_end(redis: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MOST_WAITING", 2)
    monkeypatch.setattr(outbox, "GATHER_SECONDS", 60.0)
    box = Outbox()
    for seq in range(5):
        box.put(event(seq))
    box.flush()
    assert redis.taken == [0, 1]


def test_a_forked_process_begins_with_nothing(redis: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "GATHER_SECONDS", 60.0)
    monkeypatch.setattr(outbox, "_outbox", Outbox())
    outbox.put(event(1))
    child = os.fork()
    if child == 0:
        outbox.flush()
        os._exit(0 if redis.taken == [] else 1)
    assert os.waitpid(child, 0)[1] == 0
    outbox.flush()
    assert redis.taken == [1]
