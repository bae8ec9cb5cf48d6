"""Whose turn it is at a destination: lanes in order, inside a lane tenant after tenant."""

from __future__ import annotations

from collections import OrderedDict, deque

from mta.contract import Lane
from mta.work import Delivery, State

LANES = tuple(Lane)


class Turns:
    """Deliveries in lanes, in a lane tenant after tenant. Those that were settled meanwhile are passed over."""

    def __init__(self) -> None:
        self._lanes: tuple[OrderedDict[int, deque[Delivery]], ...] = tuple(OrderedDict() for _ in LANES)
        self._places = dict(zip(LANES, self._lanes, strict=True))
        self._count = 0

    def __len__(self) -> int:
        """Return how many there are at most; settled ones count until their turn comes."""
        return self._count

    def push(self, delivery: Delivery, *, first: bool = False) -> None:
        tenants = self._places[delivery.work.lane]
        queue = tenants.get(delivery.work.tenant)
        if queue is None:
            queue = tenants[delivery.work.tenant] = deque()
        if first:
            queue.appendleft(delivery)
        else:
            queue.append(delivery)
        self._count += 1

    def pop(self) -> Delivery | None:
        for tenants in self._lanes:
            while tenants:
                tenant, queue = next(iter(tenants.items()))
                delivery = self._first_waiting(queue)
                if queue:
                    tenants.move_to_end(tenant)
                else:
                    del tenants[tenant]
                if delivery is not None:
                    return delivery
        return None

    def _first_waiting(self, queue: deque[Delivery]) -> Delivery | None:
        while queue:
            delivery = queue.popleft()
            self._count -= 1
            if delivery.state is State.WAITING:
                return delivery
        return None

    def waiting(self) -> list[Delivery]:
        return [d for tenants in self._lanes for queue in tenants.values() for d in queue if d.state is State.WAITING]
