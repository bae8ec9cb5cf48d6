"""What is held for want of quota goes by itself as soon as there is room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.billing import queries as billing
from app.billing import service as billing_service
from app.billing import wishes
from app.core import clock
from app.core.db import db
from app.core.notices import Notice
from app.core.tenancy import control_plane
from app.sending import queries, releasing, service
from app.sending.terms import LaunchState
from tests.support.mailings import make_list, people, schedule
from tests.support.workspaces import Place


@pytest.fixture
def place(new_workspace: Callable[..., Place]) -> Place:
    """A workspace with room for 3 more mails this month."""
    made = new_workspace(plan="free")
    with made.inside():
        billing_service.reserve(billing.usage(clock.now()).limit - 3, clock.now())
    return made


def launch(place: Place, mailing_id: int) -> LaunchState:
    with place.inside():
        service.claim_due(timedelta(hours=1))
    with place.inside():
        service.launch_mailing(mailing_id)
    return state(place, mailing_id)


def state(place: Place, mailing_id: int) -> LaunchState:
    with place.inside():
        found = queries.launch(mailing_id)
        assert found is not None
        return LaunchState(found.state)


def held(place: Place, count: int) -> int:
    mailing_id = schedule(place, [make_list(place, people(count, f"{count}.example.com"), code=f"list{count}")])
    assert launch(place, mailing_id) is LaunchState.HELD
    return mailing_id


def waiting() -> list[int]:
    with control_plane():
        return releasing.waiting_workspaces()


def test_a_larger_plan_lets_it_go(place: Place, run_tasks: Callable[[], None]) -> None:
    mailing_id = held(place, 4)
    run_tasks()
    assert state(place, mailing_id) is LaunchState.HELD
    with place.inside():
        wishes.take("starter")
    run_tasks()
    assert state(place, mailing_id) is LaunchState.SCHEDULED
    assert launch(place, mailing_id) is LaunchState.RUNNING


def test_so_does_the_choice_to_go_on(new_workspace: Callable[..., Place], run_tasks: Callable[[], None]) -> None:
    place = new_workspace(plan="starter")
    with place.inside():
        billing_service.reserve(billing.usage(clock.now()).limit, clock.now())
    mailing_id = held(place, 2)
    with place.inside():
        billing_service.choose_overage(True)
    run_tasks()
    assert launch(place, mailing_id) is LaunchState.RUNNING


def test_when_the_month_turns_what_fits_goes(place: Place) -> None:
    mailing_id = held(place, 4)
    with place.inside():
        assert place.id in waiting()
        releasing.release_held()
    assert state(place, mailing_id) is LaunchState.HELD
    with place.inside():
        db.session.execute(sa.text("UPDATE usage_months SET month = month - interval '1 month'"))
    with place.inside():
        releasing.release_held()
    assert state(place, mailing_id) is LaunchState.SCHEDULED


def test_what_does_not_fit_together_goes_one_after_the_other(place: Place) -> None:
    first, second = held(place, 4), held(place, 5)
    with place.inside():
        billing_service.settle(billing.month_of(place.workspace, clock.now()), reserved=3, sent=0)
    with place.inside():
        releasing.release_held()
    assert (state(place, first), state(place, second)) == (LaunchState.SCHEDULED, LaunchState.HELD)


def test_it_is_told_by_mail_that_it_waits(place: Place) -> None:
    held(place, 4)
    with place.inside():
        subjects = list(db.session.scalars(sa.select(Notice.subject).where(Notice.tenant_id == place.id)))
    assert "The month's mails are used up" in subjects


def test_what_is_held_for_another_reason_stays(place: Place) -> None:
    mailing_id = held(place, 4)
    with place.inside():
        db.session.execute(sa.text("UPDATE launches SET held_reason = 'late'"))
        wishes.take("starter")
    with place.inside():
        releasing.release_held()
        assert place.id not in waiting()
    assert state(place, mailing_id) is LaunchState.HELD
