"""What is forgotten by schedule: networks of readers after a month, and after the plan's time who did what.

Counts stay. Everything goes in small pieces, each committed by itself, so that nothing waits for it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import control_plane, current_tenant_id
from app.core.unit import unit_of_work
from app.tenants.plans import plan
from app.tenants.queries import current_workspace
from app.tracking.stream import first_key

NETWORKS_FOR = timedelta(days=30)
PIECE = 5_000

_CLAIM = sa.text(
    """
    INSERT INTO tidyings AS t (tenant_id, day) SELECT id, CAST(:day AS date) FROM tenants
    ON CONFLICT (tenant_id) DO UPDATE SET day = excluded.day WHERE t.day < excluded.day
    RETURNING tenant_id
    """
)


def claim(day: date) -> list[int]:
    """Take on a day's tidying of all workspaces, once a day, and return whose. Control plane."""
    with control_plane():
        return list(db.session.scalars(_CLAIM, {"day": day}))


def tidy(now: datetime) -> None:
    """Forget of the present workspace what is due, piece by piece. May be repeated and interrupted anywhere."""
    with unit_of_work():
        kept = timedelta(days=plan(current_workspace().plan_code).retention_days)
    _forget_networks(before=now - NETWORKS_FOR)
    _delete_events(before=now - kept)
    _forget_people(before=now - kept)


# Plan: the primary key (tenant, key), whose keys begin with the time, from where the last night ended.
_NETWORKS = sa.text(
    """
    WITH piece AS (
        SELECT key FROM events
        WHERE tenant_id = :tenant AND key > (SELECT networks_through FROM tidyings WHERE tenant_id = :tenant)
          AND key < :bound ORDER BY key LIMIT :piece
    ), forgotten AS (
        UPDATE events e SET network = '' FROM piece
        WHERE e.tenant_id = :tenant AND e.key = piece.key AND e.network <> ''
    )
    UPDATE tidyings SET networks_through = (SELECT max(key) FROM piece)
    WHERE tenant_id = :tenant AND EXISTS (SELECT FROM piece)
    """
)


def _forget_networks(before: datetime) -> None:
    while _moved(_NETWORKS, {"bound": first_key(before.timestamp())}):
        continue


_EVENTS = sa.text(
    """
    DELETE FROM events WHERE tenant_id = :tenant AND key IN (
        SELECT key FROM events WHERE tenant_id = :tenant AND key < :bound ORDER BY key LIMIT :piece)
    """
)


def _delete_events(before: datetime) -> None:
    while _moved(_EVENTS, {"bound": first_key(before.timestamp())}):
        continue


_OLD = sa.text(
    """
    SELECT mailing_id FROM launches
    WHERE tenant_id = :tenant AND finished_at < :before AND people_forgotten_at IS NULL ORDER BY mailing_id
    """
)
# Plan: ranges of the primary keys (tenant, mailing, seq).
_LEDGER = sa.text(
    """
    DELETE FROM deliveries WHERE tenant_id = :tenant AND mailing_id = :mailing AND seq IN (
        SELECT seq FROM deliveries WHERE tenant_id = :tenant AND mailing_id = :mailing ORDER BY seq LIMIT :piece)
    """
)
_REACTIONS = sa.text(
    """
    DELETE FROM reactions WHERE tenant_id = :tenant AND mailing_id = :mailing AND seq IN (
        SELECT seq FROM reactions WHERE tenant_id = :tenant AND mailing_id = :mailing ORDER BY seq LIMIT :piece)
    """
)
_FORGOTTEN = sa.text(
    "UPDATE launches SET people_forgotten_at = now() WHERE tenant_id = :tenant AND mailing_id = :mailing"
)


def _forget_people(before: datetime) -> None:
    with unit_of_work():
        mailings = list(db.session.scalars(_OLD, {"tenant": current_tenant_id(), "before": before}))
    for mailing_id in mailings:
        # Said first: whoever looks at what is going away is told so.
        _moved(_FORGOTTEN, {"mailing": mailing_id})
        for statement in (_REACTIONS, _LEDGER):
            while _moved(statement, {"mailing": mailing_id}):
                continue


def _moved(statement: sa.TextClause, values: dict[str, object]) -> int:
    with unit_of_work():
        result = db.session.execute(statement, {"tenant": current_tenant_id(), "piece": PIECE, **values})
        return int(result.rowcount)  # type: ignore[attr-defined]
