"""The SQL that writes events and keeps the counts of people and machines with them, all in one transaction.

Counts move by what a statement really inserted, so that an event delivered twice counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from app.core import arrays
from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.tracking.bursts import Click
from app.tracking.clients import UNKNOWN, client_of
from app.tracking.places import place_of
from app.tracking.stream import TrackEvent

# What stands in each column of an array, and how it is written there.
_COLUMNS: dict[str, tuple[str, Callable[[Sequence[Any]], str]]] = {
    "key": ("text", arrays.texts),
    "mailing_id": ("bigint", arrays.numbers),
    "seq": ("integer", arrays.numbers),
    "kind": ("text", arrays.texts),
    "link": ("integer", arrays.numbers),
    "human": ("boolean", arrays.truths),
    "reason": ("text", arrays.texts),
    "device": ("text", arrays.texts),
    "client": ("text", arrays.texts),
    "os": ("text", arrays.texts),
    "language": ("text", arrays.texts),
    "place": ("text", arrays.texts),
    "network": ("text", arrays.texts),
    "at": ("double precision", arrays.numbers),
}
_NAMES = ", ".join(_COLUMNS)
_UNNEST = ", ".join(f"CAST(:{name} AS {kind}[])" for name, (kind, _) in _COLUMNS.items())

_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('tracking'), :tenant)")

# One statement, one snapshot: `met` still sees the reactions as they were before `people` changes them.
# Plan: from the batch into reactions by primary key, once. The CTEs are materialised, or the planner, which cannot know
# how many events an array holds, would join them with each other row by row.
_RECORD = sa.text(
    f"""
    WITH fresh AS (
        INSERT INTO events ({_NAMES})
        SELECT {_NAMES.removesuffix("at")} to_timestamp(at) FROM unnest({_UNNEST}) AS told ({_NAMES})
        ON CONFLICT (tenant_id, key) DO NOTHING
        RETURNING mailing_id, seq, kind, link, human, reason, device, client, os, language, place, at
    ), person AS MATERIALIZED (
        SELECT mailing_id, seq, min(at) AS opened_at,
               min(at) FILTER (WHERE kind = 'click') AS clicked_at,
               count(*) FILTER (WHERE kind = 'open') AS opens,
               count(*) FILTER (WHERE kind = 'click') AS clicks
        FROM fresh WHERE human AND kind IN ('open', 'view', 'click') GROUP BY mailing_id, seq
    ), met AS MATERIALIZED (
        SELECT p.*, r.opened_at AS opened_before, r.clicked_at AS clicked_before
        FROM person p LEFT JOIN reactions r
             ON r.tenant_id = :tenant AND r.mailing_id = p.mailing_id AND r.seq = p.seq
    ), people AS (
        INSERT INTO reactions AS r (mailing_id, seq, opened_at, clicked_at, opens, clicks)
        SELECT mailing_id, seq, opened_at, clicked_at, opens, clicks FROM person
        ON CONFLICT (tenant_id, mailing_id, seq) DO UPDATE SET
            opened_at = least(r.opened_at, excluded.opened_at), clicked_at = least(r.clicked_at, excluded.clicked_at),
            opens = r.opens + excluded.opens, clicks = r.clicks + excluded.clicks
    ), newcomers AS MATERIALIZED (
        SELECT mailing_id, count(*) FILTER (WHERE opened_before IS NULL) AS openers,
               count(*) FILTER (WHERE clicked_before IS NULL AND clicked_at IS NOT NULL) AS clickers
        FROM met GROUP BY mailing_id
    ), mailings AS (
        INSERT INTO mailing_reactions AS m
            (mailing_id, openers, clickers, opens, clicks, machine_opens, machine_clicks)
        SELECT f.mailing_id, coalesce(n.openers, 0), coalesce(n.clickers, 0),
               count(*) FILTER (WHERE human AND kind = 'open'), count(*) FILTER (WHERE human AND kind = 'click'),
               count(*) FILTER (WHERE NOT human AND kind = 'open'), count(*) FILTER (WHERE NOT human AND kind = 'click')
        FROM fresh f LEFT JOIN newcomers n USING (mailing_id) GROUP BY f.mailing_id, n.openers, n.clickers
        ON CONFLICT (tenant_id, mailing_id) DO UPDATE SET
            openers = m.openers + excluded.openers, clickers = m.clickers + excluded.clickers,
            opens = m.opens + excluded.opens, clicks = m.clicks + excluded.clicks,
            machine_opens = m.machine_opens + excluded.machine_opens,
            machine_clicks = m.machine_clicks + excluded.machine_clicks
    ), links AS (
        INSERT INTO link_reactions AS l (mailing_id, number, clicks, machine_clicks)
        SELECT mailing_id, link, count(*) FILTER (WHERE human), count(*) FILTER (WHERE NOT human)
        FROM fresh WHERE kind = 'click' GROUP BY mailing_id, link
        ON CONFLICT (tenant_id, mailing_id, number) DO UPDATE SET
            clicks = l.clicks + excluded.clicks, machine_clicks = l.machine_clicks + excluded.machine_clicks
    ), hours AS (
        INSERT INTO hour_reactions AS h (mailing_id, hour, opens, clicks)
        SELECT mailing_id, date_trunc('hour', at, 'UTC'),
               count(*) FILTER (WHERE kind = 'open'), count(*) FILTER (WHERE kind = 'click')
        FROM fresh WHERE human AND kind IN ('open', 'click') GROUP BY 1, 2
        ON CONFLICT (tenant_id, mailing_id, hour) DO UPDATE SET
            opens = h.opens + excluded.opens, clicks = h.clicks + excluded.clicks
    ), clients AS (
        INSERT INTO client_reactions AS c (mailing_id, device, client, os, opens, clicks)
        SELECT mailing_id, device, client, os,
               count(*) FILTER (WHERE kind = 'open'), count(*) FILTER (WHERE kind = 'click')
        FROM fresh WHERE human AND kind IN ('open', 'click') GROUP BY 1, 2, 3, 4
        ON CONFLICT (tenant_id, mailing_id, device, client, os) DO UPDATE SET
            opens = c.opens + excluded.opens, clicks = c.clicks + excluded.clicks
    ), traits AS (
        INSERT INTO trait_reactions AS t (mailing_id, trait, value, opens, clicks)
        SELECT mailing_id, v.trait, v.value,
               count(*) FILTER (WHERE kind = 'open'), count(*) FILTER (WHERE kind = 'click')
        FROM fresh CROSS JOIN LATERAL (VALUES
            ('language', language, human), ('place', place, human), ('machine', reason, NOT human)
        ) AS v (trait, value, counts)
        WHERE v.counts AND v.value <> '' AND kind IN ('open', 'click') GROUP BY 1, 2, 3
        ON CONFLICT (tenant_id, mailing_id, trait, value) DO UPDATE SET
            opens = t.opens + excluded.opens, clicks = t.clicks + excluded.clicks
    )
    SELECT count(*) FROM fresh
    """  # noqa: S608 - names and types from the table above
)

# The rare cases (an unsubscribe, a person found to be a scanner): a recipient's row is counted again from the events.
_RECOUNT = sa.text(
    """
    WITH asked AS (
        SELECT DISTINCT * FROM unnest(:mailing_id, :seq) AS a (mailing_id, seq)
    ), counted AS (
        SELECT a.mailing_id, a.seq,
               min(e.at) FILTER (WHERE human AND kind IN ('open', 'view', 'click')) AS opened_at,
               min(e.at) FILTER (WHERE human AND kind = 'click') AS clicked_at,
               max(e.at) FILTER (WHERE kind = 'unsubscribe') AS left_at,
               max(e.at) FILTER (WHERE kind = 'return') AS came_back_at,
               count(*) FILTER (WHERE human AND kind = 'open') AS opens,
               count(*) FILTER (WHERE human AND kind = 'click') AS clicks
        FROM asked a JOIN events e USING (mailing_id, seq) GROUP BY a.mailing_id, a.seq
    ), known AS (
        SELECT r.mailing_id, r.seq, r.opened_at, r.clicked_at, r.unsubscribed_at
        FROM reactions r JOIN asked USING (mailing_id, seq)
    ), now_so AS (
        INSERT INTO reactions AS r (mailing_id, seq, opened_at, clicked_at, unsubscribed_at, opens, clicks)
        SELECT mailing_id, seq, opened_at, clicked_at,
               CASE WHEN came_back_at IS NULL OR came_back_at < left_at THEN left_at END, opens, clicks
        FROM counted
        ON CONFLICT (tenant_id, mailing_id, seq) DO UPDATE SET
            opened_at = excluded.opened_at, clicked_at = excluded.clicked_at,
            unsubscribed_at = excluded.unsubscribed_at, opens = excluded.opens, clicks = excluded.clicks
        RETURNING mailing_id, seq, opened_at, clicked_at, unsubscribed_at
    ), moved AS (
        SELECT n.mailing_id,
               sum((n.opened_at IS NOT NULL)::int - (k.opened_at IS NOT NULL)::int) AS openers,
               sum((n.clicked_at IS NOT NULL)::int - (k.clicked_at IS NOT NULL)::int) AS clickers,
               sum((n.unsubscribed_at IS NOT NULL)::int - (k.unsubscribed_at IS NOT NULL)::int) AS unsubscribers
        FROM now_so n LEFT JOIN known k USING (mailing_id, seq) GROUP BY n.mailing_id
    )
    UPDATE mailing_reactions m SET openers = m.openers + moved.openers, clickers = m.clickers + moved.clickers,
           unsubscribers = m.unsubscribers + moved.unsubscribers
    FROM moved WHERE m.mailing_id = moved.mailing_id
    """
).bindparams(
    sa.bindparam("mailing_id", type_=ARRAY(sa.BigInteger)),
    sa.bindparam("seq", type_=ARRAY(sa.Integer)),
)

# Clicks believed to be a person's until the rest of the burst came in.
_EXPOSE = sa.text(
    """
    WITH exposed AS (
        UPDATE events SET human = false, reason = :reason
        WHERE tenant_id = :tenant AND key = ANY(:keys) AND human
        RETURNING mailing_id, link, device, client, os, language, place, date_trunc('hour', at, 'UTC') AS hour
    ), links AS (
        UPDATE link_reactions l SET clicks = l.clicks - e.n, machine_clicks = l.machine_clicks + e.n
        FROM (SELECT mailing_id, link, count(*) AS n FROM exposed GROUP BY 1, 2) e
        WHERE l.mailing_id = e.mailing_id AND l.number = e.link
    ), hours AS (
        UPDATE hour_reactions h SET clicks = h.clicks - e.n
        FROM (SELECT mailing_id, hour, count(*) AS n FROM exposed GROUP BY 1, 2) e
        WHERE h.mailing_id = e.mailing_id AND h.hour = e.hour
    ), clients AS (
        UPDATE client_reactions c SET clicks = c.clicks - e.n
        FROM (SELECT mailing_id, device, client, os, count(*) AS n FROM exposed GROUP BY 1, 2, 3, 4) e
        WHERE c.mailing_id = e.mailing_id AND c.device = e.device AND c.client = e.client AND c.os = e.os
    ), traits AS (
        UPDATE trait_reactions t SET clicks = t.clicks - e.n
        FROM (SELECT mailing_id, v.trait, v.value, count(*) AS n
              FROM exposed CROSS JOIN LATERAL (VALUES ('language', language), ('place', place)) AS v (trait, value)
              GROUP BY 1, 2, 3) e
        WHERE t.mailing_id = e.mailing_id AND t.trait = e.trait AND t.value = e.value
    ), machines AS (
        INSERT INTO trait_reactions AS t (mailing_id, trait, value, clicks)
        SELECT mailing_id, 'machine', :reason, count(*) FROM exposed GROUP BY 1
        ON CONFLICT (tenant_id, mailing_id, trait, value) DO UPDATE SET clicks = t.clicks + excluded.clicks
    )
    UPDATE mailing_reactions m SET clicks = m.clicks - e.n, machine_clicks = m.machine_clicks + e.n
    FROM (SELECT mailing_id, count(*) AS n FROM exposed GROUP BY 1) e WHERE m.mailing_id = e.mailing_id
    """
).bindparams(sa.bindparam("keys", type_=ARRAY(sa.Text)), sa.bindparam("reason", type_=sa.Text))

# Plan: the index on (tenant, mailing, seq) of each recipient asked for.
_CLICKS = sa.text(
    """
    SELECT e.key, e.mailing_id, e.seq, e.link, e.at, e.kind = 'trap'
    FROM (SELECT DISTINCT * FROM unnest(:mailing_id, :seq) AS a (mailing_id, seq)) a
    JOIN events e USING (mailing_id, seq)
    WHERE e.kind = 'trap' OR e.kind = 'click' AND e.human ORDER BY e.mailing_id, e.seq, e.at
    """
).bindparams(
    sa.bindparam("mailing_id", type_=ARRAY(sa.BigInteger)),
    sa.bindparam("seq", type_=ARRAY(sa.Integer)),
)

# Plan: each recipient asked for in the ledger by its primary key, then the few who are not tracked.
_UNTRACKED = sa.text(
    """
    SELECT a.mailing_id, a.seq FROM unnest(:mailing_id, :seq) AS a (mailing_id, seq)
    JOIN deliveries d ON d.tenant_id = :tenant AND d.mailing_id = a.mailing_id AND d.seq = a.seq
    JOIN untracked_contacts u ON u.tenant_id = d.tenant_id AND u.contact_id = d.contact_id
    """
).bindparams(
    sa.bindparam("mailing_id", type_=ARRAY(sa.BigInteger)),
    sa.bindparam("seq", type_=ARRAY(sa.Integer)),
)

Person = tuple[int, int]


def lock(tenant_id: int) -> None:
    """Let one transaction at a time count for a tenant, so that `first time` is said once."""
    db.session.execute(_LOCK, {"tenant": tenant_id % 2**31})


def written(events: Sequence[TrackEvent]) -> dict[str, str]:
    """Return events as arrays for `insert`: work for which nobody needs to wait in the queue of `lock`."""
    clients = [client_of(event.user_agent) if event.human else UNKNOWN for event in events]
    columns: dict[str, list[object]] = {
        "device": [client.device for client in clients],
        "client": [client.name for client in clients],
        "os": [client.os for client in clients],
        "place": [place_of(event.network) for event in events],
    }
    return {
        name: write(columns.get(name) or [getattr(event, name) for event in events])
        for name, (_, write) in _COLUMNS.items()
    }


def insert(rows: Mapping[str, str]) -> int:
    """Write events not yet known, count opens, views and clicks, and return how many were new."""
    return int(db.session.scalar(_RECORD, {"tenant": current_tenant_id(), **rows}) or 0)


def recount(people: Collection[Person]) -> None:
    """Count these recipients' rows again from their events."""
    db.session.execute(_RECOUNT, _keys(people))


def clicks_of(people: Collection[Person]) -> list[Click]:
    """Return the clicks of these recipients that count as a person's, and the traps that caught them, by recipient and
    time."""
    return [Click(*row) for row in db.session.execute(_CLICKS, _keys(people))]


def untracked(people: Collection[Person]) -> set[Person]:
    """Return those of these recipients who want nothing recorded."""
    values = {"tenant": current_tenant_id(), **_keys(people)}
    return {(row[0], row[1]) for row in db.session.execute(_UNTRACKED, values)}


def expose(keys: Sequence[str], reason: str) -> None:
    """Take clicks from the people's counts and give them to the machines'."""
    db.session.execute(_EXPOSE, {"tenant": current_tenant_id(), "keys": list(keys), "reason": reason})


def _keys(people: Collection[Person]) -> dict[str, list[int]]:
    return {"mailing_id": [mailing_id for mailing_id, _ in people], "seq": [seq for _, seq in people]}
