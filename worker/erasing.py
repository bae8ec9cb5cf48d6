"""The end of a workspace: its rows and files, and whatever the MTA holds of it."""

from __future__ import annotations

from app.core.unit import unit_of_work
from app.custody import service
from worker.carrier import client


def erase(tenant_id: int) -> None:
    """As the site: by the end there is no workspace to be in."""
    service.erase(tenant_id, unit_of_work, purge_mail=client().purge)
