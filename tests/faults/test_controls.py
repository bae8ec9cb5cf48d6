"""Pause, resume and cancel in the middle of a mailing, against the real engine and a sink that notes who got it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.running import Park, park

pytestmark = pytest.mark.fault
RECIPIENTS = 10_000
EFFECTIVE_SECONDS = 1.0


@pytest.fixture(scope="module")
def running() -> Iterator[Park]:
    with park() as opened:
        yield opened


@pytest.fixture
def begun(running: Park) -> Park:
    """A mailing that has come as far as a tenth."""
    running.begin()
    running.send(RECIPIENTS)
    running.until(RECIPIENTS // 10)
    return running


def until(park: Park, state: str) -> None:
    park.product.wait_for(state, lambda: park.state()[0] == state, seconds=120)


def test_a_paused_mailing_rests_and_goes_on_without_repeating_anybody(begun: Park) -> None:
    begun.control("pause")
    rested = begun.until_still()
    assert rested < RECIPIENTS
    assert begun.state()[0] == "paused"
    begun.control("resume")
    until(begun, "finished")
    got = begun.arrived()
    assert len(got) == len(set(got)) == RECIPIENTS


def test_a_cancelled_mailing_stops_and_accounts_for_everybody(begun: Park) -> None:
    receipt = begun.control("cancel")
    until(begun, "cancelled")
    _, sent, total = begun.state()
    assert total == RECIPIENTS
    assert sent == begun.accepted() < RECIPIENTS
    assert receipt["sent"] <= sent <= receipt["sent"] + receipt["in_flight"]
    assert receipt["sent"] + receipt["in_flight"] + receipt["not_sent"] == total
    [[last]] = begun.query(
        "SELECT extract(epoch FROM max(answered_at)) FROM (SELECT * FROM deliveries WHERE state = 2) d"
    )
    # By the times of the answers themselves: how fast this test looks has no part in it.
    assert float(last) - receipt["at"] < EFFECTIVE_SECONDS


def test_a_mailing_cancelled_while_it_rests_is_over_at_once(begun: Park) -> None:
    begun.control("pause")
    begun.until_still()
    begun.control("cancel")
    until(begun, "cancelled")
    assert begun.state()[1] == begun.accepted()
