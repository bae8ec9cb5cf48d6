"""What the scheduler does for imports: wakes those whose worker died, throws away what nobody said yes to."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from app.core import clock
from app.core.db import db
from app.lists.importer import imports, sweeping
from app.lists.importer.imports import Wish
from app.lists.models import Import, ImportRow, Subscription
from app.lists.states import ImportPolicy, ImportState
from tests.lists.test_import_paste import new_list, undo
from tests.support.workspaces import Place


def staged_rows(import_id: int) -> int:
    return db.session.scalar(sa.select(sa.func.count()).where(ImportRow.import_id == import_id)) or 0


def test_an_import_whose_worker_died_is_woken_once(workspace: Place) -> None:
    with workspace.inside():
        entry = imports.paste(new_list(), "a@example.com\nb@example.com")
        imports.run(entry, consent="asked", policy=ImportPolicy.UPDATE, now=clock.now())
        later = clock.now() + timedelta(minutes=10)
        assert (workspace.id, entry.id, "lists.run_import") in sweeping.claim_stuck(later)
        assert not [found for found in sweeping.claim_stuck(later) if found[1] == entry.id]


def test_what_nobody_said_yes_to_is_thrown_away_after_a_week(workspace: Place) -> None:
    with workspace.inside():
        entry = imports.paste(new_list(), "a@example.com\nb@example.com")
        sweeping.throw_away_old(clock.now() + timedelta(days=6))
        assert staged_rows(entry.id) == 2
        while sweeping.throw_away_old(clock.now() + timedelta(days=8)):
            pass
        db.session.refresh(entry)
        assert (entry.state, staged_rows(entry.id)) == (ImportState.CANCELLED, 0)


def test_one_import_may_fill_several_lists_and_be_undone_from_all(workspace: Place) -> None:
    with workspace.inside():
        lists = [new_list(), new_list()]
        entry = imports.paste(lists[0], "a@example.com\nb@example.com")
        wish = Wish(also_lists=[lists[1]])
        imports.run(entry, consent="asked", policy=ImportPolicy.UPDATE, now=clock.now(), wish=wish)
        while imports.merge_next(entry.id, now=clock.now()):
            pass
        places = sa.select(sa.func.count()).where(Subscription.import_id == entry.id)
        assert (entry.added, db.session.scalar(places)) == (2, 4)
        undo(entry)
        assert db.session.scalar(places) == 0


def test_columns_are_taken_for_what_they_were_the_last_time(workspace: Place) -> None:
    with workspace.inside():
        first = imports.paste(new_list(), "code\tcontact\tmail\nx\ty\ta@example.com")
        imports.read_again(first, imports.Reading(imports.layout_of(first.layout), ["name", "ignore", "email"]))
        imports.run(first, consent="asked", policy=ImportPolicy.UPDATE, now=clock.now())
        again = imports.paste(new_list(), "Code\tContact\tMail\np\tq\tb@example.com")
        assert (again.remembered, again.mapping) == (True, ["name", "ignore", "email"])


def test_people_who_are_asked_first_wait_unconfirmed(workspace: Place) -> None:
    with workspace.inside():
        entry = imports.paste(new_list(), "a@example.com")
        wish = Wish(double_opt_in=True)
        imports.run(entry, consent="asked", policy=ImportPolicy.UPDATE, now=clock.now(), wish=wish)
        while imports.merge_next(entry.id, now=clock.now()):
            pass
        states = sa.select(Subscription.state).where(Subscription.import_id == entry.id)
        assert list(db.session.scalars(states)) == ["unconfirmed"]
        assert db.session.scalar(sa.select(Import.state).where(Import.id == entry.id)) == "finished"
