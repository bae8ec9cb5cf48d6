"""An engine, a sink and the product's side of the MTA, together in one event loop."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import uvloop
from redis import Redis

from mta import process
from mta.client import Client, OutcomeStream
from mta.contract import Batch, Lane, Mailbox, Outcome, Plan, Recipient, Segments, Slot, Status
from mta.engine import Engine
from mta.settings import Settings
from mta.sink import Behaviour, Sink, serve

DEADLINE = 20.0
FINAL = frozenset(Status) - {Status.DEFERRED}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def eventually(check: Callable[[], Any], *, seconds: float = DEADLINE, errors: tuple[type[Exception], ...] = ()) -> Any:
    """Return the first true answer of `check`."""
    until = time.monotonic() + seconds
    while True:
        try:
            if answer := check():
                return answer
        except errors:
            pass
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.01)


def a_plan(
    plan_id: str = "plan", *, tenant: int = 1, mailing: str = "7", lane: Lane = Lane.NORMAL, **more: Any
) -> Plan:
    headers: list[tuple[str, Segments | Mailbox]] = [
        ("From", Mailbox("데일리 파크", "news@daily-park.example")),
        ("Subject", ["안녕하세요 ", Slot(0), "님"]),
    ]
    given: dict[str, Any] = {
        "headers": headers,
        "html": ["<p>안녕하세요 ", Slot(0, "html"), "</p>"],
        "text": ["Hello ", Slot(0), "\n"],
        "return_path": ["bounce+", Slot(1), "@bounce.example"],
    }
    return Plan(id=plan_id, tenant=tenant, mailing=mailing, lane=lane, **(given | more))


def a_batch(plan: Plan, number: int = 0, *, count: int = 10, address: str = "reader{}@example.com") -> Batch:
    first = number * count
    people = [Recipient(n, address.format(n), [f"독자{n}", f"token{n}"]) for n in range(first, first + count)]
    return Batch(
        id=str(number), plan=plan.id, tenant=plan.tenant, mailing=plan.mailing, lane=plan.lane, recipients=people
    )


class Desk:
    """What a test sees: the client, the sink, and outcomes as they come."""

    def __init__(self, url: str, sink: Sink, settings: Settings) -> None:
        self.redis = Redis.from_url(url)
        self.client = Client(self.redis)
        self.stream = OutcomeStream(self.redis, "test")
        self.sink = sink
        self.settings = settings
        self.outcomes: list[tuple[str, Outcome]] = []
        self.tasks: dict[Engine, asyncio.Task[None]] = {}

    async def start(self) -> Engine:
        engine = process.build(self.settings)
        self.tasks[engine] = asyncio.create_task(engine.run())
        return engine

    async def stop(self, engine: Engine) -> None:
        engine.stop()
        await self.tasks.pop(engine)

    def feed(self, plan: Plan, batches: Iterable[Batch] | None = None, **how: Any) -> None:
        self.client.put_plan(plan)
        assert all(self.client.submit_many([a_batch(plan, **how)] if batches is None else batches))

    def read(self) -> None:
        entries = self.stream.read(1000, 0)
        for _, entry in entries:
            self.outcomes += [(entry.mailing, outcome) for outcome in entry.outcomes]
        self.stream.ack([entry_id for entry_id, _ in entries])

    async def until(self, check: Callable[[], Any], *, seconds: float = DEADLINE) -> Any:
        end = time.monotonic() + seconds
        while not (answer := check()):
            assert time.monotonic() < end, f"it did not come true in time; {self.counts()}"
            await asyncio.sleep(0.005)
            self.read()
        return answer

    async def finals(self, count: int, *, seconds: float = DEADLINE) -> list[Outcome]:
        """Wait for as many final outcomes."""
        await self.until(lambda: len(self._finals()) >= count, seconds=seconds)
        return self._finals()

    def _finals(self) -> list[Outcome]:
        return [outcome for _, outcome in self.outcomes if outcome.status in FINAL]

    def counts(self, mailing: str | None = None) -> Counter[str]:
        return Counter(str(o.status) for m, o in self.outcomes if mailing in (None, m))

    def received(self) -> list[str]:
        return [recipient for recipient, _ in self.sink.accepted]


@asynccontextmanager
async def desk(
    url: str, behaviour: Behaviour | None = None, *, start: bool = True, **settings: Any
) -> AsyncIterator[Desk]:
    """Open a desk with one engine, whose relay is a sink that keeps what it gets."""
    sink, port = Sink(behaviour, keep=True), free_port()
    server = await serve(sink, "127.0.0.1", port)
    given: dict[str, Any] = {
        "relay": f"127.0.0.1:{port}",
        "hostname": "mta.example",
        "retry_delays": (0.1,),
        "timeout": 3.0,
        "connections": 4,
    }
    opened = Desk(url, sink, Settings(redis_url=url, **(given | settings)))
    if start:
        await opened.start()
    try:
        yield opened
    finally:
        for engine in list(opened.tasks):
            await opened.stop(engine)
        server.close()


def run(coroutine: Any) -> Any:
    """Run in a thread of its own: the browser tests keep a loop running in the main one."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(uvloop.run, coroutine).result()
