"""The engine: claims batches, hands each recipient to its destination, and sees that every answer is written down."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Collection
from contextlib import suppress

import structlog

from mta import classify
from mta.ceilings import Ceiling
from mta.contract import Control, Outcome, Status
from mta.destinations import Destinations
from mta.journal import Journal
from mta.logs import log_attempt
from mta.merge import PlanError, RecipientError
from mta.metrics import Counts
from mta.orders import Orders
from mta.outcomes import outcome_of, verdict
from mta.plans import Plans
from mta.ports import EVERYWHERE, Claim, Reply, Retry, Router, Spool, SpoolError, SpoolFull, Transport, Word
from mta.retry import next_attempt
from mta.settings import Settings
from mta.shaping import Shaping
from mta.signing import BadKey, KeyRing
from mta.sources import Sources
from mta.state import ProcessState
from mta.work import Delivery, State, Work, domain_of

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
    ) -> None:
        self._settings = settings
        self._spool = spool
        self._journal = Journal(
            spool, interval=settings.commit_interval, lost=self._lost_while_writing, wrote=self._on_written
        )
        self._plans = Plans(spool, KeyRing(settings.key_secret, allow_rsa1024=settings.allow_rsa1024))
        self._rules = classify.load(settings.bounces)
        self.counts = Counts()
        self._held: dict[str, Work] = {}
        self._orphans: dict[str, float] = {}
        room = max(1, settings.window // 4)
        self._destinations = Destinations(
            router, transport, shaping, sources or Sources(), self, hold=settings.hold, room=room
        )
        self._waiting = 0
        self._wake = asyncio.Event()
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._orders = Orders()
        self._refused = ""
        self._reached_at = time.monotonic()
        self._ahead = time.time() - time.monotonic()
        self._judge_from = time.monotonic() + settings.dead_after
        self.told = self.state()

    def now(self) -> float:
        """Return the time by the clock of Redis, which decides what is due: a clock that jumps here delays nobody."""
        return time.monotonic() + self._ahead

    def stop(self) -> None:
        """Take no more work; `run` returns when what is in flight was answered and the rest handed back."""
        self._stop.set()

    async def run(self) -> None:
        journal = asyncio.create_task(self._journal.run())
        loops = [asyncio.create_task(loop) for loop in (self._claiming(), self._listening(), self._ticking())]
        stopping = asyncio.create_task(self._stop.wait())
        done, _ = await asyncio.wait([stopping, journal, *loops], return_when=asyncio.FIRST_COMPLETED)
        self._stop.set()
        await self._finish(loops, journal)
        for task in done - {stopping}:
            task.result()

    # Claiming

    async def _claiming(self) -> None:
        while True:
            self._wake.clear()
            try:
                # Only finished mail makes room where memory is short: who has nothing in hand takes a batch even then.
                claim = await self._spool.claim(insist=not self._held) if self._has_room() else None
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

    def _has_room(self) -> bool:
        return self._waiting < self._settings.window and self.open_for_work()

    def open_for_work(self) -> bool:
        """False while stopping, and when Redis is away for so long that others may soon take what is held here."""
        return (
            not self._stop.is_set()
            and self._journal.unrecorded < self._settings.unrecorded_limit
            and time.monotonic() - self._reached_at < self._settings.dead_after / 2
        )

    async def _accept(self, claim: Claim) -> None:
        self._ahead = claim.now - time.monotonic()
        if claim.control is Control.CANCELLED:
            return self._hold(Work(claim, None), claim.control)
        if claim.control is Control.PAUSED:
            return self._journal.release(claim.ref)
        try:
            mail = await self._plans.get(claim.batch.plan)
        except PlanError as error:
            return self._refuse_all(Work(claim, None), str(error))
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
        self._held[work.ref] = work
        self._waiting += work.waiting
        if control is not Control.RUNNING:
            self._obey(work, control)
        elif work.over:
            self._end(work)
        else:
            self._destinations.send(work.deliveries)

    def _refuse_all(self, work: Work, reason: str) -> None:
        log.error("plan_refused", batch=work.ref, reason=reason)
        self._held[work.ref] = work
        self._waiting += work.waiting
        for delivery in work.deliveries:
            self.settle(delivery, Reply(0, reason, "5.6.0", final=True))
        if not work.deliveries:
            self._end(work)

    # Sending and settling

    def ready(self, delivery: Delivery) -> bool:
        """Merge a mail whose turn has come; settle it here where it cannot be sent."""
        mail = delivery.work.mail
        assert mail is not None
        now = self.now()
        if mail.plan.expires_at is not None and now >= mail.plan.expires_at:
            self._finish_one(delivery, Status.EXPIRED, Reply(0, "expired before it could be sent", "4.4.7"))
            return False
        try:
            delivery.message = mail.merge(delivery.recipient, now)
        except RecipientError as error:
            self.settle(delivery, Reply(0, str(error), error.enhanced, final=True))
            return False
        except Exception:  # a fault of ours in one mail must not stop the others
            log.exception("merge_failed", batch=delivery.work.ref, seq=delivery.recipient.seq)
            self.settle(delivery, Reply(0, "the mail could not be put together", "4.3.0"))
            return False
        self._left_queue()
        return True

    def put_back(self, delivery: Delivery) -> bool:
        """Let a mail wait again that was not sent; end it as the others where its mailing was stopped meanwhile."""
        work = delivery.work
        work.put_back(delivery)
        self._waiting += 1
        if work.cancelled:
            self._finish_one(delivery, Status.CANCELLED, Reply(0, ""))
        elif work.dropped:
            self._left_queue(work.drop())
            if work.over:
                self._end(work)
        return delivery.state is State.WAITING

    def park(self, delivery: Delivery, seconds: float) -> None:
        """Let a mail wait in the spool that could not be tried yet."""
        retry = Retry(delivery.attempt, self.now() + seconds, delivery.first_at)
        self._journal.park(delivery.work.ref, delivery.recipient.seq, retry)
        self._after(delivery)

    async def grant(self, name: str, per_minute: int, wanted: int) -> tuple[int, float]:
        return await self._spool.grant(name, per_minute, wanted)

    async def warm(self, ceiling: Ceiling, wanted: int) -> tuple[int, float]:
        return await self._spool.warm(ceiling, wanted)

    def _left_queue(self, count: int = 1) -> None:
        before, self._waiting = self._waiting, self._waiting - count
        if before >= self._settings.window > self._waiting:
            self._wake.set()

    def settle(self, delivery: Delivery, reply: Reply) -> None:
        """Write down what a server (or nobody) answered, and when to try again."""
        status = verdict(reply)
        if status is Status.DEFERRED:
            self._defer(delivery, reply)
        else:
            self._finish_one(delivery, status, reply)

    def _defer(self, delivery: Delivery, reply: Reply) -> None:
        now = self.now()
        due = next_attempt(
            delivery.attempt + 1,
            now=now,
            first_at=delivery.first_at,
            delays=self._settings.retry_delays,
            give_up_after=self._settings.retry_for,
            chance=random.random(),  # noqa: S311
        )
        if due is None:
            return self._finish_one(delivery, Status.EXPIRED, reply)
        retry = Retry(delivery.attempt + 1, due, delivery.first_at)
        self._journal.deferral(delivery.work.ref, self._outcome(delivery, Status.DEFERRED, reply), retry)
        return self._after(delivery)

    def _finish_one(self, delivery: Delivery, status: Status, reply: Reply) -> None:
        self._journal.final(delivery.work.ref, self._outcome(delivery, status, reply))
        self._after(delivery)

    def _outcome(self, delivery: Delivery, status: Status, reply: Reply) -> Outcome:
        outcome = outcome_of(delivery, status, reply, self.now(), self._rules)
        work = delivery.work
        self.counts.outcome(work.tenant, work.lane, delivery.destination, status, outcome.bounce)
        if self._settings.log_attempts or self._orders.log_attempts:
            log_attempt(delivery, outcome)
        return outcome

    def _after(self, delivery: Delivery) -> None:
        work = delivery.work
        before = work.waiting
        work.settle(delivery)
        if work.waiting < before:
            self._left_queue()
        if work.over:
            self._end(work)

    def _end(self, work: Work) -> None:
        if self._held.get(work.ref) is not work:  # lost: somebody else's by now
            return
        if not work.dropped:
            self._journal.end(work.ref)
        elif self._stop.is_set():  # goes back as a whole when the process leaves
            return
        else:
            self._journal.release(work.ref, keep=work.kept)
        del self._held[work.ref]

    # Control

    async def _listening(self) -> None:
        async for signal in self._spool.signals():
            if signal is Word.WORK:
                self._wake.set()
            elif signal is Word.ORDERS:
                self._hurry.set()
            elif isinstance(signal, tuple):
                tenant, mailing, control = signal
                self._obey_all((tenant, mailing), control)

    def _obey_all(self, mailing: tuple[int, str], control: Control) -> None:
        if control is not Control.RUNNING:
            for work in [w for w in self._held.values() if w.mailing_key == mailing and not w.dropped]:
                self._obey(work, control)
        self._wake.set()

    def _obey(self, work: Work, control: Control) -> None:
        if control is Control.CANCELLED:
            work.cancelled = True
            for delivery in work.still_waiting():
                self._finish_one(delivery, Status.CANCELLED, Reply(0, ""))
        else:
            self._drop(work)
        if work.over and self._held.get(work.ref) is work:
            self._end(work)

    def _drop(self, work: Work) -> None:
        self._left_queue(work.drop())

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
            log.error("no_new_work", reason=self._refused, held=len(self._held), unrecorded=self._journal.unrecorded)

    def state(self) -> ProcessState:
        """Return what this process does, in numbers, for metrics and status."""
        self.counts.settle(time.monotonic())
        return ProcessState(
            started=self.counts.started,
            held=len(self._held),
            waiting=self._waiting,
            unrecorded=self._journal.unrecorded,
            accepted=self.counts.accepted,
            lag=self.counts.loop_lag,
            refused=self._refused,
            destinations=self._destinations.describe(self.counts.destination_rates.rates),
            rates=self.counts.tenant_rates.rates,
        )

    async def _tick(self) -> None:
        held = dict(self._held)
        mailings = {work.mailing_key for work in held.values()}
        # After Redis was away everybody gets the time to say that he lives, before anybody is taken for dead.
        started = time.monotonic()
        self.told = self.state()
        tick = await self._spool.tick(list(held), list(mailings), self.told, judge=started > self._judge_from)
        was_closed = not self.open_for_work()
        self._reached_at = started
        for ref in tick.lost:
            if self._held.get(ref) is held[ref]:
                self._lose(held[ref])
        for mailing, control in tick.controls.items():
            self._obey_all(mailing, control) if control is not Control.RUNNING else None
        self._follow(tick.orders)
        await self._return_orphans(set(tick.orphans) - self._held.keys() - self._journal.unwritten())
        if was_closed:
            self._resume()

    def _follow(self, orders: Orders) -> None:
        for work in [w for w in self._held.values() if w.tenant in orders.stopped and not w.dropped]:
            work.kept = True
            self._drop(work)
            if work.over:
                self._end(work)
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

    def _lose(self, work: Work) -> None:
        log.warning("batch_lost", batch=work.ref, waiting=work.waiting)
        self._drop(work)
        del self._held[work.ref]

    def _lost_while_writing(self, ref: str) -> None:
        if ref in self._held:
            self._lose(self._held[ref])

    def _on_written(self, count: int) -> None:
        self.counts.commit(count)
        if self._journal.unrecorded + count >= self._settings.unrecorded_limit > self._journal.unrecorded:
            self._resume()

    def _resume(self) -> None:
        self._wake.set()
        self._destinations.resume()

    # Stopping

    async def _finish(self, loops: Collection[asyncio.Task[None]], journal: asyncio.Task[None]) -> None:
        log.info("stopping", held=len(self._held), waiting=self._waiting)
        claiming, *others = loops
        claiming.cancel()
        for work in list(self._held.values()):
            self._drop(work)
        await self._destinations.close(self._settings.stop_within)
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
