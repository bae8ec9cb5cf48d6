"""Background work that has failed for good: what the operator sees of it, and trying again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job
from rq.registry import FailedJobRegistry

from app.core.errors import NotFound
from app.core.queue import QUEUES, RETRY_AFTER, rq_queue
from app.operator.background import task_of

SHOWN_A_QUEUE = 100


@dataclass(frozen=True, slots=True)
class FailedJob:
    """One of them. `tenant_id` is None for work of the site itself."""

    id: str
    task: str
    queue: str
    tenant_id: int | None
    failed_at: datetime | None
    error: str
    traceback: str


def failed_jobs() -> list[FailedJob]:
    """Return the most recent failures of all queues, the newest first."""
    found = [_failed(job, name) for name in QUEUES for job in _newest(name)]
    return sorted(found, key=lambda job: (job.failed_at is not None, job.failed_at), reverse=True)


def count_failed_jobs() -> int:
    return sum(_registry(name).get_job_count(cleanup=False) for name in QUEUES)


def _newest(queue: str) -> Iterator[Job]:
    registry = _registry(queue)
    ids = registry.get_job_ids(0, SHOWN_A_QUEUE - 1, desc=True, cleanup=False)
    jobs = Job.fetch_many(ids, connection=registry.connection, serializer=registry.serializer)
    return (job for job in jobs if job is not None)


def _failed(job: Job, queue: str) -> FailedJob:
    result = job.latest_result()
    traceback = (result.exc_string if result else None) or ""
    return FailedJob(
        id=job.id,
        task=task_of(job),
        queue=queue,
        tenant_id=job.meta.get("tenant_id"),
        failed_at=result.created_at if result else job.ended_at,
        error=traceback.strip().rpartition("\n")[2],
        traceback=traceback,
    )


def retry(job_id: str) -> None:
    """Put a failed job back on its queue, with all its tries.

    Raises:
        NotFound: it is not there any more, or somebody was faster.
    """
    for name in QUEUES:
        registry = _registry(name)
        if job_id in registry:
            _requeue(registry, job_id)
            return
    raise NotFound


def retry_all() -> int:
    """Put all failed jobs back on their queues, and return how many."""
    count = 0
    for name in QUEUES:
        registry = _registry(name)
        for job_id in registry.get_job_ids(cleanup=False):
            count += _try_requeue(registry, job_id)
    return count


def _try_requeue(registry: Any, job_id: str) -> bool:
    try:
        _requeue(registry, job_id)
    except NotFound:
        return False
    return True


def _requeue(registry: Any, job_id: str) -> None:
    try:
        job = Job.fetch(job_id, connection=registry.connection, serializer=registry.serializer)
        job.retries_left = len(RETRY_AFTER)
        registry.requeue(job)
    except (InvalidJobOperation, NoSuchJobError) as error:
        raise NotFound from error


def _registry(queue: str) -> Any:
    return FailedJobRegistry(queue=rq_queue(queue))
