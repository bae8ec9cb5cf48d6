"""Background work of packing. Erasing takes the MTA as well: see `worker.erasing`."""

from __future__ import annotations

from app.core import clock
from app.core.unit import unit_of_work
from app.custody import service


def write_archive(archive_id: int) -> None:
    service.write_archive(archive_id, unit_of_work, now=clock.now)
