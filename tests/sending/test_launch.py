"""From a schedule to the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.billing import queries as billing
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.unit import unit_of_work
from app.lists.models import Suppression
from app.lists.recipients import Audience
from app.sending import queries, service
from app.sending.models import Launch
from app.sending.service import AlreadyScheduled
from app.sending.states import NotInThatState
from app.sending.terms import Lane, LaunchState
from tests.support.mailings import make_list, people, schedule
from tests.support.workspaces import Place

TWO_HOURS = timedelta(hours=2)


def claim(place: Place, lateness: timedelta = TWO_HOURS) -> list[int]:
    with place.dispatcher.site.app_context(), unit_of_work():
        return [mailing for tenant, mailing in service.claim_due(lateness) if tenant == place.id]


def launch(place: Place, mailing_id: int) -> Launch:
    with place.inside():
        service.launch_mailing(mailing_id)
    return look(place, mailing_id)


def look(place: Place, mailing_id: int) -> Launch:
    with place.inside():
        found = queries.launch(mailing_id)
        assert found is not None
        db.session.expunge(found)
        return found


def test_what_is_due_is_claimed_once(workspace: Place) -> None:
    mailing = schedule(workspace, [make_list(workspace, people(1))])
    assert claim(workspace) == [mailing]
    assert claim(workspace) == []
    assert look(workspace, mailing).state == LaunchState.LAUNCHING


def test_what_is_not_due_waits(workspace: Place) -> None:
    schedule(workspace, [make_list(workspace, people(1))], at=clock.now() + timedelta(minutes=5))
    assert claim(workspace) == []


def test_what_is_hours_late_is_held_and_a_person_is_asked(workspace: Place) -> None:
    mailing = schedule(workspace, [make_list(workspace, people(1))], at=clock.now() - timedelta(hours=3))
    assert claim(workspace) == []
    held = look(workspace, mailing)
    assert (held.state, held.held_reason) == (LaunchState.HELD, "late")
    with workspace.inside():
        service.release_held(mailing)
    assert claim(workspace) == [mailing]


def test_everyone_is_written_down_once_before_anything_is_sent(workspace: Place) -> None:
    first = make_list(workspace, people(3))
    second = make_list(workspace, people(2, "example.net"), code="second")
    mailing = schedule(workspace, [first, second])
    claim(workspace)
    running = launch(workspace, mailing)
    assert (running.state, running.total, running.fed_through) == (LaunchState.RUNNING, 5, 0)
    with workspace.inside():
        rows = [(row.seq, row.address) for row in queries.deliveries(mailing)]
    assert [seq for seq, _ in rows] == [1, 2, 3, 4, 5]
    assert {address for _, address in rows} == {*people(3), *people(2, "example.net")}


def test_a_person_on_two_lists_gets_one_mail(workspace: Place) -> None:
    first = make_list(workspace, people(3))
    with workspace.inside():
        from app.lists.models import Contact, ContactList, Subscription

        second = ContactList(code="second", title="Second")
        db.session.add(second)
        db.session.flush()
        for contact in db.session.query(Contact).all():
            db.session.add(Subscription(list_id=second.id, contact_id=contact.id, state="subscribed"))
        second_id = second.id
    mailing = schedule(workspace, [first, second_id])
    claim(workspace)
    assert launch(workspace, mailing).total == 3


def test_the_suppressed_are_left_out_and_counted(workspace: Place) -> None:
    audience = make_list(workspace, people(3))
    with workspace.inside():
        db.session.add(Suppression(address_key="reader2@example.com", reason="manual"))
    mailing = schedule(workspace, [audience])
    claim(workspace)
    running = launch(workspace, mailing)
    assert (running.total, running.suppressed) == (2, 1)


def test_launching_twice_writes_one_ledger(workspace: Place) -> None:
    mailing = schedule(workspace, [make_list(workspace, people(2))])
    claim(workspace)
    launch(workspace, mailing)
    assert launch(workspace, mailing).total == 2


def test_the_quota_is_reserved_and_over_it_the_mailing_is_held(new_workspace: Callable[..., Place]) -> None:
    place = new_workspace(plan="free")
    with place.inside():
        limit = billing.usage(clock.now()).limit
        from app.billing import service as billing_service

        billing_service.reserve(limit - 1, clock.now())
    mailing = schedule(place, [make_list(place, people(2))])
    claim(place)
    held = launch(place, mailing)
    assert (held.state, held.held_reason, held.total) == (LaunchState.HELD, "quota", 0)
    with place.inside():
        assert queries.deliveries(mailing) == []
        assert billing.usage(clock.now()).reserved == limit - 1


def test_an_audience_of_nobody_is_finished_at_once(workspace: Place) -> None:
    mailing = schedule(workspace, [make_list(workspace, [])])
    claim(workspace)
    assert launch(workspace, mailing).state == LaunchState.FINISHED


def test_a_mailing_is_scheduled_once(workspace: Place) -> None:
    mailing = schedule(workspace, [make_list(workspace, people(1))])
    order = service.LaunchOrder(
        mailing, "newsletter", Lane.NORMAL, "s", "n", "a@example.com", "", "h", Audience(), [], None, clock.now()
    )
    with workspace.inside(), pytest.raises(AlreadyScheduled):
        service.schedule_launch(order)


def test_a_time_can_be_changed_until_it_begins(workspace: Place) -> None:
    later = clock.now() + timedelta(days=1)
    mailing = schedule(workspace, [make_list(workspace, people(1))])
    with workspace.inside():
        service.reschedule(mailing, later)
    assert claim(workspace) == []
    with workspace.inside():
        service.reschedule(mailing, clock.now())
    claim(workspace)
    with workspace.inside(), pytest.raises(NotInThatState):
        service.reschedule(mailing, later)


def test_another_tenant_cannot_touch_a_launch(workspace: Place, other_workspace: Place) -> None:
    mailing = schedule(workspace, [make_list(workspace, people(1))])
    with other_workspace.inside():
        assert queries.launch(mailing) is None
        with pytest.raises(NotFound):
            service.pause(mailing)
        with pytest.raises(NotFound):
            service.reschedule(mailing, clock.now())
