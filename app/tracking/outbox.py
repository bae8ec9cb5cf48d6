"""Opens on their way to the stream: gathered for a moment and written together, so that no answer waits for Redis.

A process that is killed loses what it gathered in the last milliseconds; one that is stopped writes it first.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections import deque

import structlog
from redis.exceptions import RedisError

from app.tracking import stream
from app.tracking.stream import TrackEvent

GATHER_SECONDS = 0.02
AT_ONCE = 500
# While Redis is away events are kept, up to some ten megabytes.
MOST_WAITING = 20_000
PATIENCE_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Outbox:
    """Events that wait, and the thread that writes them, which begins with the first."""

    def __init__(self) -> None:
        self._waiting: deque[TrackEvent] = deque()
        self._filled = threading.Event()
        self._writing = threading.Lock()
        self._starting = threading.Lock()
        self._writer: threading.Thread | None = None

    def put(self, event: TrackEvent) -> None:
        """Leave an event to be written. Where too many wait, it is lost, and said to be."""
        if len(self._waiting) >= MOST_WAITING:
            log.error("track_event_lost", mailing=event.mailing_id, kind=event.kind, error="too many wait")
            return
        self._waiting.append(event)
        if not self._filled.is_set():
            self._filled.set()
        if self._writer is None:
            self._start()

    def flush(self) -> None:
        """Write what waits now.

        Raises:
            RedisError: Redis is away; what was not written goes on waiting.
        """
        with self._writing:
            while self._waiting:
                events = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
                try:
                    stream.put_all(events)
                except RedisError:
                    self._waiting.extendleft(reversed(events))
                    raise

    def _start(self) -> None:
        with self._starting:
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, name="opens", daemon=True)
                self._writer.start()

    def _write(self) -> None:
        while True:
            self._filled.wait()
            time.sleep(GATHER_SECONDS)
            self._filled.clear()
            try:
                self.flush()
            except RedisError as error:
                log.error("track_events_wait", waiting=len(self._waiting), error=type(error).__name__)
                time.sleep(PATIENCE_SECONDS)
                self._filled.set()


_outbox = Outbox()


def put(event: TrackEvent) -> None:
    """Leave an event to be written in a moment."""
    _outbox.put(event)


def flush() -> None:
    """Write now what this process has gathered; raises as `Outbox.flush` does."""
    _outbox.flush()


def _begin_anew() -> None:
    global _outbox  # noqa: PLW0603 - a forked process has none of its parent's threads
    _outbox = Outbox()


@atexit.register
def _leave_nothing() -> None:
    try:
        flush()
    except (RedisError, RuntimeError) as error:
        log.error("track_events_lost", waiting=len(_outbox._waiting), error=type(error).__name__)


os.register_at_fork(after_in_child=_begin_anew)
