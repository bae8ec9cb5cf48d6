"""The leading scheduler starts what is due, carries controls, and looks into what stands still."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from redis import Redis

from app.sending import service
from app.sending.service import Running
from app.sending.terms import LaunchState
from config.settings import Settings
from tests.sending.test_launch import claim, launch, look
from tests.support.mailings import make_list, people, schedule
from tests.support.workspaces import Place
from worker import job
from worker.schedule import Leader, Look


@pytest.fixture
def leader(workspace: Place, settings: Settings) -> Leader:
    job.use_dispatcher(workspace.dispatcher)
    return Leader(settings)


def test_a_due_mailing_is_launched_and_fed(
    workspace: Place, leader: Leader, run_tasks: Callable[[], None], redis_server: Redis
) -> None:
    mailing = schedule(workspace, [make_list(workspace, people(4))])
    leader.start_due()
    run_tasks()
    row = look(workspace, mailing)
    assert (row.state, row.total, row.fed_through) == (LaunchState.RUNNING, 4, 4)


def test_a_pause_reaches_the_mta_and_is_said_again(workspace: Place, leader: Leader, redis_server: Redis) -> None:
    mailing = schedule(workspace, [make_list(workspace, people(4))])
    claim(workspace)
    launch(workspace, mailing)
    with workspace.inside():
        service.pause(mailing)
    leader.hear(f"{workspace.id}:{mailing}:paused")
    key = f"mta:control:{workspace.id}:{mailing}"
    assert redis_server.get(key) == b"paused"
    redis_server.delete(key)
    leader.sweep()
    assert redis_server.get(key) == b"paused"


def test_a_word_that_is_no_control_is_only_a_wake_up(workspace: Place, leader: Leader, redis_server: Redis) -> None:
    leader.hear(f"{workspace.id}:12345:due")
    assert redis_server.get(f"mta:control:{workspace.id}:12345") is None


def running(final: int, state: LaunchState = LaunchState.RUNNING) -> Running:
    return Running(1, 1, state, final, 10, 10, None)


def test_what_moves_is_left_alone_and_what_stands_still_is_looked_into_ever_less_often() -> None:
    look = Look(pause=10.0)
    assert not look.stands_still(running(1), now=0.0)
    assert not look.stands_still(running(2), now=10.0)
    assert look.stands_still(running(2), now=20.0)
    assert not look.stands_still(running(2), now=30.0)
    assert look.stands_still(running(2), now=40.0)
    assert not look.stands_still(running(2), now=70.0)
    assert look.stands_still(running(2), now=80.0)
    assert not look.stands_still(running(3), now=90.0)
    assert look.stands_still(running(3), now=99.0)


def test_a_paused_mailing_may_stand_still() -> None:
    look = Look(pause=1.0)
    assert not look.stands_still(running(1, LaunchState.PAUSED), now=0.0)
    assert not look.stands_still(running(1, LaunchState.PAUSED), now=100.0)
