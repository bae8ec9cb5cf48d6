"""The RQ worker: one process that takes jobs from the three queues, `breaking` first, and forks for each."""

from __future__ import annotations

from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer

from app.core.db import db
from app.core.queue import QUEUES
from app.core.redis import redis
from app.dispatch import Dispatcher
from config.settings import Settings
from worker import job


class ForkingWorker(Worker):
    """Connections are not inherited: the forked process opens its own."""

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        db.engines[None].dispose(close=False)
        super().main_work_horse(job, queue)


def run(settings: Settings) -> None:
    job.use_dispatcher(Dispatcher(settings))
    ForkingWorker(list(QUEUES), connection=redis(), serializer=JSONSerializer).work(
        with_scheduler=True, logging_level="WARNING"
    )
