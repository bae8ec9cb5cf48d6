"""What one person received, opened and clicked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id

MAILINGS_SHOWN = 30
MOST_EVENTS = 1_000


@dataclass(frozen=True, slots=True)
class Act:
    """Something the person, or a machine in their place, did. `label` is the link's."""

    at: datetime
    kind: str
    label: str
    human: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Received:
    """A mailing that went to the person, what became of it, and what they did with it, the earliest first."""

    mailing_id: int
    subject: str
    state: int
    bounce: str
    reply: str
    tls: str
    answered_at: datetime | None
    acts: Sequence[Act]


@dataclass(frozen=True, slots=True)
class Sum:
    """Mailings of a person by what became of them; opened and clicked by people only."""

    mailings: int
    delivered: int
    opened: int
    clicked: int


_SUM = sa.text(
    """
    SELECT count(*), count(*) FILTER (WHERE d.state = 2), count(r.opened_at), count(r.clicked_at)
    FROM deliveries d
    LEFT JOIN reactions r ON r.tenant_id = d.tenant_id AND r.mailing_id = d.mailing_id AND r.seq = d.seq
    WHERE d.tenant_id = :tenant AND d.contact_id = :contact
    """
)


def sum_of(contact_id: int) -> Sum:
    """Plan: the index of the ledger on (tenant, contact, mailing)."""
    return Sum(*db.session.execute(_SUM, {"tenant": current_tenant_id(), "contact": contact_id}).one())


_RECEIVED = sa.text(
    """
    SELECT d.mailing_id, d.seq, l.subject, d.state, d.bounce, d.reply, d.tls, d.answered_at
    FROM deliveries d JOIN launches l ON l.tenant_id = d.tenant_id AND l.mailing_id = d.mailing_id
    WHERE d.tenant_id = :tenant AND d.contact_id = :contact AND d.mailing_id < :before
    ORDER BY d.mailing_id DESC LIMIT :count
    """
)
_ACTS = sa.text(
    """
    SELECT e.mailing_id, e.at, e.kind, e.human, e.reason,
           CASE e.kind WHEN 'read' THEN round(e.link / 10.0) || ' s'
                       ELSE coalesce(nullif(k.label, ''), k.url, '') END AS label
    FROM unnest(CAST(:mailings AS bigint[]), CAST(:seqs AS int[])) AS a (mailing_id, seq)
    JOIN events e ON e.tenant_id = :tenant AND e.mailing_id = a.mailing_id AND e.seq = a.seq
    LEFT JOIN mailing_links k ON k.tenant_id = e.tenant_id AND k.mailing_id = e.mailing_id AND k.number = e.link
    ORDER BY e.mailing_id DESC, e.at LIMIT :most
    """
)
NEWEST = 2**62


def received(contact_id: int, *, before: int = NEWEST, count: int = MAILINGS_SHOWN) -> list[Received]:
    """Return the mailings of a person, the latest first, those before number `before`.

    Plan: the ledger's index on (tenant, contact, mailing), then the events' on (tenant, mailing, seq).
    """
    values = {"tenant": current_tenant_id(), "contact": contact_id, "before": before, "count": count}
    rows = db.session.execute(_RECEIVED, values).all()
    acts = _acts([(row.mailing_id, row.seq) for row in rows])
    return [
        Received(r.mailing_id, r.subject, r.state, r.bounce, r.reply, r.tls, r.answered_at, acts[r.mailing_id])
        for r in rows
    ]


def _acts(places: Sequence[tuple[int, int]]) -> dict[int, list[Act]]:
    found: dict[int, list[Act]] = defaultdict(list)
    values = {
        "tenant": current_tenant_id(), "most": MOST_EVENTS,
        "mailings": [mailing_id for mailing_id, _ in places], "seqs": [seq for _, seq in places],
    }  # fmt: skip
    for row in db.session.execute(_ACTS, values):
        found[row.mailing_id].append(Act(row.at, row.kind, row.label, row.human, row.reason))
    return found
