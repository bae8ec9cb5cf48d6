"""Ways that an operator sets: other servers for some domains or tenants, and our own addresses. From a TOML file.

`config/routes.toml` of the project shows the form.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatchcase
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from mta.ceilings import Ceiling
from mta.headers import ascii_domain
from mta.ports import Host, Reply, Route, Router, Source, Tls
from mta.settings import SettingsError, host_port
from mta.sources import Sources

SMTP_PORT = 25
_FIELDS = frozenset({"domain", "tenant", "to", "user", "password", "tls"})


@dataclass(frozen=True, slots=True)
class Rule:
    """Applies to a domain (``*.`` for all below it), to a tenant, or to both. `route`: None for the domain's MX."""

    domain: str
    tenant: int | None
    route: Route | None
    tls: Tls | None

    def applies(self, domain: str, tenant: int) -> bool:
        return self.tenant in (None, tenant) and (not self.domain or fnmatchcase(domain, self.domain))


class RuledRouter:
    """Implements `ports.Router`: the first rule that applies, else as the router below."""

    def __init__(self, rules: tuple[Rule, ...], below: Router) -> None:
        self._rules = rules
        self._below = below

    def known(self, domain: str, tenant: int) -> Route | Reply | None:
        rule = self._rule(domain, tenant)
        if rule and rule.route:
            return rule.route
        return _with(rule, self._below.known(domain, tenant))

    async def find(self, domain: str, tenant: int) -> Route | Reply:
        rule = self._rule(domain, tenant)
        if rule and rule.route:
            return rule.route
        answer = _with(rule, await self._below.find(domain, tenant))
        assert answer is not None
        return answer

    def _rule(self, domain: str, tenant: int) -> Rule | None:
        try:
            name = ascii_domain(domain)
        except UnicodeError:
            return None
        return next((rule for rule in self._rules if rule.applies(name, tenant)), None)


def _with(rule: Rule | None, answer: Route | Reply | None) -> Route | Reply | None:
    if rule is None or rule.tls is None or not isinstance(answer, Route):
        return answer
    return replace(answer, key=f"{answer.key} {rule.tls.value}", tls=rule.tls)


@dataclass(frozen=True, slots=True)
class Ways:
    """What the file says."""

    rules: tuple[Rule, ...] = ()
    sources: Sources = field(default_factory=Sources)


def load(path: Path | None, env: Mapping[str, str] = os.environ) -> Ways:
    """Read the file; without one there is nothing to say.

    Raises:
        SettingsError: the file cannot be read or makes no sense, or a password is not where it should be.
    """
    if path is None:
        return Ways()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        if unknown := data.keys() - {"route", "pool", "address"}:
            raise ValueError(f"what is {', '.join(sorted(unknown))}?")
        rules = tuple(_numbered(number, table, env) for number, table in enumerate(data.get("route", []), 1))
        return Ways(rules, _sources(data.get("pool", {}), data.get("address", {})))
    except (OSError, TypeError, KeyError, ValueError, AttributeError) as error:
        raise SettingsError(f"MTA_ROUTES: {path}: {error}") from error


def _numbered(number: int, table: dict[str, Any], env: Mapping[str, str]) -> Rule:
    try:
        return _rule(number, table, env)
    except (OSError, TypeError, ValueError) as error:
        raise ValueError(f"route {number}: {error}") from error


def _rule(number: int, table: dict[str, Any], env: Mapping[str, str]) -> Rule:
    if unknown := table.keys() - _FIELDS:
        raise ValueError(f"what is {', '.join(sorted(unknown))}?")
    domain, tenant = str(table.get("domain", "")), table.get("tenant")
    if not domain and tenant is None:
        raise ValueError("it names neither a domain nor a tenant")
    user = str(table.get("user", ""))
    tls = Tls(table["tls"]) if "tls" in table else (Tls.REQUIRED if user else None)
    if user and tls in (Tls.OFF, Tls.OPPORTUNISTIC):
        raise ValueError("a password needs tls = 'encrypted' or 'required'")
    if "to" not in table:
        if user or tls is None:
            raise ValueError("without `to` it can only set tls")
        return Rule(ascii_domain(domain), tenant, None, tls)
    places = [host_port(str(place), default_port=SMTP_PORT) for place in table["to"]]
    hosts = tuple(Host(name, port, (name,)) for name, port in places)
    if not hosts:
        raise ValueError("`to` names no server")
    password = secret(str(table.get("password", "")), env) if user else ""
    # The number: two accounts at one server are two destinations.
    key = f"{table['to'][0]} (route {number})"
    route = Route(key, hosts, user, password, tls or Tls.OPPORTUNISTIC)
    return Rule(ascii_domain(domain), tenant, route, None)


def secret(reference: str, env: Mapping[str, str]) -> str:
    """Return what ``env:NAME`` or ``file:PATH`` refers to.

    Raises:
        ValueError, OSError: it is no reference, or there is nothing.
    """
    kind, _, name = reference.partition(":")
    if kind not in ("env", "file") or not name:
        raise ValueError("password is env:NAME or file:PATH, never the password itself")
    value = env.get(name, "") if kind == "env" else Path(name).read_text(encoding="utf-8").strip()
    if not value:
        raise ValueError(f"there is no password at {reference}")
    return value


def _sources(pools: dict[str, Any], addresses: dict[str, Any]) -> Sources:
    ceilings = {str(ip_address(a)): c for a, table in addresses.items() if (c := _ceiling(a, table))}
    default: tuple[Source, ...] = ()
    tenants: dict[int, tuple[Source, ...]] = {}
    for name, table in pools.items():
        pool = tuple(_source(str(a), addresses) for a in table["addresses"])
        if not pool:
            raise ValueError(f"pool {name} has no addresses")
        for tenant in table.get("tenants", []):
            if int(tenant) in tenants:
                raise ValueError(f"tenant {tenant} has two pools")
            tenants[int(tenant)] = pool
        if name == "default":
            default = pool
        elif "tenants" not in table:
            raise ValueError(f"pool {name} is nobody's: it names no tenants")
    return Sources(default, tenants, ceilings)


def _source(address: str, addresses: dict[str, Any]) -> Source:
    return Source(str(ip_address(address)), str(addresses.get(address, {}).get("hostname", "")))


def _ceiling(address: str, table: dict[str, Any]) -> Ceiling | None:
    if unknown := table.keys() - {"hostname", "warm_up_from", "warm_up"}:
        raise ValueError(f"address {address}: what is {', '.join(sorted(unknown))}?")
    if "warm_up" not in table and "warm_up_from" not in table:
        return None
    first, steps = table.get("warm_up_from"), table.get("warm_up")
    if not isinstance(first, date) or not steps or not all(isinstance(step, int) and step >= 0 for step in steps):
        raise ValueError(f"address {address}: warm_up_from is a day, warm_up how many mails on each day from then")
    return Ceiling(str(ip_address(address)), first, steps)
