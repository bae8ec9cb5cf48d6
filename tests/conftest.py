"""Fixtures of all tests: a real PostgreSQL (a database a process), a real Redis a process, fresh workspaces."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from redis import Redis
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from app.core import crypto
from app.core.db import db
from app.core.queue import QUEUES
from app.dispatch import Dispatcher
from app.factory import use
from config import embedded, memory
from config.settings import Settings
from tests.support import database
from tests.support.chromium import chromium
from tests.support.console import operator_at_console
from tests.support.live import Live, live
from tests.support.workspaces import Place, browser, make_place

__all__ = ["chromium"]
_own_postgres: list[Path] = []
LONGEST = ("journeys", "mta", "faults", "browser")

# How long an example takes says how busy the machine is, nothing else.
hypothesis.settings.register_profile("messagepark", deadline=None)
hypothesis.settings.load_profile("messagepark")


def _is_controller(config: pytest.Config) -> bool:
    return not hasattr(config, "workerinput")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Before the test processes start: one server for all of them, and the template that they clone."""
    if not _is_controller(session.config) or session.config.option.collectonly:
        return
    if not os.environ.get("TEST_POSTGRES_URL"):
        folder = Path(tempfile.mkdtemp(prefix="messagepark-pg-")) / "data"
        folder.parent.chmod(0o755)
        os.environ["TEST_POSTGRES_URL"] = embedded.start_postgres(folder, durable=False)
        _own_postgres.append(folder)
    database.make_template(os.environ["TEST_POSTGRES_URL"])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders that take longest, or one process would be left with them when the other is done."""
    order = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.parent.name, len(order)))


def pytest_unconfigure(config: pytest.Config) -> None:
    for folder in _own_postgres:
        embedded.stop_postgres(folder)
        shutil.rmtree(folder.parent, ignore_errors=True)
        os.environ.pop("TEST_POSTGRES_URL", None)
    _own_postgres.clear()


@pytest.fixture(scope="session")
def worker_name(request: pytest.FixtureRequest) -> str:
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


@pytest.fixture(scope="session")
def database_url(worker_name: str) -> str:
    return database.clone(os.environ["TEST_POSTGRES_URL"], worker_name)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("redis")
    yield embedded.start_redis(folder)
    embedded.stop_redis(folder)


@pytest.fixture(scope="session")
def redis_server(redis_url: str) -> Redis:
    return Redis.from_url(redis_url)


@pytest.fixture(scope="session")
def settings(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        environment="test",
        secret_key="a secret of the tests alone, long enough",
        base_url="http://messagepark.test",
        database_url=database_url,
        redis_url=redis_url,
        var=tmp_path_factory.mktemp("var"),
        operator_emails=("operator@example.com",),
        undo_seconds=0,
        chromium="off",
    )


@pytest.fixture(scope="session")
def dispatcher(settings: Settings) -> Iterator[Dispatcher]:
    # The real algorithm with the least work: what tests ask is who comes in, not how long guessing takes.
    crypto._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    made = Dispatcher(settings)
    for app in (made.site, made.console, made.prototype):
        app.config["WTF_CSRF_ENABLED"] = False
    memory.settle()
    yield made
    db.disconnect()


@pytest.fixture(autouse=True)
def _settings_of_this_process(request: pytest.FixtureRequest) -> None:
    """Tests of a bare frame or of another secret leave their settings behind; who uses the apps gets theirs back."""
    if "dispatcher" in request.fixturenames:
        use(request.getfixturevalue("settings"))


@pytest.fixture
def workspace(dispatcher: Dispatcher) -> Place:
    return make_place(dispatcher)


@pytest.fixture
def other_workspace(dispatcher: Dispatcher) -> Place:
    return make_place(dispatcher)


@pytest.fixture
def new_workspace(dispatcher: Dispatcher) -> Callable[..., Place]:
    """Make a workspace with `locale`, `plan` or columns of choice."""

    def make(**options: object) -> Place:
        return make_place(dispatcher, **options)  # type: ignore[arg-type]

    return make


@pytest.fixture
def client(workspace: Place) -> FlaskClient:
    return workspace.client()


@pytest.fixture
def other_client(other_workspace: Place) -> FlaskClient:
    return other_workspace.client()


@pytest.fixture
def anonymous(workspace: Place) -> FlaskClient:
    return workspace.anonymous()


@pytest.fixture
def site_client(dispatcher: Dispatcher) -> FlaskClient:
    return browser(dispatcher.site, "http://messagepark.test")


@pytest.fixture
def operator(dispatcher: Dispatcher) -> FlaskClient:
    """A browser at the console in which an operator is signed in."""
    return operator_at_console(dispatcher)


@pytest.fixture
def run_tasks(dispatcher: Dispatcher, redis_server: Redis) -> Callable[[], None]:
    """Work off all queued tasks in this process, as a worker would; a task that fails fails the test."""

    def run() -> None:
        from worker import job

        job.use_dispatcher(dispatcher)
        worker = SimpleWorker(list(QUEUES), connection=redis_server, serializer=JSONSerializer)
        worker.work(burst=True, logging_level="WARNING")
        assert not worker.failed_job_count, "a task failed: see the log above"

    return run


@pytest.fixture(scope="session")
def live_service() -> Iterator[Live]:
    """Every process of the service; for tests of `tests/journeys/test_service.py`."""
    with live() as running:
        yield running
