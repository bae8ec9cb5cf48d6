"""A claimed batch in this process, and its recipients on their way."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from enum import Enum

from mta.contract import Control, Lane, Recipient
from mta.merge import CompiledPlan, Message
from mta.ports import EVERYWHERE, Claim

DUE_SLACK = 60.0  # who is due within a minute goes along, so that a batch is not opened for each of its recipients
_NOTHING = Message("", "", b"", b"")


class State(Enum):
    WAITING = 1
    IN_FLIGHT = 2
    SETTLED = 3


class Delivery:
    """One recipient of a batch on the way; `attempt` counts those before this one. `destination`: where it waits."""

    __slots__ = ("attempt", "destination", "first_at", "message", "recipient", "state", "work")

    def __init__(self, work: Work, recipient: Recipient, attempt: int, first_at: float) -> None:
        self.work = work
        self.recipient = recipient
        self.attempt = attempt
        self.first_at = first_at
        self.destination = ""
        self.state = State.WAITING
        self.message = _NOTHING

    @property
    def domain(self) -> str:
        return domain_of(self.recipient.address)


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()


class Work:
    """A batch that this process holds: who is still to be sent to, and how many are in flight.

    `flushed`: domains whose deferred recipients go along before they are due. `dropped`: whoever waited was given up,
    `kept` for another time.
    """

    __slots__ = (
        "cancelled",
        "claimed_at",
        "deliveries",
        "dropped",
        "in_flight",
        "kept",
        "lane",
        "mail",
        "mailing",
        "ref",
        "tenant",
        "waiting",
        "weight",
    )

    def __init__(self, claim: Claim, mail: CompiledPlan | None, *, flushed: Collection[str] = ()) -> None:
        batch = claim.batch
        self.ref = claim.ref
        self.tenant, self.mailing, self.lane = batch.tenant, batch.mailing, Lane(batch.lane)
        self.weight = claim.weight
        self.mail = mail
        self.claimed_at = time.monotonic()
        self.deliveries = list(self._due(claim, flushed))
        self.waiting = len(self.deliveries)
        self.in_flight = 0
        self.dropped = self.kept = False
        self.cancelled = False

    def _due(self, claim: Claim, flushed: Collection[str]) -> Iterator[Delivery]:
        everybody = claim.control is Control.CANCELLED or claim.flush == EVERYWHERE
        for recipient in claim.batch.recipients:
            if recipient.seq in claim.done:
                continue
            retry = claim.retries.get(recipient.seq)
            if retry is None:
                yield Delivery(self, recipient, 0, claim.now)
            elif everybody or retry.due <= claim.now + DUE_SLACK or domain_of(recipient.address) in flushed:
                yield Delivery(self, recipient, retry.attempt, retry.first_at or claim.now)

    @property
    def mailing_key(self) -> tuple[int, str]:
        return self.tenant, self.mailing

    @property
    def asks_for_proof(self) -> bool:
        return self.mail is not None and self.mail.plan.prove

    @property
    def over(self) -> bool:
        return self.waiting == 0 and self.in_flight == 0

    def still_waiting(self) -> list[Delivery]:
        return [delivery for delivery in self.deliveries if delivery.state is State.WAITING]

    def start(self, delivery: Delivery) -> None:
        delivery.state = State.IN_FLIGHT
        self.waiting -= 1
        self.in_flight += 1

    def put_back(self, delivery: Delivery) -> None:
        delivery.state = State.WAITING
        delivery.message = _NOTHING
        self.in_flight -= 1
        self.waiting += 1

    def settle(self, delivery: Delivery) -> None:
        if delivery.state is State.WAITING:
            self.waiting -= 1
        else:
            self.in_flight -= 1
        delivery.state = State.SETTLED
        delivery.message = _NOTHING

    def drop(self) -> int:
        """Give up whoever waits, without an outcome; return how many."""
        dropped = self.still_waiting()
        for delivery in dropped:
            delivery.state = State.SETTLED
        self.waiting = 0
        self.dropped = True
        return len(dropped)
