"""Long work on the audience. Both may be killed and run again."""

from __future__ import annotations

from app.core import clock
from app.core.unit import unit_of_work
from app.lists.importer import imports


def read_import(import_id: int) -> None:
    imports.read_staged(import_id)


def run_import(import_id: int) -> None:
    """Each slice is a transaction of its own: people see it move, and a killed worker goes on where it was."""
    more = True
    while more:
        with unit_of_work():
            more = imports.merge_next(import_id, now=clock.now())
