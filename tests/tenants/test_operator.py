"""What has failed for good, and trying it again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from redis import Redis
from rq import SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from app.core import clock
from app.core.crypto import hash_password
from app.core.db import db
from app.core.queue import RETRY_AFTER, rq_queue
from app.core.tenancy import control_plane
from app.core.unit import unit_of_work
from app.dispatch import Dispatcher
from app.tenants import failed_jobs, queries
from app.tenants.models import Account
from tests.support.workspaces import PASSWORD, Place
from tests.tenants.mailbox import fresh_name

EMAIL = "operator@example.com"


def break_down(name: str, _tenant_id: int | None, _args: list[object]) -> None:
    raise RuntimeError(f"{name} broke down")


@pytest.fixture
def operator(dispatcher: Dispatcher, site_client: FlaskClient) -> FlaskClient:
    with dispatcher.site.app_context(), unit_of_work():
        if queries.verified_account(EMAIL) is None:
            with control_plane():
                account = Account(email=EMAIL, password_hash=hash_password(PASSWORD), verified_at=clock.now())
                db.session.add(account)
                db.session.flush()
    answer = site_client.post("/operator/sign-in", data={"email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return site_client


@pytest.fixture
def failed(dispatcher: Dispatcher, redis_server: Redis) -> Iterator[str]:
    """A job that has failed for good; returns its task's name."""
    name = fresh_name("sending.launch")
    with dispatcher.site.app_context():
        job = rq_queue("default").enqueue(
            break_down, args=(name, 42, []), meta={"task": name, "tenant_id": 42}, at_front=True
        )
        worker = SimpleWorker(["default"], connection=redis_server, serializer=JSONSerializer)
        worker.work(burst=True, max_jobs=1, logging_level="CRITICAL")
    yield name
    job.delete()


def found(dispatcher: Dispatcher, name: str) -> failed_jobs.FailedJob | None:
    with dispatcher.site.app_context():
        return next((job for job in failed_jobs.failed_jobs() if job.task == name), None)


def test_a_failed_job_is_listed_with_its_tenant_and_traceback(operator: FlaskClient, failed: str) -> None:
    page = operator.get("/operator/").text
    assert failed in page
    assert f"RuntimeError: {failed} broke down" in page
    assert "break_down" in page
    assert re.search(r"\b42 ·", page)


def test_a_failed_job_is_queued_again_with_all_its_tries(
    dispatcher: Dispatcher, operator: FlaskClient, failed: str
) -> None:
    job = found(dispatcher, failed)
    assert job is not None
    assert operator.post(f"/operator/failed-jobs/{job.id}/retries").status_code == 303
    assert found(dispatcher, failed) is None
    with dispatcher.site.app_context():
        queue = rq_queue("default")
        again = Job.fetch(job.id, connection=queue.connection, serializer=JSONSerializer)
        assert again.retries_left == len(RETRY_AFTER)
        assert job.id in queue.job_ids
    assert operator.post(f"/operator/failed-jobs/{job.id}/retries").status_code == 404


def test_all_failed_jobs_are_queued_again(dispatcher: Dispatcher, operator: FlaskClient, failed: str) -> None:
    assert operator.post("/operator/failed-jobs/retries").status_code == 303
    with dispatcher.site.app_context():
        assert failed_jobs.count_failed_jobs() == 0
    assert operator.get("/operator/").status_code == 200


def test_only_operators_come_in(dispatcher: Dispatcher, workspace: Place, site_client: FlaskClient) -> None:
    assert site_client.get("/operator/").headers["Location"] == "/operator/sign-in"
    assert site_client.post("/operator/failed-jobs/retries").status_code == 302
    answer = site_client.post("/operator/sign-in", data={"email": workspace.email, "password": PASSWORD})
    assert answer.status_code == 422
    with site_client.session_transaction(base_url="http://messagepark.test") as session:
        session["_user_id"] = f"{workspace.account_id}:1"
    assert site_client.get("/operator/").status_code == 302


def test_an_unverified_account_with_an_operators_address_is_nobody(
    dispatcher: Dispatcher, site_client: FlaskClient
) -> None:
    with dispatcher.site.app_context(), control_plane(), unit_of_work():
        account = Account(email=EMAIL, password_hash=hash_password("the stranger's words"))
        db.session.add(account)
        db.session.flush()
        account_id = account.id
    answer = site_client.post("/operator/sign-in", data={"email": EMAIL, "password": "the stranger's words"})
    assert answer.status_code == 422
    with site_client.session_transaction(base_url="http://messagepark.test") as session:
        session["_user_id"] = f"{account_id}:1"
    assert site_client.get("/operator/").status_code == 302
