"""What is thrown away in time: who never said yes to the mail that asked them, and the files of old exports."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import control_plane, current_tenant_id
from app.lists import exports, signups
from app.lists.models import ContactList, Export
from app.lists.states import ExportState

KEPT_FOR = timedelta(seconds=signups.LINK_LIVES)
AT_ONCE = 2000
# Whom an import brought in may be waiting for the question itself: they go when it was asked in vain.
_LEAVE = sa.text("""
DELETE FROM subscriptions s WHERE s.tenant_id = :tenant AND (s.list_id, s.contact_id) IN (
  SELECT u.list_id, u.contact_id FROM subscriptions u
  WHERE u.tenant_id = :tenant AND u.state = 'unconfirmed' AND u.changed_at < :before
  AND u.list_id = ANY(ARRAY(SELECT id FROM lists WHERE tenant_id = :tenant AND unconfirmed > 0))
  AND NOT EXISTS (SELECT FROM signups n WHERE n.tenant_id = :tenant AND n.contact_id = u.contact_id
                  AND n.asked_at >= :before)
  AND (u.source <> 'import' OR EXISTS (SELECT FROM signups o WHERE o.tenant_id = :tenant
                                       AND o.contact_id = u.contact_id))
  LIMIT :size)
RETURNING s.contact_id
""")
_FORGET_SIGNUPS = sa.text(
    "DELETE FROM signups WHERE tenant_id = :tenant AND confirmed_at IS NULL AND asked_at < :before"
)
# Nobody of whom anything else is known: no list, no past on one, no mail.
_FORGET = sa.text("""
DELETE FROM contacts c WHERE c.tenant_id = :tenant AND c.id = ANY(:people)
AND NOT EXISTS (SELECT FROM subscriptions s WHERE s.tenant_id = :tenant AND s.contact_id = c.id)
AND NOT EXISTS (SELECT FROM subscription_past p WHERE p.tenant_id = :tenant AND p.contact_id = c.id)
AND NOT EXISTS (SELECT FROM contact_mails m WHERE m.tenant_id = :tenant AND m.contact_id = c.id)
""")


def workspaces_to_purge(*, now: datetime) -> list[int]:
    """Return the workspaces in which there may be something to throw away."""
    waiting = sa.select(ContactList.tenant_id).where(ContactList.unconfirmed > 0)
    kept = sa.select(Export.tenant_id).where(
        Export.state == ExportState.FINISHED, Export.finished_at < now - exports.KEPT
    )
    with control_plane():
        return list(db.session.scalars(sa.union(waiting, kept)))


def purge_next(*, now: datetime) -> bool:
    """Throw away the files of exports and the next people that are due; False when there are no more."""
    exports.drop_expired(now=now)
    values = {"tenant": current_tenant_id(), "before": now - KEPT_FOR, "size": AT_ONCE}
    people = list(db.session.scalars(_LEAVE, values))
    if people:
        db.session.execute(_FORGET, {**values, "people": people})
    else:
        db.session.execute(_FORGET_SIGNUPS, values)
    return bool(people)
