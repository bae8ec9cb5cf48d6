"""The engine: claims batches, hands each recipient to its destination, and sees that every answer is written down."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from contextlib import suppress

import structlog

from mta.contract import Control
from mta.destinations import Destinations
from mta.holding import Holding
from mta.merge import PlanError
from mta.orders import EVERYBODY, Orders
from mta.plans import Plans
from mta.ports import EVERYWHERE, Claim, Prover, Router, Spool, SpoolError, SpoolFull, Transport, Word
from mta.settings import Settings
from mta.shaping import Shaping
from mta.signing import BadKey, KeyRing
from mta.sources import Sources
from mta.state import ProcessState
from mta.work import Work, domain_of

TICK = 0.5
POLL = 0.5
log = structlog.get_logger("mta")


class Engine:
    """One process's engine. `run` works until `stop` is called, and then ends gracefully."""

    def __init__(
        self,
        settings: Settings,
        spool: Spool,
        router: Router,
        transport: Transport,
        shaping: Shaping,
        *,
        sources: Sources | None = None,
        prover: Prover | None = None,
    ) -> None:
        self._settings = settings
        self._spool = spool
        self._wake = asyncio.Event()
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._holding = Holding(settings, spool, room=self._wake.set, resume=self._resume, prover=prover)
        self._journal = self._holding.journal
        self.counts = self._holding.counts
        self._plans = Plans(spool, KeyRing(settings.key_secret, allow_rsa1024=settings.allow_rsa1024))
        self._orphans: dict[str, float] = {}
        room = max(1, settings.window // 4)
        self._destinations = Destinations(
            router,
            transport,
            shaping,
            sources or Sources(),
            self._holding,
            ask=self._hurry.set,
            hold=settings.hold,
            room=room,
        )
        self._orders = Orders()
        self._refused = ""
        self._judge_from = time.monotonic() + settings.dead_after
        self.told = self.state()

    def stop(self) -> None:
        """Take no more work; `run` returns when what is in flight was answered and the rest handed back."""
        self._holding.leaving = True
        self._stop.set()

    async def run(self) -> None:
        journal = asyncio.create_task(self._journal.run())
        loops = [asyncio.create_task(loop) for loop in (self._claiming(), self._listening(), self._ticking())]
        stopping = asyncio.create_task(self._stop.wait())
        done, _ = await asyncio.wait([stopping, journal, *loops], return_when=asyncio.FIRST_COMPLETED)
        self.stop()
        await self._finish(loops, journal)
        for task in done - {stopping}:
            task.result()

    # Claiming

    async def _claiming(self) -> None:
        while True:
            self._wake.clear()
            try:
                # Only finished mail makes room where memory is short: who has nothing in hand takes a batch even then.
                claim = await self._spool.claim(insist=not self._holding.works) if self._holding.has_room() else None
                if claim is not None:
                    await self._accept(claim)
                    continue
            except SpoolError as error:
                self._note_refusal(error)
                await asyncio.sleep(POLL)
            # Not `wait_for`: in Python 3.11 it loses a cancellation that meets the event.
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await self._wake.wait()

    async def _accept(self, claim: Claim) -> None:
        self._holding.keep_time(claim)
        if claim.control is Control.CANCELLED:
            return self._hold(Work(claim, None), claim.control)
        if claim.control is Control.PAUSED:
            return self._journal.release(claim.ref)
        try:
            mail = await self._plans.get(claim.batch.plan)
        except PlanError as error:
            return self._holding.refuse(Work(claim, None), str(error))
        except BadKey as error:
            # Unsigned it would harm the sender's name; the product feeds it again, and somebody reads this.
            log.error("key_refused", batch=claim.ref, reason=str(error))
            return self._journal.release(claim.ref)
        if mail is None:
            log.warning("plan_missing", plan=claim.batch.plan, batch=claim.ref)
            return self._journal.release(claim.ref)
        flushed = await self._flushed_domains(claim)
        return self._hold(Work(claim, mail, flushed=flushed), claim.control)

    async def _flushed_domains(self, claim: Claim) -> set[str]:
        if claim.flush in ("", EVERYWHERE):
            return set()
        domains = {domain_of(one.address) for one in claim.batch.recipients if one.seq in claim.retries}
        return await self._destinations.leading_to(claim.flush, domains, claim.batch.tenant)

    def _hold(self, work: Work, control: Control) -> None:
        self._holding.take(work)
        if control is not Control.RUNNING:
            self._holding.obey(work, control)
        elif work.over:
            self._holding.end(work)
        else:
            self._destinations.send(work.deliveries)

    # Control

    async def _listening(self) -> None:
        async for signal in self._spool.signals():
            if signal is Word.WORK:
                self._wake.set()
            elif signal is Word.ORDERS:
                self._hurry.set()
            elif isinstance(signal, tuple):
                tenant, mailing, control = signal
                self._obey((tenant, mailing), control)

    def _obey(self, mailing: tuple[int, str], control: Control) -> None:
        if control is not Control.RUNNING:
            self._holding.obey_all(mailing, control)
        self._wake.set()

    # Heartbeat

    async def _ticking(self) -> None:
        while True:
            self._hurry.clear()
            try:
                await self._tick()
                self._refused = ""
            except SpoolError as error:
                if time.monotonic() > self._judge_from:
                    log.warning("spool_away", reason=str(error))
                self._note_refusal(error)
                self._judge_from = time.monotonic() + self._settings.dead_after
            self._destinations.look_after()
            due = time.monotonic() + TICK
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await self._hurry.wait()
            self.counts.loop_lag = max(0.0, time.monotonic() - due)

    def _note_refusal(self, error: SpoolError) -> None:
        """Be loud about a Redis that is there and stores nothing: it does not mend itself."""
        if isinstance(error, SpoolFull) and not self._refused:
            self._refused = str(error)
            log.error(
                "no_new_work", reason=self._refused, held=len(self._holding.works), unrecorded=self._journal.unrecorded
            )

    def state(self) -> ProcessState:
        """Return what this process does, in numbers, for metrics and status."""
        self.counts.settle(time.monotonic())
        return ProcessState(
            started=self.counts.started,
            held=len(self._holding.works),
            waiting=self._holding.waiting,
            unrecorded=self._journal.unrecorded,
            accepted=self.counts.accepted,
            lag=self.counts.loop_lag,
            refused=self._refused,
            destinations=self._destinations.describe(self.counts.destination_rates.rates),
            rates=self.counts.tenant_rates.rates,
        )

    async def _tick(self) -> None:
        held = dict(self._holding.works)
        mailings = {work.mailing_key for work in held.values()}
        # After Redis was away everybody gets the time to say that he lives, before anybody is taken for dead.
        started = time.monotonic()
        self.told = self.state()
        tick = await self._spool.tick(list(held), list(mailings), self.told, judge=started > self._judge_from)
        was_closed = not self._holding.open_for_work()
        self._holding.reached_at = started
        for ref in tick.lost:
            if self._holding.works.get(ref) is held[ref]:
                self._holding.lose(held[ref])
        for mailing, control in tick.controls.items():
            self._obey(mailing, control)
        self._follow(tick.orders)
        await self._destinations.share(self._spool)
        await self._return_orphans(set(tick.orphans) - self._holding.works.keys() - self._journal.unwritten())
        if was_closed:
            self._resume()

    def _follow(self, orders: Orders) -> None:
        self._holding.set_aside(orders.stopped)
        logged = orders.logged_now(self._holding.now())
        self._holding.logs_all = self._settings.log_attempts or EVERYBODY in logged
        self._holding.logs_tenants = {int(tenant) for tenant in logged - {EVERYBODY}}
        if orders.stopped.keys() != self._orders.stopped.keys():
            self._wake.set()
        self._orders = orders
        self._destinations.obey(orders)

    async def _return_orphans(self, orphans: set[str]) -> None:
        """Hand back what was claimed without the answer arriving: seen for so long that it is not just on its way."""
        now = time.monotonic()
        self._orphans = {ref: self._orphans.get(ref, now) for ref in orphans}
        if old := {ref for ref, since in self._orphans.items() if now - since >= TICK}:
            await self._spool.hand_back(old)

    def _resume(self) -> None:
        self._wake.set()
        self._destinations.resume()

    # Stopping

    async def _finish(self, loops: Collection[asyncio.Task[None]], journal: asyncio.Task[None]) -> None:
        log.info("stopping", held=len(self._holding.works), waiting=self._holding.waiting)
        claiming, *others = loops
        claiming.cancel()
        for work in list(self._holding.works.values()):
            self._holding.drop(work)
        await self._destinations.close(self._settings.stop_within)
        await self._holding.close()
        for task in others:
            task.cancel()
        with suppress(SpoolError, TimeoutError):
            async with asyncio.timeout(2):
                await self._leave()
        await _cancel([*loops, journal])

    async def _leave(self) -> None:
        await self._journal.flush()
        await self._spool.leave()


async def _cancel(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel until it is so: a client that is just making a connection may take a cancellation for a failure."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=0.2)
