"""Background work by name: services say `enqueue("lists.run_import", id)`; `worker.registry` knows the callables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from rq import Queue, Retry
from rq.serializers import JSONSerializer

from app.core.db import db
from app.core.redis import redis
from app.core.tenancy import current_tenant_id

QUEUES = ("breaking", "default", "bulk")
RUNNER = "worker.job.run"
RETRY_AFTER = (5, 30, 120, 600)

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]


@dataclass(frozen=True, slots=True)
class Task:
    """One call of a named task for a tenant; the arguments are JSON values."""

    name: str
    tenant_id: int | None
    args: tuple[JsonValue, ...]
    queue: str = "default"
    timeout: int = 300
    delay: int = 0
    key: str | None = None


def enqueue(name: str, *args: JsonValue, queue: str = "default", timeout: int = 300, delay: int = 0) -> None:
    """Ask for `name(*args)` as the present tenant, after the transaction commits. Times in seconds.

    Asking twice in one transaction is asking once.
    """
    task = Task(name, current_tenant_id(), args, queue, timeout, delay)
    tasks = db.session().info.setdefault("tasks", [])
    if task not in tasks:
        tasks.append(task)


def release() -> None:
    """Hand the collected tasks to RQ. Called by the unit of work after its commit."""
    for task in db.session().info.pop("tasks", []):
        send(task)


def discard() -> None:
    db.session().info.pop("tasks", None)


def send(task: Task) -> None:
    """Put one task on its queue now, outside any transaction."""
    target = rq_queue(task.queue)
    options = {
        "args": (task.name, task.tenant_id, list(task.args)),
        "meta": {"tenant_id": task.tenant_id, "task": task.name},
        "description": f"{task.name} (tenant {task.tenant_id})",
        "job_timeout": task.timeout,
        "retry": Retry(max=len(RETRY_AFTER), interval=list(RETRY_AFTER)),
        "result_ttl": 60,
        "failure_ttl": 30 * 24 * 3600,
    }
    if task.delay:
        target.enqueue_in(timedelta(seconds=task.delay), RUNNER, **options)
    else:
        target.enqueue(RUNNER, **options)


def rq_queue(name: str) -> Queue:
    return Queue(name, connection=redis(), serializer=JSONSerializer)
