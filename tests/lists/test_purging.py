"""Who never said yes is forgotten after a month, files of exports after a week; nobody else is touched."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from app.core import clock
from app.core.db import db
from app.lists import jobs, purging, queries, service
from app.lists.models import Export, ExportChunk, Signup, Subscription
from app.lists.service import Person
from app.lists.states import SubscriptionState
from tests.support.workspaces import Place

LONG_AGO = clock.now() - timedelta(days=31)


def waiting(list_id: int, name: str, *, source: str = "form", asked_days_ago: int | None = 31) -> int:
    """Somebody who has been unconfirmed for a month, and was asked so long ago (None: not yet)."""
    person = service.add_person(list_id, Person(f"{name}@example.com"), consent="asked")
    mine = sa.and_(Subscription.list_id == list_id, Subscription.contact_id == person.id)
    state = {"state": SubscriptionState.UNCONFIRMED, "source": source, "changed_at": LONG_AGO}
    db.session.execute(sa.delete(Subscription).where(mine))
    db.session.execute(sa.insert(Subscription).values(list_id=list_id, contact_id=person.id, **state))
    if asked_days_ago is not None:
        asked_at = clock.now() - timedelta(days=asked_days_ago)
        signup = {"source": source, "consent": "asked", "name": "Typed", "asked_at": asked_at}
        db.session.execute(sa.insert(Signup).values(list_id=list_id, contact_id=person.id, **signup))
    return person.id


def test_who_never_said_yes_is_forgotten_and_others_stay(workspace: Place) -> None:
    with workspace.inside():
        list_id, other = (service.create_list("", title=title).id for title in ("Evening", "Morning"))
        gone = [waiting(list_id, "never"), waiting(list_id, "unasked", asked_days_ago=None)]
        stays = [
            waiting(list_id, "again", asked_days_ago=2),
            waiting(list_id, "queued", source="import", asked_days_ago=None),
            waiting(list_id, "elsewhere"),
            service.add_person(list_id, Person("yes@example.com"), consent="asked").id,
        ]
        service.add_person(other, Person("elsewhere@example.com"), consent="asked")
    with workspace.dispatcher.site.app_context():
        assert workspace.id in purging.workspaces_to_purge(now=clock.now())
    with workspace.app.app_context():
        jobs.purge()
    with workspace.inside():
        assert [queries.contact(one) for one in gone] == [None, None]
        assert all(queries.contact(one) for one in stays)
        assert [place.list_id for place in queries.places_of(stays[2])] == [other]
        found = queries.contact_list(list_id)
        assert found is not None
        assert (found.unconfirmed, found.subscribed) == (2, 1)
        assert db.session.scalars(sa.select(Signup.contact_id)).all() == [stays[0]]
        assert queries.suppression_count() == 0


def test_files_of_exports_go_after_a_week(workspace: Place, other_workspace: Place) -> None:
    week = timedelta(days=7)
    for place in (workspace, other_workspace):
        with place.inside():
            kept = {"selection": {}, "columns": ["email"], "format": "xlsx", "state": "finished"}
            for finished_at in (clock.now() - week - timedelta(hours=1), clock.now() - week + timedelta(hours=1)):
                made = Export(**kept, finished_at=finished_at)
                db.session.add(made)
                db.session.flush()
                db.session.add(ExportChunk(export_id=made.id, number=0, content=b"PK"))
    with workspace.app.app_context():
        jobs.purge()
    for place, files in ((workspace, 1), (other_workspace, 2)):
        with place.inside():
            assert db.session.scalar(sa.select(sa.func.count()).select_from(ExportChunk)) == files
