"""Background work as it is now: what each queue holds, what runs, and which workers there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer

from app.core.clock import now
from app.core.queue import QUEUES, rq_queue
from app.core.redis import redis

SHOWN = 100
# A worker says every half minute or so that it is alive; one that has died without a word stays listed for a while.
SILENT_AFTER = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class QueueState:
    """How many jobs a queue holds, by what they wait for. `oldest`: since when the first of those queued waits."""

    name: str
    queued: int
    running: int
    scheduled: int
    failed: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class RunningJob:
    """`tenant_id` is None for work of the site itself."""

    task: str
    tenant_id: int | None
    since: datetime | None


@dataclass(frozen=True, slots=True)
class WorkerState:
    """A process that takes jobs; `task` is empty while it waits for one."""

    name: str
    queues: tuple[str, ...]
    task: str
    done: int
    heard_at: datetime | None


def queues() -> list[QueueState]:
    return [_state(rq_queue(name)) for name in QUEUES]


def _state(queue: Queue) -> QueueState:
    first = _jobs(queue.get_job_ids(0, 1))
    return QueueState(
        name=queue.name,
        queued=queue.count,
        running=queue.started_job_registry.get_job_count(cleanup=False),
        scheduled=queue.scheduled_job_registry.get_job_count(cleanup=False),
        failed=queue.failed_job_registry.get_job_count(cleanup=False),
        oldest=_aware(first[0].enqueued_at) if first else None,
    )


def running() -> list[RunningJob]:
    """Return the jobs that are being done, those that began first before the others."""
    ids = [job_id for name in QUEUES for job_id in rq_queue(name).started_job_registry.get_job_ids(cleanup=False)]
    found = [RunningJob(task_of(job), job.meta.get("tenant_id"), _aware(job.started_at)) for job in _jobs(ids[:SHOWN])]
    return sorted(found, key=lambda job: (job.since is None, job.since))


def _jobs(ids: list[str]) -> list[Job]:
    found = Job.fetch_many(list(dict.fromkeys(ids)), connection=redis(), serializer=JSONSerializer)
    return [job for job in found if job is not None]


def task_of(job: Job) -> str:
    """Return the name of the task that a job is."""
    return str(job.meta.get("task") or job.description or job.id)


def workers() -> list[WorkerState]:
    """Return the workers that were heard of lately, by name."""
    found = [_worker(one) for one in Worker.all(connection=redis(), serializer=JSONSerializer)]
    alive = [one for one in found if one.heard_at and one.heard_at > now() - SILENT_AFTER]
    return sorted(alive, key=lambda one: one.name)


def _worker(one: Any) -> WorkerState:
    job_id = one.get_current_job_id()
    jobs = _jobs([job_id]) if job_id else []
    return WorkerState(
        name=str(one.name),
        queues=tuple(one.queue_names()),
        task=task_of(jobs[0]) if jobs else "",
        done=one.successful_job_count,
        heard_at=_aware(one.last_heartbeat),
    )


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
