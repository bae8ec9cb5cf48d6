"""What RQ calls: find the task, be in its tenant's app, and make it one unit of work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from flask import Flask

from app.core.unit import roll_back, unit_of_work
from app.dispatch import Dispatcher
from app.tenants.queries import workspace
from config.settings import Settings
from worker.registry import TASKS

log = structlog.get_logger(__name__)
_dispatcher: Dispatcher | None = None


def use_dispatcher(dispatcher: Dispatcher) -> None:
    """Set the apps of this process; a worker makes them once, before it forks for its jobs."""
    global _dispatcher  # noqa: PLW0603 - one set of apps a process
    _dispatcher = dispatcher


def apps() -> Dispatcher:
    if _dispatcher is None:
        use_dispatcher(Dispatcher(Settings.from_env()))
    assert _dispatcher is not None
    return _dispatcher


def run(name: str, tenant_id: int | None, args: list[Any]) -> None:
    """Run one task. An exception sends it back to RQ, which tries again with back-off and then keeps it as failed.

    Raises:
        KeyError: no task has this name.
    """
    entry = TASKS[name]
    call = entry.load()
    with inside(tenant_id) as found:
        if not found:
            log.info("task_without_workspace", task=name, tenant=tenant_id)
        elif entry.own_units:
            call(*args)
        else:
            with unit_of_work():
                call(*args)


@contextmanager
def inside(tenant_id: int | None) -> Iterator[bool]:
    """Be in the app of a tenant, or of the site for None; say False where the workspace is gone."""
    app = _app_of(tenant_id)
    if app is None:
        yield False
        return
    with app.app_context():
        try:
            yield True
        except BaseException:
            roll_back()
            raise


def _app_of(tenant_id: int | None) -> Flask | None:
    if tenant_id is None:
        return apps().site
    found = workspace(tenant_id)
    return apps().tenants.app_for(found) if found else None
