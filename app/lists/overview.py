"""What the page of all lists tells beside their counts: how they grew, and what was sent to them last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.lists.models import ContactList, ListDay

DAYS = 90
WIDTH, HEIGHT = 90, 24
# What lists can be ordered by; numbers and dates begin with the greatest.
SORTS = ("title", "code", "subscribed", "unconfirmed", "unsubscribed", "bounced", "complained")
# Plan: one look into the ledger's key for each launch: somebody is the first of every mailing.
_LAST = sa.text("""
SELECT DISTINCT ON (list_id) list_id, m.mailing_id, m.subject, m.sent_at
FROM contact_mails m CROSS JOIN LATERAL unnest(m.list_ids) AS list_id
WHERE m.tenant_id = :tenant AND m.seq = 1 ORDER BY list_id, m.sent_at DESC
""")


def ordered(lists: Sequence[ContactList], sort: str) -> list[ContactList]:
    """Return lists by a column; those that are alike stay by title."""
    if sort not in SORTS:
        return list(lists)
    words = sort in SORTS[:2]
    return sorted(lists, key=lambda one: getattr(one, sort).casefold() if words else -getattr(one, sort))


def last_mailings() -> dict[int, Any]:
    """Return what was sent last (mailing_id, subject, sent_at) to each list that anything was sent to."""
    return {row.list_id: row for row in db.session.execute(_LAST, {"tenant": current_tenant_id()})}


@dataclass(frozen=True, slots=True)
class Growth:
    """How many were subscribed at the `first` and `last` of some days; `points` are the way between, for a drawing."""

    first: int
    last: int
    points: str


def growth(lists: Sequence[ContactList], *, today: date) -> dict[int, Growth]:
    """Return how lists grew in the last days; a list that did not move then is not told."""
    begin = today - timedelta(days=DAYS)
    query = sa.select(ListDay).where(ListDay.tenant_id == current_tenant_id(), ListDay.day >= begin)
    days: dict[int, list[tuple[int, int]]] = {}
    for row in db.session.scalars(query.order_by(ListDay.list_id, ListDay.day)):
        days.setdefault(row.list_id, []).append(((row.day - begin).days, row.subscribed))
    return {one.id: _grown(days[one.id], one.subscribed) for one in lists if one.id in days}


def _grown(days: Sequence[tuple[int, int]], now: int) -> Growth:
    """Draw it as steps: between two days on which somebody moved, a number stays what it was."""
    numbers = [number for _, number in days]
    low, high = min([*numbers, now]), max([*numbers, now])
    heights = {n: 2 + (HEIGHT - 4) * (1 - (n - low) / (high - low or 1)) for n in {*numbers, now}}
    points = [f"{days[0][0]},{heights[numbers[0]]:.1f}"]
    for (_, before), (at, number) in pairwise(days):
        points += [f"{at},{heights[before]:.1f}", f"{at},{heights[number]:.1f}"]
    return Growth(numbers[0], now, " ".join([*points, f"{WIDTH},{heights[now]:.1f}"]))
