"""Counts that reports show, kept in the transaction that moves the ledger: by bounce class, minute and domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.db import db
from app.sending.ledger import Group

_TYPES: dict[str, Any] = {
    "state": sa.SmallInteger, "domain": sa.Text, "bounce": sa.Text, "minute": sa.DateTime(timezone=True),
    "wait": sa.SmallInteger, "put_off": sa.Boolean, "count": sa.BigInteger, "reply": sa.Text,
    "at": sa.DateTime(timezone=True),
}  # fmt: skip

# Called after the launch's own counts have moved: its row is locked, so two of these never meet for one mailing.
_COUNT = sa.text(
    """
    WITH moved AS MATERIALIZED (
        SELECT * FROM unnest(:state, :domain, :bounce, :minute, :wait, :put_off, :count, :reply, :at)
            AS m (state, domain, bounce, minute, wait, put_off, n, reply, at)
    ), bounces AS (
        INSERT INTO bounce_counts AS c (mailing_id, bounce, people)
        SELECT :mailing, bounce, sum(n) FROM moved WHERE state = 3 GROUP BY bounce
        ON CONFLICT (tenant_id, mailing_id, bounce) DO UPDATE SET people = c.people + excluded.people
    ), minutes AS (
        INSERT INTO minute_counts AS c (mailing_id, minute, accepted, bounced)
        SELECT :mailing, minute, coalesce(sum(n) FILTER (WHERE state = 2), 0),
               coalesce(sum(n) FILTER (WHERE state = 3), 0)
        FROM moved WHERE state IN (2, 3) AND minute IS NOT NULL GROUP BY minute
        ON CONFLICT (tenant_id, mailing_id, minute) DO UPDATE SET
            accepted = c.accepted + excluded.accepted, bounced = c.bounced + excluded.bounced
    )
    INSERT INTO domain_counts AS c
        (mailing_id, domain, wait, accepted, bounced, expired, deferred, reply, replied_at)
    SELECT :mailing, domain, wait, coalesce(sum(n) FILTER (WHERE state = 2), 0),
           coalesce(sum(n) FILTER (WHERE state = 3), 0), coalesce(sum(n) FILTER (WHERE state = 5), 0),
           coalesce(sum(n) FILTER (WHERE put_off), 0),
           coalesce((array_agg(reply ORDER BY at DESC) FILTER (WHERE state <> 2))[1], ''),
           max(at) FILTER (WHERE state <> 2)
    FROM moved WHERE state <> 4 OR put_off GROUP BY domain, wait
    ON CONFLICT (tenant_id, mailing_id, domain, wait) DO UPDATE SET
        accepted = c.accepted + excluded.accepted, bounced = c.bounced + excluded.bounced,
        expired = c.expired + excluded.expired, deferred = c.deferred + excluded.deferred,
        reply = CASE WHEN excluded.replied_at >= coalesce(c.replied_at, excluded.replied_at)
                     THEN excluded.reply ELSE c.reply END,
        replied_at = greatest(c.replied_at, excluded.replied_at)
    """
).bindparams(*(sa.bindparam(name, type_=ARRAY(kind)) for name, kind in _TYPES.items()))


def count_groups(mailing_id: int, groups: Sequence[Group]) -> None:
    """Add rows that moved to the counts of their mailing."""
    if groups:
        columns = {field.name: [getattr(group, field.name) for group in groups] for field in fields(Group)}
        db.session.execute(_COUNT, {"mailing": mailing_id, **columns})
