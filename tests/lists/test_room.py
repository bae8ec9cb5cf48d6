"""A plan keeps so many people; whoever adds more is told what was kept."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from app.core import clock
from app.core.db import db
from app.core.unit import unit_of_work
from app.lists import service, signups
from app.lists.importer import imports
from app.lists.models import Contact
from app.lists.room import NoRoom, NoRoomForReaders, kept
from app.lists.service import Person
from app.lists.states import ImportPolicy, ImportState
from app.tenants.plans import plan
from tests.support.mailings import make_list
from tests.support.workspaces import Place

MOST = plan("free").contacts


@pytest.fixture
def place(new_workspace: Callable[..., Place]) -> Place:
    return new_workspace(plan="free")


def fill_up(place: Place, left: int) -> None:
    """Let there be room for `left` more people."""
    with place.inside():
        db.session.execute(
            sa.text(
                "INSERT INTO contacts (address, address_key) SELECT a, a FROM"
                " (SELECT 'old' || gen_random_uuid() || '@example.com' AS a FROM generate_series(1, :count)) AS made"
            ),
            {"count": MOST - left - kept(at_most=MOST)},
        )


def count(place: Place) -> int:
    with place.inside():
        return db.session.scalar(sa.select(sa.func.count()).select_from(Contact)) or 0


def add(place: Place, list_id: int, address: str) -> None:
    with place.inside():
        service.add_person(list_id, Person(address), consent="asked")


def test_nobody_is_added_by_hand_beyond_the_plan(place: Place) -> None:
    list_id = make_list(place, [])
    fill_up(place, 1)
    add(place, list_id, "last@example.com")
    with pytest.raises(NoRoom) as refused:
        add(place, list_id, "one-too-many@example.com")
    assert "Nobody was added" in str(refused.value)
    add(place, list_id, "last@example.com")
    assert count(place) == MOST


def test_a_reader_is_told_nothing_of_plans(place: Place) -> None:
    list_id = make_list(place, [])
    fill_up(place, 0)
    with pytest.raises(NoRoomForReaders), place.inside():
        signups.ask(signups.Wish("new@example.com", list_id, "yes"))
    assert count(place) == MOST


def test_people_who_come_at_the_same_moment_never_pass_the_limit_together(place: Place) -> None:
    list_id = make_list(place, [])
    fill_up(place, 3)
    start = Barrier(8)

    def come(number: int) -> bool:
        with place.app.app_context():
            start.wait()
            try:
                with unit_of_work():
                    service.add_person(list_id, Person(f"new{number}@example.com"), consent="asked")
            except NoRoom:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(come, range(8))) == 3
    assert count(place) == MOST


def paste(place: Place, list_id: int, people: int) -> int:
    with place.inside():
        return imports.paste(list_id, "email\n" + "\n".join(f"new{n}@example.com" for n in range(people))).id


def run(place: Place, import_id: int) -> None:
    with place.inside():
        entry = imports.locked(import_id)
        assert entry is not None
        imports.run(entry, consent="asked", policy=ImportPolicy.UPDATE, now=clock.now())


def test_an_import_that_does_not_fit_is_not_begun_and_stays_to_be_looked_at(place: Place) -> None:
    list_id = make_list(place, [])
    fill_up(place, 4)
    import_id = paste(place, list_id, 5)
    with pytest.raises(NoRoom) as refused:
        run(place, import_id)
    assert refused.value.params == {"plan": "Free", "most": "1,000", "left": "4", "new": "5"}
    with place.inside():
        entry = imports.locked(import_id)
        assert entry is not None
        assert entry.state == ImportState.PREVIEWED
    assert count(place) == MOST - 4


def test_an_import_ends_where_the_room_ends_and_keeps_who_was_taken_in(place: Place) -> None:
    list_id = make_list(place, [])
    fill_up(place, 5)
    import_id = paste(place, list_id, 5)
    run(place, import_id)
    fill_up(place, 3)
    with place.inside():
        assert imports.merge_next(import_id, now=clock.now(), size=2)
    with place.inside():
        assert not imports.merge_next(import_id, now=clock.now(), size=2)
        entry = imports.locked(import_id)
        assert entry is not None
        assert (entry.state, entry.problem, entry.added) == (ImportState.CANCELLED, "plan", 2)
    assert count(place) == MOST - 1
    page = place.client().get(f"/imports/{import_id}")
    assert "Who was taken in by then is kept" in page.text


def test_another_workspace_has_room_of_its_own(place: Place, new_workspace: Callable[..., Place]) -> None:
    other = new_workspace(plan="free")
    fill_up(place, 0)
    add(other, make_list(other, []), "new@example.com")
    assert count(other) == 1


def test_a_plan_without_a_limit_keeps_anybody(workspace: Place) -> None:
    assert plan("newspaper").contacts == 0
    add(workspace, make_list(workspace, []), "new@example.com")
