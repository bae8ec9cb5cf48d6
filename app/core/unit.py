"""The unit of work: the entry point (request, job, command) owns the transaction; jobs leave after it has committed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.core import queue
from app.core.db import db


@contextmanager
def unit_of_work() -> Iterator[None]:
    """Commit when the block ends well, roll back when it does not; then send off the jobs that were enqueued in it."""
    try:
        yield
        commit()
    except BaseException:
        roll_back()
        raise


def commit() -> None:
    """Commit, then hand the jobs of this transaction to RQ. A job whose hand-over fails is found by the reconciler."""
    db.session.commit()
    queue.release()


def roll_back() -> None:
    queue.discard()
    db.session.rollback()
