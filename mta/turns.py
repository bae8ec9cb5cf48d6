"""Whose turn it is at a destination: lanes in order, inside a lane tenant after tenant, each for its weight."""

from __future__ import annotations

from collections import OrderedDict, deque

from mta.contract import Lane
from mta.work import Delivery, State


class Turns:
    """Deliveries that wait. Those that were settled meanwhile are passed over."""

    def __init__(self) -> None:
        self._lanes = {lane: _Round() for lane in Lane}
        self._count = 0

    def __len__(self) -> int:
        """Return how many there are at most; settled ones count until their turn comes."""
        return self._count

    def push(self, delivery: Delivery, *, first: bool = False) -> None:
        self._lanes[delivery.work.lane].push(delivery, first=first)
        self._count += 1

    def pop(self) -> Delivery | None:
        for tenants in self._lanes.values():
            while (delivery := tenants.pop()) is not None:
                self._count -= 1
                if delivery.state is State.WAITING:
                    return delivery
        return None

    def waiting(self) -> list[Delivery]:
        return [d for tenants in self._lanes.values() for d in tenants.all() if d.state is State.WAITING]


class _Round:
    """The tenants of a lane. In its turn, a tenant is served as many mails as it weighs."""

    def __init__(self) -> None:
        self._queues: OrderedDict[int, deque[Delivery]] = OrderedDict()
        self._served = 0

    def push(self, delivery: Delivery, *, first: bool) -> None:
        queue = self._queues.setdefault(delivery.work.tenant, deque())
        if first:
            queue.appendleft(delivery)
        else:
            queue.append(delivery)

    def pop(self) -> Delivery | None:
        if not self._queues:
            return None
        tenant, queue = next(iter(self._queues.items()))
        delivery = queue.popleft()
        self._served += delivery.state is State.WAITING
        if not queue:
            del self._queues[tenant]
            self._served = 0
        elif self._served >= delivery.work.weight:
            self._queues.move_to_end(tenant)
            self._served = 0
        return delivery

    def all(self) -> list[Delivery]:
        return [delivery for queue in self._queues.values() for delivery in queue]
