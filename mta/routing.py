"""Where mail for a domain goes: one relay for all, or the domain's own servers (RFC 5321 section 5, RFC 7505).

What a server must prove is part of the way to it: DANE (RFC 7672) and MTA-STS (RFC 8461) are asked for here.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import dns.name
import structlog

from mta import dane
from mta.headers import ascii_domain
from mta.ports import Host, Reply, Route, Tls, Tlsa
from mta.resolving import FAILURES, SHORTEST, Found, Resolver
from mta.sts import Policies, Policy
from mta.tls import NO_PROOF

SMTP_PORT = 25
CACHE = 20_000
_NO_NAME = (dns.name.EmptyLabel, dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.BadEscape)
log = structlog.get_logger("mta")


class RelayRouter:
    """Everything goes to one host (smart host), whose name is resolved at each connection."""

    def __init__(
        self, host: str, port: int, *, user: str = "", password: str = "", tls: Tls = Tls.OPPORTUNISTIC
    ) -> None:
        self._route = Route(f"{host}:{port}", (Host(host, port, (host,)),), user, password, tls)

    def known(self, domain: str, tenant: int) -> Route | Reply | None:
        return self._route

    async def find(self, domain: str, tenant: int) -> Route | Reply:
        return self._route


@dataclass(frozen=True, slots=True)
class _Known:
    answer: Route | Reply
    until: float


@dataclass(frozen=True, slots=True)
class _Exchangers:
    """The names of a domain's mail servers, the preferred first; `secure` as in `resolving.Found`."""

    names: list[str]
    seconds: float
    secure: bool


class _NotNow(Exception):
    """There is a server, and no mail may go there now; the message says why."""


class MxRouter:
    """MX in order of preference, else the domain itself. Answers are kept as long as DNS says, failures a minute.

    With a trusted resolver, DANE is asked for. `sts`: the domains' policies, or None where nobody asks.
    """

    def __init__(
        self, resolver: Resolver, *, ipv6: bool = False, port: int = SMTP_PORT, sts: Policies | None = None
    ) -> None:
        self._resolver = resolver
        self._types = ("AAAA", "A") if ipv6 else ("A",)
        self._port = port
        self._sts = sts
        self._cache: OrderedDict[str, _Known] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Route | Reply]] = {}

    def known(self, domain: str, tenant: int) -> Route | Reply | None:
        known = self._cache.get(domain.lower())
        return known.answer if known and known.until > time.monotonic() else None

    async def find(self, domain: str, tenant: int) -> Route | Reply:
        domain = domain.lower()
        if (answer := self.known(domain, tenant)) is not None:
            return answer
        task = self._asking.get(domain)
        if task is None:
            task = self._asking[domain] = asyncio.create_task(self._ask(domain))
            task.add_done_callback(lambda _: self._asking.pop(domain, None))
        return await asyncio.shield(task)

    async def _ask(self, domain: str) -> Route | Reply:
        seconds = SHORTEST
        answer: Route | Reply
        try:
            answer, seconds = await self._resolve(ascii_domain(domain))
        except (UnicodeError, *_NO_NAME):
            answer = Reply(550, f"{domain} is not a domain name", "5.1.2")
        except _NotNow as reason:
            answer = Reply(0, str(reason), NO_PROOF)
        except FAILURES as error:
            answer = Reply(0, f"DNS failure for {domain}: {type(error).__name__}", "4.4.3")
        self._cache[domain] = _Known(answer, time.monotonic() + seconds)
        if len(self._cache) > CACHE:
            self._cache.popitem(last=False)
        return answer

    async def _resolve(self, domain: str) -> tuple[Route | Reply, float]:
        found = await self._exchangers(domain)
        if found.names == ["."]:
            return Reply(556, f"{domain} accepts no mail (null MX)", "5.1.10"), found.seconds
        hosts = await self._hosts(domain, found)
        if not hosts:
            return Reply(550, f"no such domain, or it has no mail server: {domain}", "5.1.2"), SHORTEST
        policy = await self._sts.policy(domain) if self._sts else None
        hosts = _under(policy, domain, hosts)
        return Route(_key(hosts), tuple(hosts)), found.seconds

    async def _exchangers(self, domain: str) -> _Exchangers:
        found = await self._resolver.ask(domain, "MX")
        if not found.records:
            return _Exchangers([domain] if found.exists else [], SHORTEST, found.secure)
        # Servers of one preference share the load (RFC 5321 5.1).
        records = sorted(found.records, key=lambda r: (r.preference, random.random()))  # noqa: S311
        names = [r.exchange.to_text() for r in records]
        names = ["."] if names == ["."] else [n.rstrip(".") for n in names if n != "."]
        return _Exchangers(names, found.seconds, found.secure)

    async def _hosts(self, domain: str, exchangers: _Exchangers) -> list[Host]:
        """Return the servers that have addresses, in order; raise what kept the only ones back."""
        hosts: list[Host] = []
        failure: Exception | None = None
        for name in exchangers.names:
            try:
                if host := await self._host(domain, name, secure=exchangers.secure):
                    hosts.append(host)
            except (_NotNow, *FAILURES) as error:
                failure = error
        if not hosts and failure is not None:
            raise failure
        return hosts

    async def _host(self, domain: str, name: str, *, secure: bool) -> Host | None:
        found = [await self._resolver.ask(name, kind) for kind in self._types]
        addresses = tuple(record.address for answer in found for record in answer.records)
        if not addresses:
            return None
        host = Host(name, self._port, addresses)
        # RFC 7672 2.2.2: who does not sign addresses is not asked for TLSA, which unsigned zones often answer badly.
        if not secure or not all(answer.secure for answer in found):
            return host
        return await self._with_dane(host, domain, found[0])

    async def _with_dane(self, host: Host, domain: str, addresses: Found) -> Host:
        for base in dict.fromkeys((addresses.name, host.name)):
            if (tlsa := await self._tlsa(base)) is not None:
                anchored = any(record.usage == dane.ANCHOR for record in tlsa)
                return replace(host, tlsa=tlsa, names=(base, host.name, domain) if anchored else ())
        return host

    async def _tlsa(self, base: str) -> tuple[Tlsa, ...] | None:
        try:
            found = await self._resolver.ask(f"_{self._port}._tcp.{base}", "TLSA")
        except FAILURES as error:
            # Not to know is not to have none: somebody may be keeping the records from us (RFC 7672 2.1.2).
            raise _NotNow(f"DANE: the TLSA records of {base} cannot be looked up ({type(error).__name__})") from error
        return dane.usable(found.records) if found.records and found.secure else None


def _under(policy: Policy | None, domain: str, hosts: Sequence[Host]) -> list[Host]:
    """Return the servers that a policy leaves, with what it asks of them. DANE goes before it (RFC 8461 2)."""
    if policy is None or policy.mode == "none":
        return list(hosts)
    strangers = [host.name for host in hosts if not host.tlsa and not policy.allows(host.name)]
    if strangers:
        log.warning("sts_policy_does_not_name", domain=domain, mode=policy.mode, hosts=strangers)
    if policy.mode == "testing":
        return [h if h.tlsa else replace(h, trial=True, stranger=h.name in strangers) for h in hosts]
    allowed = [host if host.tlsa else replace(host, sts=True) for host in hosts if host.name not in strangers]
    if not allowed:
        raise _NotNow(f"MTA-STS: the policy of {domain} allows none of its mail servers")
    return allowed


def _key(hosts: Sequence[Host]) -> str:
    """Return the destination's name. Connections that must prove something are shared only by who asks for the same."""
    demands = [(host.name, host.sts, host.tlsa, host.names) for host in hosts]
    strict = any(sts or tlsa is not None for _, sts, tlsa, _ in demands)
    trials = [(host.name, host.stranger) for host in hosts if host.trial]
    if not strict and not trials:
        return hosts[0].name
    told = repr([sorted(demands, key=repr), *sorted(trials)])
    return f"{hosts[0].name} {'secure' if strict else 'tested'} {sha256(told.encode()).hexdigest()[:6]}"
