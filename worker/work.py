"""The RQ worker: one process that takes jobs from the three queues, `breaking` first, and forks for each."""

from __future__ import annotations

import time
from contextlib import suppress
from types import FrameType

import structlog
from redis.exceptions import RedisError
from rq import Worker
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer
from sqlalchemy.orm import configure_mappers

from app.core.queue import QUEUES
from app.core.redis import redis
from app.dispatch import Dispatcher
from config import memory
from config.settings import Settings
from worker import job

log = structlog.get_logger(__name__)
AGAIN_SECONDS = 1.0


class Labourer(Worker):
    """RQ's worker, which remembers whether it was asked to stop: it also stops when Redis is gone."""

    asked_to_stop = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        Labourer.asked_to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


def run(settings: Settings) -> None:
    """Work until a signal says stop. When Redis goes away, wait and begin anew."""
    job.use_dispatcher(Dispatcher(settings))
    configure_mappers()  # once here, and not in each fork
    memory.settle()
    with suppress(StopRequested):
        while True:
            _work()
            if Labourer.asked_to_stop:
                return
            time.sleep(AGAIN_SECONDS)


def _work() -> None:
    try:
        worker = Labourer(list(QUEUES), connection=redis(), serializer=JSONSerializer)
        worker.work(with_scheduler=True, logging_level="WARNING")
    except (RedisError, OSError) as error:
        log.error("worker_waits", error=type(error).__name__, detail=str(error)[:200])
