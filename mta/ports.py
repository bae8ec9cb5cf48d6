"""What the engine needs of the world: a spool that work comes from, routes, and connections that carry it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, TypeAlias

from mta.ceilings import Ceiling
from mta.contract import Batch, Control, Outcome, Plan, Proof
from mta.merge import CompiledPlan, Message
from mta.orders import Orders
from mta.shares import Share, Standing
from mta.state import ProcessState

EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Retry:
    """A recipient that was deferred: attempts made, when the next is due, when the first was (seconds since 1970)."""

    attempt: int
    due: float
    first_at: float


@dataclass(frozen=True, slots=True)
class Claim:
    """A batch that this process holds alone. `now` is the spool's clock, to which `Retry.due` is compared.

    `weight`: how much of a turn its tenant gets. `flush`: the destination whose deferred recipients shall be tried now,
    `EVERYWHERE` for all of them.
    """

    ref: str
    batch: Batch
    control: Control
    done: Collection[int]
    retries: dict[int, Retry]
    now: float
    weight: int = 1
    flush: str = ""


@dataclass(slots=True)
class Entry:
    """What is to be stored of one batch in one group commit. `ends`: this process is through with the batch.

    Recipients that wait without having been tried have a `Retry` as the deferred ones do, and no outcome.
    """

    ref: str
    finals: list[Outcome] = field(default_factory=list)
    deferrals: list[Outcome] = field(default_factory=list)
    retries: dict[int, Retry] = field(default_factory=dict)
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """`lost`: batches that are no longer this process's. `controls`: what the asked mailings shall do.

    `orphans`: batches that are this process's without its knowledge, since the answer to a claim got lost.
    """

    lost: list[str]
    controls: dict[tuple[int, str], Control]
    orphans: list[str]
    orders: Orders


class Spool(Protocol):
    """Where work comes from and outcomes go. All methods raise `SpoolError` while it cannot be reached."""

    async def claim(self, *, insist: bool = False) -> Claim | None:
        """Take the next batch that anybody should work on; `insist` also while memory is short."""

    async def plan(self, plan_id: str) -> Plan | None:
        """Return a plan, or None where it is not there (any more)."""

    async def record(self, entries: Sequence[Entry]) -> list[str]:
        """Store outcomes at once, each recipient's final one only the first time. Return batches that were lost."""

    async def release(self, refs: Collection[str]) -> None:
        """Close batches of a paused mailing, or without a plan; the product feeds them again."""

    async def hand_back(self, refs: Collection[str]) -> None:
        """Put batches back in front of their queue."""

    async def tick(
        self, refs: Collection[str], mailings: Collection[tuple[int, str]], state: ProcessState, *, judge: bool
    ) -> Tick:
        """Say that this process lives, and how; queue what is due, and with `judge` what dead processes held."""

    async def grant(self, name: str, per_minute: int, wanted: int) -> tuple[int, float]:
        """Return how many mails may go now at this rate over all machines, and the seconds until there is more."""

    async def warm(self, ceiling: Ceiling, wanted: int) -> tuple[int, float]:
        """Return how many more mails may leave from an address today over all machines, and what seconds remain."""

    async def share(self, standings: Sequence[Standing]) -> list[Share]:
        """Say which destinations this process sends to, and return its share in each, in order."""

    def signals(self) -> AsyncIterator[Signal]:
        """Yield for ever when something was said; hints only, any may be missed."""

    async def leave(self) -> None:
        """End this process's part: put whatever it holds back in front of its queue."""


class Word(Enum):
    """What needs no more words: work has come; the operator's orders have changed."""

    WORK = 1
    ORDERS = 2


Signal: TypeAlias = tuple[int, str, Control] | Word


class SpoolError(Exception):
    """The spool cannot be reached now, or takes nothing; try again."""


class SpoolFull(SpoolError):
    """The spool is there and takes nothing: its memory or its disk is short. Somebody must look after it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's answer, or with code 0 why there is none. `final`: never retried. `tls` as in `Outcome`."""

    code: int
    text: str
    enhanced: str = ""
    host: str = ""
    final: bool = False
    tls: str = ""


class Tls(Enum):
    """How well to encrypt, the stricter the later. `ENCRYPTED`: nothing in the clear, whoever answers. `REQUIRED`: and
    the server has a certificate for its name.
    """

    OFF = "off"
    OPPORTUNISTIC = "opportunistic"
    ENCRYPTED = "encrypted"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Tlsa:
    """A record of RFC 6698 that can be used for mail (RFC 7672 3.1): usage 2 or 3, selector 0 or 1, matching 0 to 2."""

    usage: int
    selector: int
    matching: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Host:
    """One place to connect to. `addresses` in the order to try.

    `sts`: the domain's policy (MTA-STS) asks for a certificate for `name`; `trial`: it is only being tested (RFC 8461
    5), so what it would refuse is told and mail goes on; `stranger`: such a policy does not name this host. `tlsa`:
    what DNSSEC vouches for (DANE); empty: there are records, and none can be used; None: there is nothing. `names`:
    what a certificate below a DANE trust anchor may be for.
    """

    name: str
    port: int
    addresses: tuple[str, ...]
    sts: bool = False
    trial: bool = False
    stranger: bool = False
    tlsa: tuple[Tlsa, ...] | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """An address of ours that mail leaves from; empty: whichever the system takes. `hostname`: what EHLO says there."""

    address: str = ""
    hostname: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """Where mail for a domain goes: `key` names the destination, connections are pooled by it.

    `provider`: whose servers these are; what it may be asked for counts over all its destinations. `source`: where the
    connections come from. `user`, `password`: for AUTH, which needs an encrypted connection.
    """

    key: str
    hosts: tuple[Host, ...]
    user: str = ""
    password: str = ""
    tls: Tls = Tls.OPPORTUNISTIC
    provider: str = ""
    source: Source = Source()


class Router(Protocol):
    """Finds where a tenant's mail for a domain goes."""

    def known(self, domain: str, tenant: int) -> Route | Reply | None:
        """Answer from what is known already, or None: `find` must be asked."""

    async def find(self, domain: str, tenant: int) -> Route | Reply:
        """Return the route; a `Reply` (4xx, 5xx) says why there is none now, or never."""


class Feed(Protocol):
    """Where a connection gets its mails, and leaves its answers. All but `wait` is synchronous."""

    def take(self) -> Envelope | None:
        """Return the next mail, merged, or None where there is nothing to do now (or the engine stops)."""

    def leave(self) -> bool:
        """Tell whether the connection that asks shall end, since there are more than there may be."""

    def answer(self, envelope: Envelope, reply: Reply) -> None:
        """Tell what became of a mail that was taken. Each taken mail is answered exactly once."""

    def give_back(self, envelope: Envelope) -> None:
        """Return a mail that was taken and not sent: it goes first to the next connection, without an attempt."""

    async def wait(self, seconds: float) -> bool:
        """Wait for work; False where none came, and the connection shall close."""

    def complain(self, kind: str, text: str) -> None:
        """Tell what a policy in testing would have refused of a connection: its name, starttls, its certificate."""


class Envelope(Protocol):
    """A mail in flight; the engine's own object comes back in `answer`."""

    message: Message


class Unreachable(Exception):
    """No connection could be made to any host of a route. Nothing was taken from the feed."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply


class Transport(Protocol):
    """Carries mails to one destination."""

    async def converse(self, route: Route, feed: Feed, *, max_mails: int) -> None:
        """Connect, send what the feed gives until it has no more or `max_mails` were sent, and close.

        Raises:
            Unreachable: there was no connection at all.
        """


class Prover(Protocol):
    """Verifies mail as its receivers do."""

    async def prove(self, mail: CompiledPlan, message: Message) -> list[Proof]:
        """Return what there is to be found of each signature; what DNS does not say is a result as well."""
