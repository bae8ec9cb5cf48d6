"""A worker is killed (SIGKILL, with its children) in the middle of merging: the next one goes on, nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import psycopg
import pytest

from app.core import clock, queue
from app.core.queue import Task
from app.lists.importer import imports, sweeping
from app.lists.states import ImportPolicy
from config.child import die_with_parent
from config.settings import ROOT, Settings
from tests.lists.test_import_paste import new_list
from tests.support.workspaces import Place

pytestmark = pytest.mark.fault
PEOPLE = 40_000
SECONDS = 90.0


@contextmanager
def worker(settings: Settings) -> Iterator[None]:
    """A worker of its own processes; at the end nothing is left of them."""
    env = os.environ | {
        "DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url,
        "MESSAGEPARK_SECRET_KEY": settings.secret_key, "MESSAGEPARK_BASE_URL": settings.base_url,
        "MESSAGEPARK_VAR": str(settings.var),
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "worker", "work"], cwd=ROOT, env=env, start_new_session=True,
        preexec_fn=die_with_parent(), stdout=subprocess.DEVNULL,  # noqa: PLW1509 - nothing but a system call
    )  # fmt: skip
    try:
        yield
    finally:
        children = map(int, _children(process.pid))
        for pid in (process.pid, *children):
            with suppress(ProcessLookupError):  # a child may have ended by itself since
                os.kill(pid, signal.SIGKILL)
        process.wait()


def _children(pid: int) -> list[str]:
    """RQ puts the child that does a job into a session of its own."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return listed.stdout.split()


def test_a_worker_killed_while_merging_is_followed_by_another(workspace: Place, settings: Settings) -> None:
    with workspace.inside():
        list_id = new_list()
        entry = imports.paste(list_id, "\n".join(f"person{n}@example.com,Person {n}" for n in range(PEOPLE)))
        imports.run(entry, consent="asked", policy=ImportPolicy.UPDATE, now=clock.now())
        import_id = entry.id
    with psycopg.connect(settings.database_url, autocommit=True) as database:

        def ask(query: str) -> tuple[object, ...]:
            return database.execute(query, [workspace.id, import_id]).fetchone() or ()

        state = "SELECT state, merged_through FROM imports WHERE tenant_id = %s AND id = %s"
        with worker(settings):
            until(lambda: ask(state)[1] != 0)
        found, through = ask(state)
        assert found == "running", "it was over before the worker was killed"
        assert isinstance(through, int)
        assert 0 < through < PEOPLE
        wake(workspace, import_id)
        with worker(settings):
            until(lambda: ask(state)[0] == "finished")
        counts = "SELECT added, updated, unchanged FROM imports WHERE tenant_id = %s AND id = %s"
        assert ask(counts) == (PEOPLE, 0, 0)
        joined = "SELECT count(*) FROM subscriptions WHERE tenant_id = %s AND import_id = %s"
        assert ask(joined) == (PEOPLE,)
        people = "SELECT count(*) FROM contacts WHERE tenant_id = %s AND created_import_id = %s"
        assert ask(people) == (PEOPLE,)
        kept = database.execute(
            "SELECT subscribed FROM lists WHERE tenant_id = %s AND id = %s", [workspace.id, list_id]
        )
        assert kept.fetchone() == (PEOPLE,)


def wake(place: Place, import_id: int) -> None:
    """What the scheduler does some minutes later."""
    with place.inside():
        stuck = sweeping.claim_stuck(clock.now() + timedelta(minutes=10))
    task = next(task for tenant, found, task in stuck if (tenant, found) == (place.id, import_id))
    queue.send(Task(task, place.id, (import_id,), queue="bulk", timeout=3600))


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.01)
