"""The nightly check: every counter of a mailing against a recount of the ledger and the events."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id


@dataclass(frozen=True, slots=True)
class Difference:
    """A counter that is not what a recount says."""

    mailing_id: int
    counter: str
    kept: int
    counted: int


# One statement, so one snapshot: what comes in meanwhile is in both sides or in neither.
# Plan: one pass over the mailing's range of the ledger, and of its events, by their primary key and index.
_DIFFERENCES = sa.text(
    """
    WITH ledger AS MATERIALIZED (
        SELECT state, bounce, count(*) AS n FROM deliveries
        WHERE tenant_id = :tenant AND mailing_id = :mailing GROUP BY state, bounce
    ), acts AS MATERIALIZED (
        SELECT seq, kind, human, count(*) AS n FROM events
        WHERE tenant_id = :tenant AND mailing_id = :mailing GROUP BY seq, kind, human
    ), lengths AS MATERIALIZED (
        SELECT max(link) AS longest FROM events
        WHERE tenant_id = :tenant AND mailing_id = :mailing AND kind = 'read' GROUP BY seq
    ), launch AS (
        SELECT * FROM launches WHERE tenant_id = :tenant AND mailing_id = :mailing
    ), reaction AS (
        SELECT * FROM mailing_reactions WHERE tenant_id = :tenant AND mailing_id = :mailing
    ), minutes AS (
        SELECT sum(accepted) AS accepted, sum(bounced) AS bounced
        FROM minute_counts WHERE tenant_id = :tenant AND mailing_id = :mailing
    ), domains AS (
        SELECT sum(accepted) AS accepted, sum(bounced) AS bounced
        FROM domain_counts WHERE tenant_id = :tenant AND mailing_id = :mailing
    ), hours AS (
        SELECT sum(opens) AS opens, sum(clicks) AS clicks
        FROM hour_reactions WHERE tenant_id = :tenant AND mailing_id = :mailing
    ), links AS (
        SELECT sum(clicks) AS clicks, sum(machine_clicks) AS machine_clicks
        FROM link_reactions WHERE tenant_id = :tenant AND mailing_id = :mailing
    ), clients AS (
        SELECT sum(opens) AS opens, sum(clicks) AS clicks
        FROM client_reactions WHERE tenant_id = :tenant AND mailing_id = :mailing
    ), earned AS (
        SELECT sum(orders) AS orders, sum(revenue) AS revenue
        FROM conversion_counts WHERE tenant_id = :tenant AND mailing_id = :mailing
    ), ordered AS (
        SELECT count(*) AS orders, sum(amount) AS revenue
        FROM conversions WHERE tenant_id = :tenant AND mailing_id = :mailing
    ), truth AS (
        SELECT (SELECT sum(n) FROM ledger) AS total, (SELECT sum(n) FROM ledger WHERE state = 1) AS deferred,
               (SELECT sum(n) FROM ledger WHERE state = 2) AS accepted,
               (SELECT sum(n) FROM ledger WHERE state = 3) AS bounced,
               (SELECT sum(n) FROM ledger WHERE state = 4) AS cancelled,
               (SELECT sum(n) FROM ledger WHERE state = 5) AS expired,
               (SELECT count(DISTINCT seq) FROM acts WHERE human AND kind IN ('open', 'view', 'click')) AS openers,
               (SELECT count(DISTINCT seq) FROM acts WHERE human AND kind = 'click') AS clickers,
               (SELECT sum(n) FROM acts WHERE human AND kind = 'open') AS opens,
               (SELECT sum(n) FROM acts WHERE human AND kind = 'click') AS clicks,
               (SELECT sum(n) FROM acts WHERE NOT human AND kind = 'open') AS machine_opens,
               (SELECT sum(n) FROM acts WHERE NOT human AND kind = 'click') AS machine_clicks,
               (SELECT count(*) FROM reactions WHERE tenant_id = :tenant AND mailing_id = :mailing
                AND unsubscribed_at IS NOT NULL) AS unsubscribers,
               (SELECT count(*) FROM lengths WHERE longest < 20) AS glanced,
               (SELECT count(*) FROM lengths WHERE longest >= 20 AND longest < 80) AS skimmed,
               (SELECT count(*) FROM lengths WHERE longest >= 80) AS studied,
               (SELECT count(DISTINCT seq) FROM acts WHERE kind = 'complaint') AS complainers,
               (SELECT count(DISTINCT seq) FROM acts WHERE kind = 'forward') AS forwarders
    ), pairs (counter, kept, counted) AS (
        SELECT v.* FROM truth t CROSS JOIN launch l CROSS JOIN minutes m CROSS JOIN domains d CROSS JOIN hours h
            CROSS JOIN links k CROSS JOIN clients c CROSS JOIN earned w CROSS JOIN ordered o
            LEFT JOIN reaction r ON true
            CROSS JOIN LATERAL (VALUES
                ('total', l.total::numeric, t.total), ('deferred', l.deferred, t.deferred),
                ('accepted', l.accepted, t.accepted), ('bounced', l.bounced, t.bounced),
                ('cancelled', l.cancelled, t.cancelled), ('expired', l.expired, t.expired),
                ('minutes.accepted', m.accepted, t.accepted), ('minutes.bounced', m.bounced, t.bounced),
                ('domains.accepted', d.accepted, t.accepted), ('domains.bounced', d.bounced, t.bounced),
                ('openers', r.openers, t.openers), ('clickers', r.clickers, t.clickers),
                ('unsubscribers', r.unsubscribers, t.unsubscribers), ('complainers', r.complainers, t.complainers),
                ('forwarders', r.forwarders, t.forwarders),
                ('glanced', r.glanced, t.glanced), ('skimmed', r.skimmed, t.skimmed),
                ('studied', r.studied, t.studied),
                ('opens', r.opens, t.opens), ('clicks', r.clicks, t.clicks),
                ('machine_opens', r.machine_opens, t.machine_opens),
                ('machine_clicks', r.machine_clicks, t.machine_clicks),
                ('hours.opens', h.opens, t.opens), ('hours.clicks', h.clicks, t.clicks),
                ('orders', w.orders, o.orders), ('revenue', w.revenue, o.revenue),
                ('clients.opens', c.opens, t.opens), ('clients.clicks', c.clicks, t.clicks),
                ('links.clicks', k.clicks, t.clicks), ('links.machine_clicks', k.machine_clicks, t.machine_clicks)
            ) AS v
        UNION ALL
        SELECT 'bounces.' || coalesce(c.bounce, b.bounce), c.people, b.n
        FROM (SELECT bounce, people FROM bounce_counts WHERE tenant_id = :tenant AND mailing_id = :mailing) c
        FULL JOIN (SELECT bounce, n FROM ledger WHERE state = 3) b ON b.bounce = c.bounce
    )
    SELECT counter, coalesce(kept, 0)::bigint AS kept, coalesce(counted, 0)::bigint AS counted FROM pairs
    WHERE coalesce(kept, 0) <> coalesce(counted, 0) ORDER BY counter
    """
)
_RECENT = sa.text(
    "SELECT mailing_id FROM launches WHERE tenant_id = :tenant AND started_at IS NOT NULL "
    "AND (finished_at IS NULL OR finished_at > now() - make_interval(days => :days)) ORDER BY mailing_id"
)


def differences(mailing_id: int) -> list[Difference]:
    """Return the counters of a mailing that are not what a recount says."""
    rows = db.session.execute(_DIFFERENCES, {"tenant": current_tenant_id(), "mailing": mailing_id})
    return [Difference(mailing_id, row.counter, row.kept, row.counted) for row in rows]


def recent_mailings(days: int) -> list[int]:
    """Return the mailings under way and those that ended in the last days."""
    return list(db.session.scalars(_RECENT, {"tenant": current_tenant_id(), "days": days}))
