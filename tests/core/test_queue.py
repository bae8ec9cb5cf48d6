"""Jobs leave after the commit, carry their tenant, try again, and are kept when they fail for good."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis
from rq import SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from app.core import queue
from app.core.tenancy import current_tenant_id
from tests.support.workspaces import Place
from worker import job
from worker.registry import TASKS, Entry

seen: list[tuple[int | None, object]] = []


def note(word: str) -> None:
    seen.append((current_tenant_id(), word))


def fail() -> None:
    raise ValueError("this task always fails")


@pytest.fixture(autouse=True)
def tasks(workspace: Place, redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in queue.QUEUES:
        queue.rq_queue(name).empty()
    monkeypatch.setitem(TASKS, "tests.note", Entry("tests.core.test_queue:note"))
    monkeypatch.setitem(TASKS, "tests.fail", Entry("tests.core.test_queue:fail"))
    job.use_dispatcher(workspace.dispatcher)
    seen.clear()
    yield
    for name in queue.QUEUES:
        queue.rq_queue(name).empty()


def work(redis_server: Redis) -> None:
    SimpleWorker(list(queue.QUEUES), connection=redis_server, serializer=JSONSerializer).work(
        burst=True, logging_level="CRITICAL"
    )


def queued() -> list[Job]:
    return queue.rq_queue("default").jobs


def test_a_job_leaves_only_after_the_commit(workspace: Place) -> None:
    with workspace.inside():
        queue.enqueue("tests.note", "hello")
        assert queued() == []
    assert len(queued()) == 1


def test_a_job_of_a_failed_transaction_never_leaves(workspace: Place) -> None:
    def fail_after_asking() -> None:
        with workspace.inside():
            queue.enqueue("tests.note", "hello")
            raise ValueError

    with pytest.raises(ValueError):
        fail_after_asking()
    assert queued() == []


def test_a_job_runs_as_its_tenant(workspace: Place, redis_server: Redis) -> None:
    with workspace.inside():
        queue.enqueue("tests.note", "hello")
    work(redis_server)
    assert seen == [(workspace.id, "hello")]


def test_a_failing_job_is_tried_again_with_growing_pauses(workspace: Place, redis_server: Redis) -> None:
    with workspace.inside():
        queue.enqueue("tests.fail")
    made = queued()[0]
    assert made.retries_left == len(queue.RETRY_AFTER)
    assert list(made.retry_intervals or []) == list(queue.RETRY_AFTER)
    work(redis_server)
    made.refresh()
    assert made.retries_left == len(queue.RETRY_AFTER) - 1
    assert made.id in queue.rq_queue("default").scheduled_job_registry.get_job_ids()


def test_a_job_that_fails_for_good_is_kept_with_its_traceback(workspace: Place, redis_server: Redis) -> None:
    with workspace.inside():
        queue.enqueue("tests.fail")
    made = queued()[0]
    made.retries_left = 0
    made.save()
    work(redis_server)
    registry = queue.rq_queue("default").failed_job_registry
    assert made.id in registry.get_job_ids()
    result = Job.fetch(made.id, connection=redis_server, serializer=JSONSerializer).latest_result()
    assert result is not None
    assert "this task always fails" in (result.exc_string or "")
    registry.remove(made.id, delete_job=True)
