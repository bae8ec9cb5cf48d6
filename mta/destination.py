"""One destination in this process: what waits for it, at what pace it goes, and the connections that carry it."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, cast

import structlog

from mta.ceilings import Ceiling
from mta.orders import Orders
from mta.pace import Pace
from mta.ports import Envelope, Reply, Route, SpoolError, Transport, Unreachable
from mta.shaping import Limits
from mta.shares import Share, Standing
from mta.state import DestinationState
from mta.turns import Turns
from mta.work import Delivery

FORGET = 600.0
COMPLAINED = 3600.0
PARK = 30.0
SHOWN = 200
SHARE = 100
BACK_OFF = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
log = structlog.get_logger("mta")


class Owner(Protocol):
    """What a destination needs of the engine."""

    def open_for_work(self) -> bool:
        """Tell whether mails may be sent just now."""

    def ready(self, delivery: Delivery) -> bool:
        """Merge a mail whose turn has come; False where it was settled instead."""

    def settle(self, delivery: Delivery, reply: Reply) -> None:
        """Write down an answer."""

    def put_back(self, delivery: Delivery) -> bool:
        """Take note of a mail that came back unsent; False where it shall not wait again."""

    def park(self, delivery: Delivery, seconds: float) -> None:
        """Let a mail wait outside for so long, without counting an attempt."""

    async def grant(self, name: str, per_minute: int, wanted: int) -> tuple[int, float]:
        """Return how many mails may go now, and the seconds until there is more."""

    async def warm(self, ceiling: Ceiling, wanted: int) -> tuple[int, float]:
        """Return how many more mails may leave from an address today, and the seconds that remain of it."""

    def count_complaint(self, destination: str, kind: str) -> None:
        """Count a connection that a policy would have refused if it were not only being tested."""


class Destination:
    """Implements `ports.Feed` for the connections of one route.

    What the processes share it has from `agree`; until then it opens one connection and lets `ask` know.
    `hold`: how long mails wait here for a server that takes no connection, or that is slow. `room`: how many may wait
    here for a slow one, so that it does not keep the others' mails out. `ceiling`: how many may leave from the route's
    source today; what is over goes `elsewhere`.
    """

    def __init__(
        self,
        route: Route,
        transport: Transport,
        limits: Limits,
        owner: Owner,
        *,
        ask: Callable[[], None],
        hold: float,
        room: int,
        ceiling: Ceiling | None = None,
        elsewhere: Callable[[list[Delivery]], None] | None = None,
    ) -> None:
        self.route = route
        self.pace = Pace(limits.connections)
        self.last_reply = ""
        self._transport = transport
        self._limits = limits
        self._owner = owner
        self._ask_share = ask
        self._hold = hold
        self._room = room
        self._ceiling = ceiling
        self._elsewhere = elsewhere
        self._turns = Turns()
        self._share: Share | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._leaving = 0
        self._waiters: deque[asyncio.Future[bool]] = deque()
        self._failures = 0
        self._down_until = 0.0
        self._closing = False
        self._granted = 0
        self._asking: asyncio.Task[None] | None = None
        self._park_at = 0.0
        self._failure: Reply | None = None
        self._suspended: str | None = None
        self._complaints: dict[str, tuple[float, str]] = {}
        self._flushed_at = time.time()
        self._used_at = time.monotonic()

    @property
    def trouble(self) -> str:
        """Return why mails wait here, or nothing."""
        if self._suspended is not None:
            return self._suspended or "suspended"
        if self._failure is not None and not self._tasks:
            return self._failure.text
        if not self._allowed:
            return "other processes have all its connections"
        return self.pace.reason if self.pace.paused(time.monotonic()) else ""

    @property
    def _allowed(self) -> int:
        """Return how many connections this process may have."""
        return self._share.of(self.pace.connections) if self._share else 1

    @property
    def in_use(self) -> bool:
        return bool(self._tasks) or len(self._turns) > 0

    @property
    def forgotten(self) -> bool:
        """Nothing to do for a while."""
        return not self.in_use and time.monotonic() - self._used_at > FORGET

    def describe(self, rate: float) -> DestinationState:
        return DestinationState(
            waiting=len(self._turns),
            connections=len(self._tasks),
            rate=rate,
            last_reply=self.last_reply[:SHOWN],
            trouble=self.trouble[:SHOWN],
            complaint=self._complaint[:SHOWN],
        )

    @property
    def _complaint(self) -> str:
        since = time.monotonic() - COMPLAINED
        return "; ".join(text for at, text in self._complaints.values() if at > since)

    def obey(self, orders: Orders) -> None:
        """Suspend, resume, or try at once what waits, as the operator wants."""
        self._suspended = orders.suspended.get(self.route.key)
        flushed_at = orders.flushed.get(self.route.key, 0.0)
        if flushed_at > self._flushed_at:
            self._flushed_at = flushed_at
            self._down_until = self.pace.paused_until = 0.0
        self.work()

    def standing(self) -> Standing:
        """Return what the other processes should know."""
        now, pace = time.monotonic(), self.pace
        if not pace.paused(now):
            return Standing(self.route.key)
        return Standing(self.route.key, pace.paused_until - now, now - pace.asked_at, pace.level, pace.reason)

    def agree(self, share: Share | None) -> None:
        """Have as many connections as is this process's share, and pause when another one was asked to.

        None: there was nothing to share in; whoever comes next begins anew.
        """
        self._share = share
        if share is None:
            return
        now = time.monotonic()
        if share.pause and self.pace.follow(now + share.pause, share.level, share.reason):
            self._pause(now)
        for waiter in self._waiters:
            if not waiter.done() and self.leave():
                waiter.set_result(False)
        self.work()

    def leave(self) -> bool:
        if len(self._tasks) - self._leaving <= self._allowed:
            return False
        self._leaving += 1
        return True

    # What waits

    def push(self, delivery: Delivery) -> None:
        self._used_at = time.monotonic()
        delivery.destination = self.route.key
        if self._slow() and len(self._turns) >= self._room:
            self._park(delivery)
        else:
            self._turns.push(delivery)

    def _slow(self) -> bool:
        return bool(self._limits.per_minute) or bool(self.trouble)

    def _park(self, delivery: Delivery) -> None:
        now = time.monotonic()
        rate = self._limits.per_minute or 6000
        self._park_at = max(self._park_at, now + PARK, self.pace.paused_until) + 60 / rate
        self._owner.park(delivery, self._park_at - now)

    def take(self) -> Envelope | None:
        while self._owner.open_for_work() and self._may_send():
            delivery = self._turns.pop()
            if delivery is None:
                return None
            if self._owner.ready(delivery):
                delivery.work.start(delivery)
                self._granted -= 1
                if self._ceiling:
                    self._ceiling.left -= 1
                return delivery
        return None

    def _may_send(self) -> bool:
        if self._suspended is not None:
            return False
        if self.pace.paused_until and self.pace.paused(time.monotonic()):
            return False
        if (not self._limits.per_minute or self._granted > 0) and (self._ceiling is None or self._ceiling.left > 0):
            return True
        if self._asking is None and len(self._turns):
            self._asking = asyncio.create_task(self._ask())
        return False

    async def _ask(self) -> None:
        try:
            wait = await self._ask_rate() or await self._ask_ceiling()
        except SpoolError:
            wait = 1.0
        if wait:
            await asyncio.sleep(wait)
        self._asking = None
        self.work()

    async def _ask_rate(self) -> float:
        """Ask for a share of the provider's rate; return how long to wait for it."""
        rate = self._limits.per_minute
        if not rate or self._granted > 0:
            return 0.0
        wanted = max(1, min(len(self._turns), rate // 60))
        self._granted, wait = await self._owner.grant(self.route.provider, rate, wanted)
        return wait if self._granted < 1 else 0.0

    async def _ask_ceiling(self) -> float:
        """Ask for a share of what may leave from this address today; where there is none, everybody goes elsewhere."""
        ceiling = self._ceiling
        if ceiling is None or ceiling.left > 0:
            return 0.0
        granted, tomorrow = await self._owner.warm(ceiling, max(1, min(len(self._turns), SHARE)))
        ceiling.left += granted
        if not granted and self._elsewhere:
            log.info("ceiling_reached", source=ceiling.address)
            ceiling.full_until = time.monotonic() + tomorrow
            waiting, self._turns = self._turns.waiting(), Turns()
            self._elsewhere(waiting)
        return 0.0

    def answer(self, envelope: Envelope, reply: Reply) -> None:
        now = time.monotonic()
        if reply.code:
            self._failures, self._failure = 0, None
            self.last_reply = f"{reply.code} {reply.text}"
        self._used_at = now
        if self.pace.hear(reply, now) and self.pace.paused(now):
            self._pause(now)
        self._owner.settle(cast(Delivery, envelope), reply)

    def _pause(self, now: float) -> None:
        log.warning("slowed_down", destination=self.route.key, reason=self.pace.reason)
        asyncio.get_running_loop().call_later(self.pace.paused_until - now + 0.01, self.work)

    def give_back(self, envelope: Envelope) -> None:
        delivery = cast(Delivery, envelope)
        self._granted += 1
        if self._ceiling:
            self._ceiling.left += 1
        if self._owner.put_back(delivery):
            self._turns.push(delivery, first=True)

    async def wait(self, seconds: float) -> bool:
        if self._closing:
            return False
        waiter: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(seconds):
                return await waiter
        except TimeoutError:
            with suppress(ValueError):
                self._waiters.remove(waiter)
            return False

    def complain(self, kind: str, text: str) -> None:
        if kind not in self._complaints:
            log.warning("sts_policy_would_refuse", destination=self.route.key, kind=kind, reason=text)
        self._complaints[kind] = time.monotonic(), text
        self._owner.count_complaint(self.route.key, kind)

    # Connections

    def work(self) -> None:
        """Wake connections that idle, and open more where that is not enough."""
        if not self._may_send() or not self._owner.open_for_work():
            return
        wanted = len(self._turns)
        while wanted and self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(True)
                wanted -= 1
        if time.monotonic() >= self._down_until:
            if self._share is None and wanted > 1:
                self._ask_share()
            for _ in range(min(wanted, self._allowed - len(self._tasks))):
                task = asyncio.create_task(self._converse())
                self._tasks.add(task)
                task.add_done_callback(self._ended)

    async def _converse(self) -> None:
        try:
            await self._transport.converse(self.route, self, max_mails=self._limits.mails_per_connection)
        except Unreachable as error:
            self._failed(error.reply)
        except Exception as error:  # a fault of ours must not turn into a storm of connections
            log.exception("connection_failed", destination=self.route.key)
            self._failed(Reply(0, f"internal error: {type(error).__name__}", "4.3.0"))

    def _failed(self, reply: Reply) -> None:
        if time.monotonic() < self._down_until:  # others were opened at the same time
            return
        self._failure = reply
        delay = BACK_OFF[min(self._failures, len(BACK_OFF) - 1)]
        self._failures += 1
        self._down_until = time.monotonic() + delay
        log.warning("unreachable", destination=self.route.key, code=reply.code, reason=reply.text, again_in=delay)
        asyncio.get_running_loop().call_later(delay + 0.01, self.work)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._leaving = max(0, self._leaving - 1)
        if len(self._turns) and not self._closing:
            self.work()

    def look_after(self) -> None:
        """Let nobody wait too long: where no connection can be made it was an attempt, where it is slow they park."""
        before = time.monotonic() - self._hold
        if self._failure is not None and not self._tasks:
            for delivery in self._held_since(before):
                self._owner.settle(delivery, self._failure)
        elif self._slow():
            for delivery in self._held_since(before):
                self._park(delivery)

    def _held_since(self, before: float) -> list[Delivery]:
        return [delivery for delivery in self._turns.waiting() if delivery.work.claimed_at <= before]

    async def close(self, seconds: float) -> None:
        """Let what is in flight be answered, and close all connections within the given time."""
        self._closing = True
        if self._asking:
            self._asking.cancel()
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(False)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=max(seconds, 0.01))
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
