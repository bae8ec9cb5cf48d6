"""The product's side: batches, and the stream of outcomes."""

from __future__ import annotations

import pytest
from redis import Redis

from mta.client import Client, OutcomeStream
from mta.contract import MAX_BATCH, Batch, Lane, Outcome, Outcomes, Recipient, Status, pack, unpack_plan
from mta.scripts import OUTCOMES
from tests.mta.conftest import RedisServer
from tests.mta.support import a_batch, a_plan, eventually


def put(redis: Redis, seq: int) -> None:
    outcome = Outcome(seq, Status.ACCEPTED, 1.0, 1, 250)
    redis.xadd(OUTCOMES, {"o": pack(Outcomes(1, "7", "0", [outcome]))})


def seqs(entries: list[tuple[bytes, Outcomes]]) -> list[int]:
    return [outcome.seq for _, entry in entries for outcome in entry.outcomes]


def test_a_plan_travels_whole(client: Client, redis: Redis) -> None:
    plan = a_plan(attachments=[], expires_at=5.0)
    assert not client.has_plan("plan")
    client.put_plan(plan)
    assert client.has_plan("plan")
    assert unpack_plan(redis.get("mta:plan:plan")) == plan  # type: ignore[arg-type]
    client.drop_plan("plan")
    assert not client.has_plan("plan")


def test_the_backlog_counts_who_was_handed_over(client: Client) -> None:
    plan = a_plan()
    assert client.submit_many([a_batch(plan, 0), a_batch(plan, 1), a_batch(plan, 0)]) == [True, True, False]
    assert client.backlog(1, Lane.NORMAL) == 20
    assert client.backlog(2, Lane.NORMAL) == client.backlog(1, Lane.BULK) == 0
    assert client.open_batches(1, "7") == {"0", "1"}
    assert client.open_batches(2, "7") == set()


@pytest.mark.parametrize("count", [0, MAX_BATCH + 1])
def test_a_batch_has_a_size(client: Client, count: int) -> None:
    with pytest.raises(ValueError, match="recipients"):
        client.submit(a_batch(a_plan(), count=count))


def test_an_id_may_not_hold_a_colon(client: Client) -> None:
    batch = Batch(id="1:2", plan="p", tenant=1, mailing="7", lane=Lane.BULK, recipients=[Recipient(0, "a@b.kr", [])])
    with pytest.raises(ValueError, match="colon"):
        client.submit(batch)


def test_the_largest_batch_can_be_fed_again(client: Client, redis: Redis) -> None:
    plan = a_plan()
    redis.sadd("mta:done:1:7:0", *range(10))
    assert client.submit(a_batch(plan, count=MAX_BATCH))
    assert client.backlog(1, Lane.NORMAL) == MAX_BATCH - 10


def test_outcomes_come_until_they_are_acknowledged(redis: Redis) -> None:
    stream = OutcomeStream(redis, "one")
    assert stream.read(10, 1) == []
    for seq in range(3):
        put(redis, seq)
    first = stream.read(2, 0)
    assert seqs(first) == [0, 1]
    stream.ack([first[0][0]])
    again = OutcomeStream(redis, "one")
    assert seqs(again.read(10, 0)) == [1]
    rest = again.read(10, 0)
    assert seqs(rest) == [2]
    again.ack([first[1][0], rest[0][0]])
    assert stream.waiting() == 0


def test_what_a_dead_consumer_left_goes_to_another(redis: Redis) -> None:
    put(redis, 5)
    assert seqs(OutcomeStream(redis, "dead").read(10, 0)) == [5]
    heir = OutcomeStream(redis, "heir", claim_after_ms=100)
    assert seqs(eventually(lambda: heir.read(10, 0))) == [5]


def test_outcomes_written_before_anybody_read_are_not_lost_and_flushall_is_survived(redis: Redis) -> None:
    stream = OutcomeStream(redis, "one")
    put(redis, 1)
    assert seqs(stream.read(10, 0)) == [1]
    redis.flushall()
    assert stream.read(10, 0) == []
    put(redis, 2)
    assert seqs(stream.read(10, 0)) == [2]


def test_scripts_are_loaded_again_after_a_restart(redis_server: RedisServer, client: Client) -> None:
    plan = a_plan()
    assert client.submit(a_batch(plan, 0))
    redis_server.stop()
    redis_server.start()
    assert eventually(lambda: client.submit(a_batch(plan, 1)), errors=(OSError, Exception))
    assert client.open_batches(1, "7") == {"0", "1"}
