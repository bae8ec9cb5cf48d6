"""Background work of packing and erasing."""

from __future__ import annotations

from app.core import clock
from app.core.unit import unit_of_work
from app.custody import service


def write_archive(archive_id: int) -> None:
    service.write_archive(archive_id, unit_of_work, now=clock.now)


def erase(tenant_id: int) -> None:
    """As the site: by the end there is no workspace to be in."""
    service.erase(tenant_id, unit_of_work)
