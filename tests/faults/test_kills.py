"""Processes are killed at random moments of a mailing, and Redis forgets everything: nobody is lost.

A recipient may get the mail twice only if its server had answered and the answer was not written down yet. Such answers
are bounded by what is in flight or not yet ingested at the moment of the kill; the tests print and bound them.
"""

from __future__ import annotations

import random

import pytest
import redis

from tests.faults.running import (
    RECIPIENTS,
    accepted,
    check,
    kill,
    running,
    send,
    state,
    unrecorded,
    wait_for_accepted,
)

pytestmark = pytest.mark.fault


@pytest.mark.parametrize("victim", ["worker", "ingest", "mta"])
def test_killed_processes_lose_nobody(victim: str) -> None:
    with running() as (product, record):
        send(product)
        moments = sorted(random.sample(range(1, RECIPIENTS), 3))
        explained = 0
        for moment in moments:
            wait_for_accepted(product, record, moment)
            kill(product, victim)
            # Only the MTA can repeat: what was answered and not yet stored by a group commit.
            explained += unrecorded(product, record) if victim == "mta" else 0
            product.start(victim)
        check(product, record, allowed=explained)


def test_redis_may_forget_everything_in_the_middle() -> None:
    with running() as (product, record):
        send(product)
        wait_for_accepted(product, record, random.randrange(500, RECIPIENTS - 500))
        known = state(product)[1]
        redis.Redis.from_url(product.services.redis_url).flushall()
        forgotten = accepted(record) - known
        # Each of two engines may finish the slice it holds while the ledger feeds that slice again.
        check(product, record, allowed=forgotten + 2 * 500)
