"""One destination in this process: what waits for it, in whose turn, and the connections that carry it."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

import structlog

from mta.contract import Lane
from mta.ports import Envelope, Reply, Route, Transport, Unreachable
from mta.work import Delivery, State

LANES = tuple(Lane)
FORGET = 600.0
BACK_OFF = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
log = structlog.get_logger("mta")


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


@dataclass(frozen=True, slots=True)
class Limits:
    """What a destination may be asked for by this process. Seconds as in `settings.Settings`."""

    connections: int
    hold: float


class Destination:
    """Implements `ports.Feed` for the connections of one route.

    `ready` is asked before each mail: it merges, and settles itself what cannot be sent. `settle` gets every answer.
    `put_back` says whether a mail that came back unsent shall wait again.
    """

    def __init__(
        self,
        route: Route,
        transport: Transport,
        limits: Limits,
        *,
        open_for_work: Callable[[], bool],
        ready: Callable[[Delivery], bool],
        settle: Callable[[Delivery, Reply], None],
        put_back: Callable[[Delivery], bool],
    ) -> None:
        self.route = route
        self._transport = transport
        self._limits = limits
        self._open_for_work = open_for_work
        self._ready = ready
        self._settle = settle
        self._put_back = put_back
        self._turns = Turns()
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiters: deque[asyncio.Future[bool]] = deque()
        self._failures = 0
        self._down_until = 0.0
        self._closing = False
        self.last_failure: Reply | None = None
        self.last_used = time.monotonic()

    @property
    def connections(self) -> int:
        return len(self._tasks)

    @property
    def forgotten(self) -> bool:
        """Nothing to do for a while."""
        return not self._tasks and not len(self._turns) and time.monotonic() - self.last_used > FORGET

    def push(self, delivery: Delivery) -> None:
        self._turns.push(delivery)
        self.last_used = time.monotonic()

    def take(self) -> Envelope | None:
        while self._open_for_work():
            delivery = self._turns.pop()
            if delivery is None:
                return None
            if self._ready(delivery):
                delivery.work.start(delivery)
                return delivery
        return None

    def answer(self, envelope: Envelope, reply: Reply) -> None:
        self._failures = 0
        self.last_failure = None
        self.last_used = time.monotonic()
        self._settle(cast(Delivery, envelope), reply)

    def give_back(self, envelope: Envelope) -> None:
        delivery = cast(Delivery, envelope)
        if self._put_back(delivery):
            self._turns.push(delivery, first=True)

    async def wait(self, seconds: float) -> bool:
        if self._closing:
            return False
        waiter: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            return await asyncio.wait_for(waiter, seconds)
        except TimeoutError:
            with suppress(ValueError):
                self._waiters.remove(waiter)
            return False

    def work(self) -> None:
        """Wake connections that idle, and open more where that is not enough."""
        wanted = len(self._turns)
        while wanted and self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(True)
                wanted -= 1
        if time.monotonic() >= self._down_until and self._open_for_work():
            for _ in range(min(wanted, self._limits.connections - len(self._tasks))):
                task = asyncio.create_task(self._converse())
                self._tasks.add(task)
                task.add_done_callback(self._ended)

    async def _converse(self) -> None:
        try:
            await self._transport.converse(self.route, self)
        except Unreachable as error:
            self._failed(error.reply)
        except Exception as error:  # a fault of ours must not turn into a storm of connections
            log.exception("connection_failed", destination=self.route.key)
            self._failed(Reply(0, f"internal error: {type(error).__name__}", "4.3.0"))

    def _failed(self, reply: Reply) -> None:
        if time.monotonic() < self._down_until:  # others were opened at the same time
            return
        self.last_failure = reply
        delay = BACK_OFF[min(self._failures, len(BACK_OFF) - 1)]
        self._failures += 1
        self._down_until = time.monotonic() + delay
        log.warning("unreachable", destination=self.route.key, code=reply.code, reason=reply.text, again_in=delay)
        asyncio.get_running_loop().call_later(delay + 0.01, self.work)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if len(self._turns):
            self.work()

    def give_up_held(self) -> None:
        """Where no connection can be made, let those who have waited long enough count it as an attempt."""
        if self.last_failure is None or self._tasks:
            return
        before = time.monotonic() - self._limits.hold
        for delivery in self._turns.waiting():
            if delivery.work.claimed_at <= before:
                self._settle(delivery, self.last_failure)

    async def close(self, seconds: float) -> None:
        """Let what is in flight be answered, and close all connections within the given time."""
        self._closing = True
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(False)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=max(seconds, 0.01))
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
