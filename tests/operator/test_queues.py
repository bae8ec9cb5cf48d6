"""Background work: what is queued and failed, and trying it again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from redis import Redis
from rq import SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from app.core.queue import RETRY_AFTER, rq_queue
from app.dispatch import Dispatcher
from app.operator import background, failed_jobs
from tests.tenants.mailbox import fresh_name


def break_down(name: str, _tenant_id: int | None, _args: list[object]) -> None:
    raise RuntimeError(f"{name} broke down")


@pytest.fixture
def failed(dispatcher: Dispatcher, redis_server: Redis) -> Iterator[str]:
    """A job that has failed for good; returns its task's name."""
    name = fresh_name("sending.launch")
    with dispatcher.site.app_context():
        job = rq_queue("default").enqueue(
            break_down, args=(name, 42, []), meta={"task": name, "tenant_id": 42}, at_front=True
        )
        worker = SimpleWorker(["default"], connection=redis_server, serializer=JSONSerializer)
        worker.work(burst=True, max_jobs=1, logging_level="CRITICAL")
    yield name
    job.delete()


def found(dispatcher: Dispatcher, name: str) -> failed_jobs.FailedJob | None:
    with dispatcher.site.app_context():
        return next((job for job in failed_jobs.failed_jobs() if job.task == name), None)


def test_a_failed_job_is_listed_with_its_tenant_and_traceback(operator: FlaskClient, failed: str) -> None:
    page = operator.get("/queues").text
    assert failed in page
    assert f"RuntimeError: {failed} broke down" in page
    assert "break_down" in page
    assert re.search(r"Workspace 42</a> ·", page)


def test_a_failed_job_is_queued_again_with_all_its_tries(
    dispatcher: Dispatcher, operator: FlaskClient, failed: str
) -> None:
    job = found(dispatcher, failed)
    assert job is not None
    assert operator.post(f"/queues/failed-jobs/{job.id}/retries").status_code == 303
    assert found(dispatcher, failed) is None
    with dispatcher.site.app_context():
        queue = rq_queue("default")
        again = Job.fetch(job.id, connection=queue.connection, serializer=JSONSerializer)
        assert again.retries_left == len(RETRY_AFTER)
        assert job.id in queue.job_ids
    assert operator.post(f"/queues/failed-jobs/{job.id}/retries").status_code == 404


def test_all_failed_jobs_are_queued_again(dispatcher: Dispatcher, operator: FlaskClient, failed: str) -> None:
    assert operator.post("/queues/failed-jobs/retries").status_code == 303
    with dispatcher.site.app_context():
        assert failed_jobs.count_failed_jobs() == 0
    assert operator.get("/queues").status_code == 200


def test_what_waits_is_counted_by_queue(dispatcher: Dispatcher, operator: FlaskClient) -> None:
    with dispatcher.site.app_context():
        job = rq_queue("bulk").enqueue(break_down, args=("lists.run_import", 42, []), meta={"task": "lists.run_import"})
        state = next(one for one in background.queues() if one.name == "bulk")
        assert state.queued >= 1
        assert state.oldest is not None
        assert operator.get("/queues").status_code == 200
        job.delete()
        assert next(one for one in background.queues() if one.name == "bulk").queued == state.queued - 1


def test_a_job_that_runs_and_its_worker_are_shown(dispatcher: Dispatcher, redis_server: Redis) -> None:
    with dispatcher.site.app_context():
        queue = rq_queue("default")
        job = queue.enqueue(look_around, at_front=True, meta={"task": "tests.look_around", "tenant_id": 7})
        SimpleWorker(["default"], connection=redis_server, serializer=JSONSerializer).work(
            burst=True, max_jobs=1, logging_level="CRITICAL"
        )
        seen = job.return_value(refresh=True)
        assert ["tests.look_around", 7] in seen["running"]
        assert "tests.look_around" in seen["workers"]


def look_around() -> dict[str, list[object]]:
    """What the page would show while this runs."""
    return {
        "running": [[job.task, job.tenant_id] for job in background.running()],
        "workers": [worker.task for worker in background.workers()],
    }
