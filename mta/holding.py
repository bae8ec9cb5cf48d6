"""What this process holds: the batches that it has claimed, and how each mail of them ends.

Everything here happens at once, in memory; what is to be remembered goes into the journal. The engine decides which
batches come and go, destinations decide when a mail's turn has come.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Collection

import msgspec
import structlog

from mta import classify
from mta.ceilings import Ceiling
from mta.contract import Control, Outcome, Proof, Status
from mta.journal import Journal
from mta.logs import log_attempt
from mta.merge import RecipientError
from mta.metrics import Counts
from mta.outcomes import outcome_of, verdict
from mta.ports import Claim, Prover, Reply, Retry, Spool
from mta.retry import next_attempt
from mta.settings import Settings
from mta.work import Delivery, State, Work

PROOF_SECONDS = 10.0
log = structlog.get_logger("mta")


class Holding:
    """The batches in hand. `room` is called when there is room for another, `resume` when sending may go on.

    `prover`: verifies the mails of plans that ask for it; None: they say nothing of it.

    `leaving`: the process ends, and what is dropped goes back to the spool as a whole. `reached_at`: when the spool
    last answered.
    """

    def __init__(
        self,
        settings: Settings,
        spool: Spool,
        *,
        room: Callable[[], None],
        resume: Callable[[], None],
        prover: Prover | None = None,
    ) -> None:
        self._settings = settings
        self._spool = spool
        self._room = room
        self._resume = resume
        self._prover = prover
        self._proving: set[asyncio.Task[None]] = set()
        self._rules = classify.load(settings.bounces)
        self._ahead = time.time() - time.monotonic()
        self.journal = Journal(
            spool, interval=settings.commit_interval, lost=self._lost_while_writing, wrote=self._on_written
        )
        self.counts = Counts()
        self.works: dict[str, Work] = {}
        self.waiting = 0
        self.leaving = False
        self.reached_at = time.monotonic()
        self.logs_all = settings.log_attempts
        self.logs_tenants: set[int] = set()

    def now(self) -> float:
        """Return the time by the clock of Redis, which decides what is due: a clock that jumps here delays nobody."""
        return time.monotonic() + self._ahead

    def keep_time(self, claim: Claim) -> None:
        self._ahead = claim.now - time.monotonic()

    def has_room(self) -> bool:
        return self.waiting < self._settings.window and self.open_for_work()

    def open_for_work(self) -> bool:
        """False while stopping, and when Redis is away for so long that others may soon take what is held here."""
        return (
            not self.leaving
            and self.journal.unrecorded < self._settings.unrecorded_limit
            and time.monotonic() - self.reached_at < self._settings.dead_after / 2
        )

    # Whole batches

    def take(self, work: Work) -> None:
        self.works[work.ref] = work
        self.waiting += work.waiting

    def refuse(self, work: Work, reason: str) -> None:
        """Take a batch whose plan cannot be sent, and end it."""
        log.error("plan_refused", batch=work.ref, reason=reason)
        self.take(work)
        for delivery in work.deliveries:
            self.settle(delivery, Reply(0, reason, "5.6.0", final=True))
        if not work.deliveries:
            self.end(work)

    def obey(self, work: Work, control: Control) -> None:
        """Stop a batch whose mailing was cancelled or paused."""
        if control is Control.CANCELLED:
            work.cancelled = True
            for delivery in work.still_waiting():
                self._finish_one(delivery, Status.CANCELLED, Reply(0, ""))
        else:
            self.drop(work)
        if work.over:
            self.end(work)

    def obey_all(self, mailing: tuple[int, str], control: Control) -> None:
        for work in [w for w in self.works.values() if w.mailing_key == mailing and not w.dropped]:
            self.obey(work, control)

    def set_aside(self, tenants: Collection[int]) -> None:
        """Give up what waits of these tenants, and keep it for another time."""
        for work in [w for w in self.works.values() if w.tenant in tenants and not w.dropped]:
            work.kept = True
            self.drop(work)
            if work.over:
                self.end(work)

    def drop(self, work: Work) -> None:
        self._left_queue(work.drop())

    def lose(self, work: Work) -> None:
        """Forget a batch that is somebody else's by now."""
        log.warning("batch_lost", batch=work.ref, waiting=work.waiting)
        self.drop(work)
        del self.works[work.ref]

    def end(self, work: Work) -> None:
        if self.works.get(work.ref) is not work:  # lost: somebody else's by now
            return
        if not work.dropped:
            self.journal.end(work.ref)
        elif self.leaving:  # goes back as a whole when the process leaves
            return
        else:
            self.journal.release(work.ref, keep=work.kept)
        del self.works[work.ref]

    def _lost_while_writing(self, ref: str) -> None:
        if ref in self.works:
            self.lose(self.works[ref])

    def _on_written(self, count: int) -> None:
        self.counts.commit(count)
        if self.journal.unrecorded + count >= self._settings.unrecorded_limit > self.journal.unrecorded:
            self._resume()

    # Single mails

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
        self.waiting += 1
        if work.cancelled:
            self._finish_one(delivery, Status.CANCELLED, Reply(0, ""))
        elif work.dropped:
            self._left_queue(work.drop())
            if work.over:
                self.end(work)
        return delivery.state is State.WAITING

    def park(self, delivery: Delivery, seconds: float) -> None:
        """Let a mail wait in the spool that could not be tried yet."""
        retry = Retry(delivery.attempt, self.now() + seconds, delivery.first_at)
        self.journal.park(delivery.work.ref, delivery.recipient.seq, retry)
        self._after(delivery)

    async def grant(self, name: str, per_minute: int, wanted: int) -> tuple[int, float]:
        return await self._spool.grant(name, per_minute, wanted)

    async def warm(self, ceiling: Ceiling, wanted: int) -> tuple[int, float]:
        return await self._spool.warm(ceiling, wanted)

    def count_complaint(self, destination: str, kind: str) -> None:
        self.counts.complaint(destination, kind)

    def _left_queue(self, count: int = 1) -> None:
        before, self.waiting = self.waiting, self.waiting - count
        if before >= self._settings.window > self.waiting:
            self._room()

    def settle(self, delivery: Delivery, reply: Reply) -> None:
        """Write down what a server (or nobody) answered, and when to try again."""
        status = verdict(reply)
        if status is Status.DEFERRED:
            self._defer(delivery, reply)
        elif self._prover and delivery.state is State.IN_FLIGHT and delivery.work.asks_for_proof:
            proving = asyncio.create_task(self._finish_proved(delivery, status, reply, self._prover))
            self._proving.add(proving)
            proving.add_done_callback(self._proving.discard)
        else:
            self._finish_one(delivery, status, reply)

    async def _finish_proved(self, delivery: Delivery, status: Status, reply: Reply, prover: Prover) -> None:
        """Write down an answer together with what receivers find of the signatures. Until then it is in flight."""
        proofs: list[Proof] | None = None
        mail = delivery.work.mail
        assert mail is not None
        try:
            async with asyncio.timeout(PROOF_SECONDS):
                proofs = await prover.prove(mail, delivery.message)
        except TimeoutError:
            log.warning("proof_took_too_long", batch=delivery.work.ref)
        except Exception:  # a fault of ours must not take the answer along
            log.exception("proof_failed", batch=delivery.work.ref)
        finally:  # also when the process ends in the middle of it
            self._finish_one(delivery, status, reply, proofs)

    async def close(self) -> None:
        """Wait for no proof any longer."""
        for proving in self._proving:
            proving.cancel()
        await asyncio.gather(*self._proving, return_exceptions=True)

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
        self.journal.deferral(delivery.work.ref, self._outcome(delivery, Status.DEFERRED, reply), retry)
        return self._after(delivery)

    def _finish_one(self, delivery: Delivery, status: Status, reply: Reply, proofs: list[Proof] | None = None) -> None:
        outcome = self._outcome(delivery, status, reply)
        if proofs is not None:
            outcome = msgspec.structs.replace(outcome, proofs=proofs)
        self.journal.final(delivery.work.ref, outcome)
        self._after(delivery)

    def _outcome(self, delivery: Delivery, status: Status, reply: Reply) -> Outcome:
        outcome = outcome_of(delivery, status, reply, self.now(), self._rules)
        work = delivery.work
        self.counts.outcome(work.tenant, work.lane, delivery.destination, status, outcome.bounce)
        if self.logs_all or work.tenant in self.logs_tenants:
            log_attempt(delivery, outcome)
        return outcome

    def _after(self, delivery: Delivery) -> None:
        work = delivery.work
        before = work.waiting
        work.settle(delivery)
        if work.waiting < before:
            self._left_queue()
        if work.over:
            self.end(work)
