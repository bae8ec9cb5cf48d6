"""How well mail arrives, by who runs the mailboxes, over four weeks, against targets (config/health.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from functools import lru_cache

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.reports.comparison import Rate
from config.settings import ROOT

MOST_PROVIDERS = 12


class Verdict(IntEnum):
    GOOD = 0
    WATCH = 1
    BAD = 2


@dataclass(frozen=True, slots=True)
class Target:
    """Up to `good` all is well; above `bad` something has to be done."""

    good: float
    bad: float

    def verdict(self, rate: Rate) -> Verdict:
        if rate.value is None or rate.value <= self.good:
            return Verdict.GOOD
        return Verdict.BAD if rate.value > self.bad else Verdict.WATCH


@dataclass(frozen=True, slots=True)
class Targets:
    days: int
    bounce: Target
    complaint: Target
    deferral: Target
    providers: dict[str, str]


@lru_cache(maxsize=1)
def targets() -> Targets:
    """Return the targets, and the providers by domain."""
    data = tomllib.loads((ROOT / "config/health.toml").read_text())
    limits = {name: Target(**data[name]) for name in ("bounce", "complaint", "deferral")}
    providers = {domain: name for name, domains in data["providers"].items() for domain in domains}
    return Targets(data["days"], **limits, providers=providers)


@dataclass(frozen=True, slots=True)
class Provider:
    """Whoever runs some domains, and what became of the mail to them. `deferred` were put off at least once."""

    name: str
    domains: tuple[str, ...]
    accepted: int
    unreached: int
    deferred: int
    complained: int

    @property
    def answered(self) -> int:
        return self.accepted + self.unreached

    @property
    def bounce(self) -> Rate:
        return Rate(self.unreached, self.answered)

    @property
    def complaint(self) -> Rate:
        return Rate(self.complained, self.accepted)

    @property
    def deferral(self) -> Rate:
        return Rate(self.deferred, max(self.deferred, self.answered))

    @property
    def verdict(self) -> Verdict:
        """The worst of the three."""
        asked = targets()
        return max(
            asked.bounce.verdict(self.bounce),
            asked.complaint.verdict(self.complaint),
            asked.deferral.verdict(self.deferral),
        )


_DOMAINS = sa.text(
    """
    SELECT d.domain, sum(d.accepted)::bigint AS accepted, sum(d.bounced + d.expired)::bigint AS unreached,
           sum(d.deferred)::bigint AS deferred
    FROM launches l JOIN domain_counts d ON d.tenant_id = l.tenant_id AND d.mailing_id = l.mailing_id
    WHERE l.tenant_id = :tenant AND l.started_at >= :since GROUP BY d.domain
    """
)
_COMPLAINTS = sa.text(
    """
    SELECT split_part(c.address_key, '@', 2) AS domain, count(DISTINCT s.contact_id) AS people
    FROM subscriptions s JOIN contacts c ON c.tenant_id = s.tenant_id AND c.id = s.contact_id
    WHERE s.tenant_id = :tenant AND s.state = 'complained' AND s.changed_at >= :since GROUP BY 1
    """
)


def providers(now: datetime) -> list[Provider]:
    """Return who runs the mailboxes that were written to in the last weeks, the most mail first; small ones are one.

    Plan: the counters of the launches of four weeks, some rows a domain; the few subscriptions that complained.
    """
    values = {"tenant": current_tenant_id(), "since": now - timedelta(days=targets().days)}
    complaints = {domain: people for domain, people in db.session.execute(_COMPLAINTS, values)}  # noqa: C416
    by_name: dict[str, list[Provider]] = {}
    for domain, accepted, unreached, deferred in db.session.execute(_DOMAINS, values):
        name = targets().providers.get(domain, domain)
        one = Provider(name, (domain,), accepted, unreached, deferred, complaints.get(domain, 0))
        by_name.setdefault(name, []).append(one)
    found = [together(name, of) for name, of in by_name.items()]
    return _folded(sorted(found, key=lambda each: (-each.answered, each.name)))


def together(name: str, of: Iterable[Provider]) -> Provider:
    """Return several as one."""
    parts = list(of)
    domains = tuple(sorted(domain for each in parts for domain in each.domains))
    numbers = ("accepted", "unreached", "deferred", "complained")
    return Provider(name, domains, *(sum(getattr(each, number) for each in parts) for number in numbers))


def _folded(found: Sequence[Provider]) -> list[Provider]:
    if len(found) <= MOST_PROVIDERS:
        return list(found)
    return [*found[: MOST_PROVIDERS - 1], together("", found[MOST_PROVIDERS - 1 :])]
