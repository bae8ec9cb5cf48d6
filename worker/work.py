"""The RQ worker: one process that takes jobs from the three queues, `breaking` first, and forks for each."""

from __future__ import annotations

from rq import Worker
from rq.serializers import JSONSerializer
from sqlalchemy.orm import configure_mappers

from app.core.queue import QUEUES
from app.core.redis import redis
from app.dispatch import Dispatcher
from config.settings import Settings
from worker import job


def run(settings: Settings) -> None:
    job.use_dispatcher(Dispatcher(settings))
    configure_mappers()  # once here, and not in each fork
    Worker(list(QUEUES), connection=redis(), serializer=JSONSerializer).work(
        with_scheduler=True, logging_level="WARNING"
    )
