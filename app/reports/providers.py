"""How the large mailbox providers receive the workspace's mail: what they put off, refuse, and who complained."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id

DAYS = 28
SHOWN = 12
PROVIDERS = {
    "Naver": ("naver.com",),
    "Gmail": ("gmail.com", "googlemail.com"),
    "Kakao · Daum": ("hanmail.net", "daum.net", "kakao.com"),
    "Nate": ("nate.com", "lycos.co.kr", "empas.com"),
    "Outlook": ("outlook.com", "hotmail.com", "live.com", "msn.com", "outlook.kr", "hotmail.co.kr"),
    "Yahoo": ("yahoo.com", "yahoo.co.kr", "ymail.com", "aol.com"),
    "iCloud": ("icloud.com", "me.com", "mac.com"),
}
_PROVIDER_OF = {domain: name for name, domains in PROVIDERS.items() for domain in domains}


@dataclass(slots=True)
class Reception:
    """How one provider received mail. `deferred`: put off at least once; `reply`: the last that did not accept."""

    name: str
    accepted: int = 0
    bounced: int = 0
    expired: int = 0
    deferred: int = 0
    complained: int = 0
    reply: str = ""

    @property
    def mails(self) -> int:
        return self.accepted + self.bounced + self.expired

    def share(self, count: int) -> float | None:
        return count / self.mails if self.mails else None


# Plan: the launches of four weeks by primary key range of the tenant, then each one's few rows of domain counts.
_RECEIVED = sa.text(
    """
    SELECT d.domain, sum(d.accepted)::bigint AS accepted, sum(d.bounced)::bigint AS bounced,
           sum(d.expired)::bigint AS expired, sum(d.deferred)::bigint AS deferred,
           coalesce((array_agg(d.reply ORDER BY d.replied_at DESC NULLS LAST))[1], '') AS reply, 0::bigint AS complained
    FROM domain_counts d JOIN launches l USING (tenant_id, mailing_id)
    WHERE d.tenant_id = :tenant AND l.started_at > now() - make_interval(days => :days)
    GROUP BY d.domain
    UNION ALL
    SELECT split_part(address_key, '@', 2), 0, 0, 0, 0, '', count(*) FROM suppressions
    WHERE tenant_id = :tenant AND reason = 'complaint' AND created_at > now() - make_interval(days => :days)
    GROUP BY 1
    """
)


def receptions() -> list[Reception]:
    """Return how mail of the last four weeks was received, by provider, those with most mails first."""
    return grouped(db.session.execute(_RECEIVED, {"tenant": current_tenant_id(), "days": DAYS}))[:SHOWN]


def grouped(rows: Iterable[Any]) -> list[Reception]:
    """Add rows of domains up by provider; a domain that is no large provider's stands for itself."""
    found: dict[str, Reception] = defaultdict(lambda: Reception(""))
    for row in rows:
        name = _PROVIDER_OF.get(row.domain, row.domain)
        one = found[name]
        one.name = name
        for count in ("accepted", "bounced", "expired", "deferred", "complained"):
            setattr(one, count, getattr(one, count) + getattr(row, count))
        one.reply = row.reply or one.reply
    return sorted(found.values(), key=lambda one: (-one.mails, one.name))
