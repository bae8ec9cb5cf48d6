"""The end of a workspace: its rows and files, and whatever the MTA holds of it."""

from __future__ import annotations

from app.core.unit import unit_of_work
from app.custody import service
from app.tenants import queries
from worker.carrier import client


def erase(tenant_id: int) -> None:
    """As the site: by the end there is no workspace to be in. One that is to stay by now is left alone."""
    workspace = queries.workspace(tenant_id)
    if workspace is None or workspace.erase_at is None:
        return
    service.erase(tenant_id, unit_of_work, purge_mail=client().purge)
