"""What the operator wants of every process, until it is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class Orders:
    """`stopped` tenants and `suspended` destinations with the reason.

    `flushed`: destinations that shall be tried now, and when that was said. `logged`: whose every attempt gets a line
    in the log (the number of a tenant, or `EVERYBODY`), and until when (seconds since 1970).
    """

    stopped: Mapping[int, str] = field(default_factory=dict)
    suspended: Mapping[str, str] = field(default_factory=dict)
    flushed: Mapping[str, float] = field(default_factory=dict)
    logged: Mapping[str, float] = field(default_factory=dict)

    def logged_now(self, now: float) -> set[str]:
        return {whose for whose, until in self.logged.items() if until > now}


def read_orders(fields: Mapping[str, str]) -> Orders:
    """Read the operator's standing orders, as `Client` keeps them."""
    by_kind: dict[str, dict[str, str]] = {}
    for key, value in fields.items():
        kind, _, name = key.partition(":")
        by_kind.setdefault(kind, {})[name] = value
    return Orders(
        stopped={int(tenant): reason for tenant, reason in by_kind.get("tenant", {}).items()},
        suspended=by_kind.get("destination", {}),
        flushed={name: float(at) for name, at in by_kind.get("flush", {}).items()},
        logged={whose: float(until) for whose, until in by_kind.get("log", {}).items()},
    )
