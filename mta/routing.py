"""Where mail for a domain goes: one relay for all, or the domain's own servers (RFC 5321 section 5, RFC 7505)."""

from __future__ import annotations

import asyncio
import random
import time
from collections import OrderedDict
from dataclasses import dataclass

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from mta.headers import ascii_domain
from mta.ports import Host, Reply, Route

SMTP_PORT = 25
CACHE = 20_000
FAILURE_SECONDS = 60.0
_NO_NAME = (dns.name.EmptyLabel, dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.BadEscape)
_NO_DATA = (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN)


class RelayRouter:
    """Everything goes to one host (smart host), whose name is resolved at each connection."""

    def __init__(self, host: str, port: int, *, user: str = "", password: str = "") -> None:
        self._route = Route(f"{host}:{port}", (Host(host, port, (host,)),), user, password)

    def known(self, domain: str) -> Route | Reply | None:
        return self._route

    async def find(self, domain: str) -> Route | Reply:
        return self._route


@dataclass(frozen=True, slots=True)
class _Known:
    answer: Route | Reply
    until: float


class MxRouter:
    """MX in order of preference, else the domain itself. Answers are kept as long as DNS says, failures a minute."""

    def __init__(
        self, resolver: dns.asyncresolver.Resolver | None = None, *, ipv6: bool = False, port: int = SMTP_PORT
    ) -> None:
        self._resolver = resolver or dns.asyncresolver.Resolver()
        self._types = ("AAAA", "A") if ipv6 else ("A",)
        self._port = port
        self._cache: OrderedDict[str, _Known] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Route | Reply]] = {}

    def known(self, domain: str) -> Route | Reply | None:
        known = self._cache.get(domain.lower())
        return known.answer if known and known.until > time.monotonic() else None

    async def find(self, domain: str) -> Route | Reply:
        domain = domain.lower()
        if (answer := self.known(domain)) is not None:
            return answer
        task = self._asking.get(domain)
        if task is None:
            task = self._asking[domain] = asyncio.create_task(self._ask(domain))
            task.add_done_callback(lambda _: self._asking.pop(domain, None))
        return await asyncio.shield(task)

    async def _ask(self, domain: str) -> Route | Reply:
        try:
            answer, seconds = await self._resolve(ascii_domain(domain))
        except (UnicodeError, *_NO_NAME):
            answer, seconds = Reply(550, f"{domain} is not a domain name", "5.1.2"), FAILURE_SECONDS
        except (dns.exception.DNSException, OSError) as error:
            answer, seconds = Reply(0, f"DNS failure for {domain}: {type(error).__name__}", "4.4.3"), FAILURE_SECONDS
        self._cache[domain] = _Known(answer, time.monotonic() + seconds)
        if len(self._cache) > CACHE:
            self._cache.popitem(last=False)
        return answer

    async def _resolve(self, domain: str) -> tuple[Route | Reply, float]:
        names, seconds = await self._exchangers(domain)
        if names == ["."]:
            return Reply(556, f"{domain} accepts no mail (null MX)", "5.1.10"), seconds
        hosts: list[Host] = []
        failure: Exception | None = None
        for name in names:
            try:
                if addresses := await self._addresses(name):
                    hosts.append(Host(name, self._port, addresses))
            except (dns.exception.DNSException, OSError) as error:
                failure = error
        if hosts:
            return Route(hosts[0].name, tuple(hosts)), seconds
        if failure is not None:
            raise failure
        return Reply(550, f"no such domain, or it has no mail server: {domain}", "5.1.2"), FAILURE_SECONDS

    async def _exchangers(self, domain: str) -> tuple[list[str], float]:
        try:
            answer = await self._resolver.resolve(domain, "MX")
        except dns.resolver.NXDOMAIN:
            return [], FAILURE_SECONDS
        except dns.resolver.NoAnswer:
            return [domain], FAILURE_SECONDS
        # Servers of one preference share the load (RFC 5321 5.1).
        records = sorted(answer, key=lambda r: (r.preference, random.random()))  # noqa: S311
        names = [r.exchange.to_text() for r in records]
        ttl = min(max(float(answer.rrset.ttl if answer.rrset else 0), FAILURE_SECONDS), 86_400.0)
        return (["."] if names == ["."] else [n.rstrip(".") for n in names if n != "."]), ttl

    async def _addresses(self, name: str) -> tuple[str, ...]:
        found: list[str] = []
        for kind in self._types:
            try:
                answer = await self._resolver.resolve(name, kind)
            except _NO_DATA:
                continue
            found += [record.address for record in answer]
        return tuple(found)
