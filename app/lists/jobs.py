"""Long work on the audience. All of it may be killed and run again."""

from __future__ import annotations

from app.core import clock, queue
from app.core.site import settings
from app.core.unit import unit_of_work
from app.lists import bulk, exports, purging, signups
from app.lists.importer import imports, mailhosts, undoing


def read_import(import_id: int) -> None:
    """Each slice is a transaction of its own: people see it move, and a killed worker goes on where it was."""
    with unit_of_work():
        reader = imports.reading_of(import_id)
    while reader is not None:
        with unit_of_work():
            more = imports.read_next(reader)
        reader = reader if more else None


def look_up_domains(import_id: int) -> None:
    """Between the transactions, DNS is asked."""
    with unit_of_work():
        waiting = mailhosts.domains_of(import_id)
    asked, dead = len(waiting), []
    while waiting:
        with unit_of_work():
            if not mailhosts.goes_on(import_id):
                return
        dead += mailhosts.without_mail(waiting[: mailhosts.AT_ONCE], settings().dns_resolvers)
        waiting = waiting[mailhosts.AT_ONCE :]
    with unit_of_work():
        mailhosts.refuse(import_id, dead, asked=asked)


def run_import(import_id: int) -> None:
    """As above."""
    more = True
    while more:
        with unit_of_work():
            more = imports.merge_next(import_id, now=clock.now())


def undo_import(import_id: int) -> None:
    """As above."""
    more = True
    while more:
        with unit_of_work():
            more = undoing.undo_next(import_id)


def ask_database(sync_id: int) -> None:
    imports.ask_again(sync_id)


def post_confirmations(import_id: int, after: int = 0) -> None:
    """Ask everybody whom an import put on a list unconfirmed. When a day's number is reached, the rest waits."""
    asked: signups.Asked | None = signups.Asked(after)
    while asked:
        with unit_of_work():
            asked = signups.ask_next(import_id, asked.through, now=clock.now())
            if asked and asked.again:
                queue.enqueue("lists.post_confirmations", import_id, asked.through, delay=asked.again)
                return


def run_bulk_action(action_id: int) -> None:
    more = True
    while more:
        with unit_of_work():
            more = bulk.next_slice(action_id, now=clock.now())


def run_export(export_id: int) -> None:
    exports.write(export_id, unit_of_work, now=clock.now)


def purge() -> None:
    more = True
    while more:
        with unit_of_work():
            more = purging.purge_next(now=clock.now())
