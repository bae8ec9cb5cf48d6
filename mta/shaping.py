"""What each receiver may be asked for: connections, mails on one connection, mails a minute, TLS.

Providers are recognised by the names of their mail servers, so that every domain that a provider hosts counts as one.
The rules are a TOML file; `config/shaping.toml` of the project has sane ones.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from mta.ports import Route, Tls
from mta.settings import SettingsError

MAX_MAILS = 5_000


@dataclass(frozen=True, slots=True)
class Limits:
    """For one destination, of all machines together: `connections`, and mails `per_minute` (0: any number)."""

    connections: int
    mails_per_connection: int = MAX_MAILS
    per_minute: int = 0
    tls: Tls = Tls.OPPORTUNISTIC


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    hosts: tuple[str, ...]
    limits: Limits


class Shaping:
    """The rules in force; the first that knows one of the route's hosts applies, else the default."""

    def __init__(self, default: Limits, rules: tuple[_Rule, ...] = ()) -> None:
        self._default = default
        self._rules = rules

    def apply(self, route: Route) -> tuple[Route, Limits]:
        """Return the route under its provider's name with what the rules say, and its limits."""
        rule = next((rule for rule in self._rules if _knows(rule, route)), None)
        limits = rule.limits if rule else self._default
        tls = limits.tls if route.tls is Tls.OPPORTUNISTIC else route.tls
        key = f"{rule.name} {route.key}" if rule else route.key
        return replace(route, key=key, tls=tls, provider=rule.name if rule else route.key), limits


def load(path: Path | None, connections: int) -> Shaping:
    """Read the rules. `connections` is the default where the file names none.

    Raises:
        SettingsError: the file cannot be read or says what is not known.
    """
    base = Limits(connections)
    if path is None:
        return Shaping(base)
    try:
        with path.open("rb") as file:
            data = tomllib.load(file)
        default = _limits(base, data.get("default", {}))
        rules = (_rule(name, default, table) for name, table in data.get("provider", {}).items())
        return Shaping(default, tuple(rules))
    except (OSError, tomllib.TOMLDecodeError, TypeError, ValueError) as error:
        raise SettingsError(f"MTA_SHAPING: {path}: {error}") from error


def _rule(name: str, default: Limits, table: dict[str, Any]) -> _Rule:
    hosts = tuple(str(host).lower() for host in table["hosts"]) if "hosts" in table else ()
    if not hosts:
        raise ValueError(f"provider {name} has no hosts")
    return _Rule(name, hosts, _limits(default, {key: value for key, value in table.items() if key != "hosts"}))


def _limits(default: Limits, table: dict[str, Any]) -> Limits:
    changes = dict(table)
    if "tls" in changes:
        changes["tls"] = Tls(changes["tls"])
    limits = replace(default, **changes)
    if limits.connections < 1 or limits.mails_per_connection < 1 or limits.per_minute < 0:
        raise ValueError("connections and mails_per_connection are at least 1, per_minute at least 0")
    return limits


def _knows(rule: _Rule, route: Route) -> bool:
    return any(fnmatch(host.name.lower(), pattern) for host in route.hosts for pattern in rule.hosts)
