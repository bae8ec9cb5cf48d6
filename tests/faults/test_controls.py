"""Pause, resume and cancel in the middle of a mailing, against the real engine and a sink that notes who got it."""

from __future__ import annotations

import pytest

from tests.faults.running import accepted, control, running, send, state, wait_for_accepted, wait_until_still

pytestmark = pytest.mark.fault
RECIPIENTS = 20_000


def test_a_paused_mailing_rests_and_goes_on_without_repeating_anybody() -> None:
    with running() as (product, record):
        send(product, RECIPIENTS)
        wait_for_accepted(product, record, 1_000)
        control(product, "pause")
        rested = wait_until_still(product, record)
        assert rested < RECIPIENTS
        assert state(product)[0] == "paused"
        control(product, "resume")
        product.wait_for("the end", lambda: state(product)[0] == "finished", seconds=120)
        got = record.read_bytes().split(b"\n")[:-1]
        assert len(got) == len(set(got)) == RECIPIENTS


def test_a_cancelled_mailing_stops_and_accounts_for_everybody() -> None:
    with running() as (product, record):
        send(product, RECIPIENTS)
        wait_for_accepted(product, record, 1_000)
        receipt = control(product, "cancel")
        product.wait_for("the end", lambda: state(product)[0] == "cancelled", seconds=60)
        _, sent, total = state(product)
        assert total == RECIPIENTS
        assert sent == accepted(record) < RECIPIENTS
        assert receipt["sent"] <= sent <= receipt["sent"] + receipt["in_flight"]
        assert receipt["sent"] + receipt["in_flight"] + receipt["not_sent"] == total


def test_a_mailing_cancelled_while_it_rests_is_over_at_once() -> None:
    with running() as (product, record):
        send(product, RECIPIENTS)
        wait_for_accepted(product, record, 1_000)
        control(product, "pause")
        wait_until_still(product, record)
        control(product, "cancel")
        product.wait_for("the end", lambda: state(product)[0] == "cancelled", seconds=30)
        assert state(product)[1] == accepted(record)
