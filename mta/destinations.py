"""All destinations of this process: finds the way for each recipient, and puts it in the right queue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from heapq import nlargest

import structlog

from mta.destination import Destination, Owner
from mta.orders import Orders
from mta.ports import Reply, Route, Router, Source, Spool, Transport
from mta.shaping import Shaping
from mta.sources import Sources
from mta.state import DestinationState
from mta.work import Delivery, State

SHOWN = 200

FROM = " from "
log = structlog.get_logger("mta")


class Destinations:
    """Opens destinations as they are needed. `ask`, `hold` and `room` as in `Destination`."""

    def __init__(
        self,
        router: Router,
        transport: Transport,
        shaping: Shaping,
        sources: Sources,
        owner: Owner,
        *,
        ask: Callable[[], None],
        hold: float,
        room: int,
    ) -> None:
        self._ask = ask
        self._router = router
        self._transport = transport
        self._shaping = shaping
        self._sources = sources
        self._owner = owner
        self._hold = hold
        self._room = room
        self._open: dict[str, Destination] = {}
        self._orders = Orders()
        self._routing: set[asyncio.Task[None]] = set()

    def send(self, deliveries: Iterable[Delivery]) -> None:
        """Queue one tenant's deliveries where they belong; those whose way is not known follow later."""
        by_domain: dict[str, list[Delivery]] = {}
        for delivery in deliveries:
            by_domain.setdefault(delivery.domain, []).append(delivery)
        touched: dict[str, Destination] = {}
        for domain, ones in by_domain.items():
            answer = self._router.known(domain, ones[0].work.tenant)
            if answer is None:
                task = asyncio.create_task(self._find(domain, ones))
                self._routing.add(task)
                task.add_done_callback(self._routing.discard)
            else:
                touched |= self._queue(answer, ones)
        for destination in touched.values():
            destination.work()

    async def _find(self, domain: str, deliveries: list[Delivery]) -> None:
        try:
            answer = await self._router.find(domain, deliveries[0].work.tenant)
        except Exception:  # a fault of ours must not leave them waiting for ever
            log.exception("routing_failed")
            answer = Reply(0, "the way to the domain could not be found", "4.3.0")
        for destination in self._queue(answer, deliveries).values():
            destination.work()

    def _queue(self, answer: Route | Reply, deliveries: list[Delivery]) -> dict[str, Destination]:
        waiting = [delivery for delivery in deliveries if delivery.state is State.WAITING]
        if isinstance(answer, Reply):
            for delivery in waiting:
                self._owner.settle(delivery, answer)
            return {}
        by_source: dict[Source, Destination] = {}
        for delivery in waiting:
            source = self._sources.choose(answer, delivery.work.tenant, delivery.recipient.address)
            if not isinstance(source, Source):
                self._owner.park(delivery, source)
                continue
            if source not in by_source:
                by_source[source] = self._destination(answer, source)
            by_source[source].push(delivery)
        return {destination.route.key: destination for destination in by_source.values()}

    def _destination(self, route: Route, source: Source) -> Destination:
        route, limits = self._shaping.apply(route)
        if source.address:
            route = replace(route, key=f"{route.key}{FROM}{source.address}", source=source)
        if route.key not in self._open:
            opened = self._open[route.key] = Destination(
                route,
                self._transport,
                limits,
                self._owner,
                ask=self._ask,
                hold=self._hold,
                room=self._room,
                ceiling=self._sources.ceiling(source),
                elsewhere=self.send,
            )
            opened.obey(self._orders)
        return self._open[route.key]

    def obey(self, orders: Orders) -> None:
        """Suspend, resume and flush as the operator wants, now and when a destination opens later."""
        if orders != self._orders:
            self._orders = orders
            for destination in self._open.values():
                destination.obey(orders)

    async def share(self, spool: Spool) -> None:
        """Agree with the other processes on how many connections each has, and on whom to leave alone.

        Raises:
            SpoolError: the spool cannot be reached; everything stays as it was agreed.
        """
        used = [destination for destination in self._open.values() if destination.in_use]
        for destination in self._open.values():
            if not destination.in_use:
                destination.agree(None)
        shares = await spool.share([destination.standing() for destination in used]) if used else []
        for destination, share in zip(used, shares, strict=True):
            destination.agree(share)

    async def leading_to(self, key: str, domains: Collection[str], tenant: int) -> set[str]:
        """Return those of the domains to which the tenant's mail goes by this destination."""
        finding = (self._router.find(domain, tenant) for domain in domains)
        answers = await asyncio.gather(*finding, return_exceptions=True)
        routes = ((domain, answer) for domain, answer in zip(domains, answers, strict=True))
        key = key.partition(FROM)[0]
        return {d for d, route in routes if isinstance(route, Route) and self._shaping.apply(route)[0].key == key}

    def resume(self) -> None:
        """Go on everywhere, after nothing could be sent."""
        for destination in self._open.values():
            destination.work()

    def look_after(self) -> None:
        """See that nobody waits too long, and forget what was not used for a while. To be called now and then."""
        for key, destination in list(self._open.items()):
            destination.look_after()
            if destination.forgotten:
                del self._open[key]

    def describe(self, rates: Mapping[str, float]) -> dict[str, DestinationState]:
        """Return how the destinations stand that matter most; there may be as many as there are domains."""
        states = {key: destination.describe(rates.get(key, 0.0)) for key, destination in self._open.items()}
        if len(states) <= SHOWN:
            return states
        return dict(nlargest(SHOWN, states.items(), key=lambda item: (bool(item[1].trouble), item[1].waiting)))

    async def close(self, seconds: float) -> None:
        """Let what is in flight be answered for so long, and close everything."""
        closing = (destination.close(seconds) for destination in self._open.values())
        await asyncio.gather(*closing, return_exceptions=True)
        for task in self._routing:
            task.cancel()
